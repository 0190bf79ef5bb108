"""The unit of work: a batch of notes in, their mentions out; the same on one machine and on many."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from dermnlp import mentions as mentions_
from dermnlp import notes as notes_
from dermnlp.data import PIPELINE
from dermnlp.lexicons import LANGUAGES, named
from dermnlp.mentions import Mention
from dermnlp.notes import Note

if TYPE_CHECKING:
    from spacy.language import Language

Wanted = tuple[tuple[str, ...], tuple[str, ...], str]  # components left out, lexicons laid over ours, config

log = logging.getLogger("dermnlp")
STRINGS_KEPT = 400_000
TOGETHER = 32  # notes that go through a component side by side: a tagger reads them several times faster than one by one


def annotate(
    batch: pa.RecordBatch, *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = (), config: str | Path = PIPELINE
) -> pa.RecordBatch:
    """Notes (columns of `dermnlp.notes.SCHEMA`) in, their mentions (`dermnlp.mentions.SCHEMA`) out, in the order of the notes.

    A note without a language has it detected. A note that fails is left out and its id logged.
    """
    exclude, lexicons = tuple(exclude), tuple(lexicons)
    check(exclude=exclude, lexicons=lexicons, config=config)
    found: list[Mention] = []
    for note, result in annotate_notes(notes_.from_batch(batch), exclude=exclude, lexicons=lexicons, config=config):
        if isinstance(result, str):
            log.warning("note %s left out: %s", note.note_id, result)
        else:
            found += result
    return mentions_.to_batch(found)


def check(
    languages: Iterable[str] = LANGUAGES,
    *,
    exclude: Iterable[str] = (),
    lexicons: Iterable[str | Path] = (),
    config: str | Path = PIPELINE,
) -> None:
    """Load the pipelines, which are kept; ValueError says which language, component or lexicon there isn't, once and not for every note."""
    wanted = _wanted(exclude, lexicons, config)
    for language in languages:
        _loaded(language, wanted, named())


def annotate_texts(
    texts: Mapping[str, str],
    language: str = "auto",
    exclude: Iterable[str] = (),
    lexicons: Iterable[str | Path] = (),
    config: str | Path = PIPELINE,
) -> dict[str, list[Mention]]:
    """The mentions of each text by its name; `language` is es, en or auto."""
    from dermnlp.language import detect

    exclude, lexicons = tuple(exclude), tuple(lexicons)
    notes = [Note(name, text, language=detect(text)[0] if language == "auto" else language) for name, text in texts.items()]
    check({note.language for note in notes}, exclude=exclude, lexicons=lexicons, config=config)
    found: dict[str, list[Mention]] = {}
    for note, result in annotate_notes(notes, exclude=exclude, lexicons=lexicons, config=config):
        if isinstance(result, str):
            log.warning("note %s has no mentions: it %s", note.note_id, result)
        found[note.note_id] = [] if isinstance(result, str) else result
    return found


def annotate_notes(
    notes: Iterable[Note], *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = (), config: str | Path = PIPELINE
) -> Iterator[tuple[Note, list[Mention] | str]]:
    """Each note, its language filled in, with its mentions, or with the reason why it has none."""
    wanted = _wanted(exclude, lexicons, config)
    stream = iter(notes)
    while group := list(islice(stream, TOGETHER)):
        yield from _annotated(group, wanted)


def _annotated(notes: list[Note], wanted: Wanted) -> Iterator[tuple[Note, list[Mention] | str]]:
    """Some notes, those of a language together, in their own order."""
    known = [_with_language(note) for note in notes]
    results: dict[int, list[Mention] | str] = {number: note for number, note in enumerate(known) if isinstance(note, str)}
    ready = [(number, note) for number, note in enumerate(known) if isinstance(note, Note)]
    for language in sorted({note.language for _, note in ready}):
        numbers = [number for number, note in ready if note.language == language]
        group = [note for _, note in ready if note.language == language]
        results |= zip(numbers, _of_language(language, group, wanted), strict=True)
    for number, (note, seen) in enumerate(zip(notes, known, strict=True)):
        yield seen if isinstance(seen, Note) else note, results[number]


def _with_language(note: Note) -> Note | str:
    """The note with its language, or the reason why it has none."""
    from dermnlp.language import detect

    try:
        return note if note.language else replace(note, language=detect(note.text)[0])
    except Exception as error:  # one note must not cost the others; its text must not reach a log
        return _reason(error)


def _of_language(language: str, notes: list[Note], wanted: Wanted) -> list[list[Mention] | str]:
    """The mentions of notes of one language; when they fail together, each is tried alone and answers for itself."""
    try:
        return [*_mentions(notes, _pipeline(language, wanted))]
    except Exception as error:
        if len(notes) == 1:
            return [_reason(error)]
    return [result for note in notes for result in _of_language(language, [note], wanted)]


def _mentions(notes: list[Note], nlp: Language) -> list[list[Mention]]:
    """The mentions of some notes, which go through each component together; a note's date is at hand for relative dates."""
    docs = [nlp.make_doc(note.text) for note in notes]
    for doc, note in zip(docs, notes, strict=True):
        doc.user_data["note_date"] = note.note_date
    for _, component in nlp.pipeline:
        pipe = getattr(component, "pipe", None)
        docs = list(pipe(docs)) if pipe else [component(doc) for doc in docs]
    return [mentions_.from_doc(doc, note.note_id) for doc, note in zip(docs, notes, strict=True)]


def _reason(error: Exception) -> str:
    return f"failed with {type(error).__name__} in {_place(error)}"


def _wanted(exclude: Iterable[str], lexicons: Iterable[str | Path], config: str | Path) -> Wanted:
    return tuple(exclude), tuple(str(path) for path in lexicons), str(config)


def _pipeline(language: str, wanted: Wanted) -> Language:
    """The pipeline of a language; a fresh one when its vocabulary has grown large, so that memory stays level."""
    nlp = _loaded(language, wanted, named())
    if len(nlp.vocab.strings) > STRINGS_KEPT:
        _loaded.cache_clear()
        nlp = _loaded(language, wanted, named())
    return nlp


@lru_cache(maxsize=8)
def _loaded(language: str, wanted: Wanted, named: tuple[object, ...]) -> Language:
    from dermnlp.pipelines import load

    exclude, lexicons, config = wanted
    return load(language, exclude=exclude, lexicons=lexicons, config=config)


def _place(error: BaseException) -> str:
    """The module and line where an error arose, without its message."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}" if trace else "?"
