"""The unit of work: a batch of notes in, their mentions out; the same on one machine and on many."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dermnlp import mentions as mentions_
from dermnlp import notes as notes_
from dermnlp.lexicons import LANGUAGES, named
from dermnlp.mentions import Mention
from dermnlp.notes import Note

if TYPE_CHECKING:
    from spacy.language import Language

log = logging.getLogger("dermnlp")
STRINGS_KEPT = 400_000


def annotate(batch: pa.RecordBatch, *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = ()) -> pa.RecordBatch:
    """Notes (columns of `dermnlp.notes.SCHEMA`) in, their mentions (`dermnlp.mentions.SCHEMA`) out, in the order of the notes.

    A note without a language has it detected. A note that fails is left out and its id logged.
    """
    exclude, lexicons = tuple(exclude), tuple(lexicons)
    check(exclude=exclude, lexicons=lexicons)
    found: list[Mention] = []
    for note, result in annotate_notes(notes_.from_batch(batch), exclude=exclude, lexicons=lexicons):
        if isinstance(result, str):
            log.warning("note %s left out: %s", note.note_id, result)
        else:
            found += result
    return mentions_.to_batch(found)


def check(languages: Iterable[str] = LANGUAGES, *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = ()) -> None:
    """Load the pipelines, which are kept; ValueError says which language, component or lexicon there isn't, once and not for every note."""
    left_out, over = tuple(exclude), tuple(str(path) for path in lexicons)
    for language in languages:
        _loaded(language, left_out, over, named())


def annotate_texts(
    texts: Mapping[str, str], language: str = "auto", exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = ()
) -> dict[str, list[Mention]]:
    """The mentions of each text by its name; `language` is es, en or auto."""
    from dermnlp.language import detect

    exclude, lexicons = tuple(exclude), tuple(lexicons)
    notes = [Note(name, text, language=detect(text)[0] if language == "auto" else language) for name, text in texts.items()]
    check({note.language for note in notes}, exclude=exclude, lexicons=lexicons)
    found: dict[str, list[Mention]] = {}
    for note, result in annotate_notes(notes, exclude=exclude, lexicons=lexicons):
        if isinstance(result, str):
            log.warning("note %s has no mentions: it %s", note.note_id, result)
        found[note.note_id] = [] if isinstance(result, str) else result
    return found


def annotate_notes(
    notes: Iterable[Note], *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = ()
) -> Iterator[tuple[Note, list[Mention] | str]]:
    """Each note, its language filled in, with its mentions, or with the reason why it has none."""
    from dataclasses import replace

    from dermnlp.language import detect

    left_out, over = tuple(exclude), tuple(str(path) for path in lexicons)
    for note in notes:
        try:
            language = note.language or detect(note.text)[0]
            found = _mentions(note, _pipeline(language, left_out, over))
        except Exception as error:  # one note must not cost the others; its text must not reach a log
            yield note, f"failed with {type(error).__name__} in {_place(error)}"
        else:
            yield replace(note, language=language), found


def _mentions(note: Note, nlp: Language) -> list[Mention]:
    """The mentions of one note; its date is at hand for relative dates."""
    doc = nlp.make_doc(note.text)
    doc.user_data["note_date"] = note.note_date
    for _, component in nlp.pipeline:
        doc = component(doc)
    return mentions_.from_doc(doc, note.note_id)


def _pipeline(language: str, exclude: tuple[str, ...], lexicons: tuple[str, ...]) -> Language:
    """The pipeline of a language; a fresh one when its vocabulary has grown large, so that memory stays level."""
    nlp = _loaded(language, exclude, lexicons, named())
    if len(nlp.vocab.strings) > STRINGS_KEPT:
        _loaded.cache_clear()
        nlp = _loaded(language, exclude, lexicons, named())
    return nlp


@lru_cache(maxsize=8)
def _loaded(language: str, exclude: tuple[str, ...], lexicons: tuple[str, ...], named: tuple[object, ...]) -> Language:
    from dermnlp.pipelines import load

    return load(language, exclude=exclude, lexicons=lexicons)


def _place(error: BaseException) -> str:
    """The module and line where an error arose, without its message."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
