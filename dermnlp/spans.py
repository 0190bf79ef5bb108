"""Context for those who bring their own spans: sections, sentences and cues, with no matcher and no tagger."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from spacy.language import Language

from dermnlp.annotation import STRINGS_KEPT
from dermnlp.extensions import Found
from dermnlp.lexicons import named
from dermnlp.mentions import ATTRIBUTED, OTHER, UNTYPED, Mention, from_doc
from dermnlp.pipelines import load

NOT_NEEDED = ("matcher", "tagger", "scores", "doses", "merge", "dates", "relations")
KNOWN = ATTRIBUTED | {UNTYPED}
Span = tuple[int, int] | tuple[int, int, str]


def context_of(text: str, spans: Iterable[Span], lang: str, *, lexicons: Iterable[str | Path] = ()) -> list[Mention]:
    """A Mention for each (start, end) or (start, end, type), in their order: its attributes, and the cues that decided them.

    Offsets count characters, spans may overlap. Cues may be meant for a type (DIAGNOSIS, FINDING, DRUG, PROCEDURE): a span without
    type takes all cues, one of any other type those of diagnoses and findings. `lexicons` are directories laid over ours.
    ValueError for a language that there isn't and for a span that isn't in the text.
    """
    nlp = _pipeline(lang, tuple(str(path) for path in lexicons))
    given = [_checked(span, len(text)) for span in spans]
    records = [Found(type_ if type_ in KNOWN else OTHER, start, end, source="") for start, end, type_ in given]
    doc = nlp.make_doc(text)
    doc.user_data["found"] = dict(enumerate(sorted(records, key=lambda record: (record.start, -record.end))))
    for _, component in nlp.pipeline:
        doc = component(doc)
    for record, (_, _, type_) in zip(records, given, strict=True):
        record.type = type_
    doc.user_data["found"] = dict(enumerate(records))
    return from_doc(doc, "")


def _checked(span: Span, length: int) -> tuple[int, int, str]:
    """The start, end and type of a span, if it is one of a text of this length."""
    if len(span) not in (2, 3) or not all(isinstance(at, int) for at in span[:2]):
        raise ValueError(f"A span is (start, end) or (start, end, type), counted in characters; not {span!r}.")
    start, end, type_ = (*span, UNTYPED)[:3]
    if not 0 <= start < end <= length:
        raise ValueError(f"The span ({start}, {end}) isn't in the text, which has {length} characters: start < end <= {length}.")
    return start, end, type_


def _pipeline(lang: str, lexicons: tuple[str, ...]) -> Language:
    """The pipeline of a language; a fresh one when its vocabulary has grown large, so that memory stays level."""
    nlp = _loaded(lang, lexicons, named())
    if len(nlp.vocab.strings) > STRINGS_KEPT:
        _loaded.cache_clear()
        nlp = _loaded(lang, lexicons, named())
    return nlp


@lru_cache(maxsize=8)
def _loaded(lang: str, lexicons: tuple[str, ...], named: tuple[object, ...]) -> Language:
    return load(lang, exclude=NOT_NEEDED, lexicons=lexicons)
