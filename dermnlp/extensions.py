"""What the pipeline puts on a Doc: every `._.` name, and the record of a mention behind them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from spacy.attrs import ENT_IOB, ENT_TYPE
from spacy.tokens import Doc, Span, SpanGroup

from dermnlp.mentions import Cue

MENTIONS = "mentions"
SECTIONS = "sections"
DATES = "dates"
INSIDE, OUTSIDE, BEGINS = 1, 2, 3
FLAGS = ("negated", "uncertain", "historical", "family")
VALUES = ("concept", "codes", "scale", "value", "unit", "date", "section", "source", "rule", "confidence", "cues", "details", "events")


@dataclass(slots=True)
class Link:
    """A relation while the pipeline works on it: the mention it goes to, and what `mentions.Relation` has besides."""

    type: str
    target: Found
    rule: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Happening:
    """An event of a treatment while the pipeline works on it; `other` is the mention that a switch goes to."""

    kind: str
    start: int
    end: int
    rule: str = ""
    date: str = ""
    reason: str = ""
    reason_start: int = -1
    reason_end: int = -1
    other: Found | None = None


@dataclass(slots=True)
class Found:
    """One mention while the pipeline works on it; `start` and `end` count characters."""

    type: str
    start: int
    end: int
    concept: str = ""
    codes: Mapping[str, str] = field(default_factory=dict)
    source: str = "lexicon"
    rule: str = ""
    confidence: float = 1.0
    role: str = ""
    negated: bool = False
    uncertain: bool = False
    historical: bool = False
    family: bool = False
    scale: str = ""
    value: str = ""
    unit: str = ""
    date: str = ""
    section: str = ""
    sentence: int = 0
    cues: tuple[Cue, ...] = ()
    details: dict[str, str] = field(default_factory=dict)
    relations: tuple[Link, ...] = ()
    events: tuple[Happening, ...] = ()

    @property
    def key(self) -> tuple[str, int, int]:
        """What tells one mention of a Doc from another."""
        return (self.type, self.start, self.end)


def candidates(doc: Doc) -> list[Found]:
    """What matcher, tagger, scores and doses propose, before `merge` decides."""
    return doc.user_data.setdefault("candidates", [])


def found(doc: Doc) -> list[Found]:
    """The mentions of a Doc in the order of the text."""
    return list(doc.user_data.get("found", {}).values())


def publish(doc: Doc, mentions: Iterable[Found]) -> None:
    """Make these the mentions of the Doc: records, `doc.spans["mentions"]`, and the outermost ones in `doc.ents`."""
    ordered = sorted(mentions, key=lambda mention: (mention.start, -mention.end, mention.type))
    starts, add = doc.user_data["words"][1], doc.vocab.strings.add
    labels = {type_: add(type_) for type_ in {mention.type for mention in ordered}}
    spans: list[Span] = []
    outermost: list[tuple[int, int, int]] = []
    first, reach = 0, -1
    for mention in ordered:
        label = labels[mention.type]
        first = bisect_right(starts, mention.start, first) - 1
        last = bisect_left(starts, mention.end, first)
        spans.append(Span(doc, first, last, label))
        if first >= reach:
            outermost.append((first, last, label))
            reach = last
    doc.user_data["found"] = {(mention.type, mention.start, mention.end): mention for mention in ordered}
    doc.spans[MENTIONS] = SpanGroup(doc, name=MENTIONS, spans=spans)
    _set_entities(doc, outermost)


def _set_entities(doc: Doc, spans: list[tuple[int, int, int]]) -> None:
    """`doc.ents` from (first token, token after the last, label); three times as fast as `doc.set_ents`."""
    length = len(doc)
    table = array("Q", [OUTSIDE]) * length + array("Q", [0]) * length
    for first, last, label in spans:
        table[first], table[length + first] = BEGINS, label
        for token in range(first + 1, last):
            table[token], table[length + token] = INSIDE, label
    doc.from_array([ENT_IOB, ENT_TYPE], np.array(table, dtype=np.uint64).reshape(2, length).T)


def declare() -> None:
    """Register the extensions of Span; calling it again changes nothing."""
    for name in (*FLAGS, *VALUES):
        if not Span.has_extension(name):
            Span.set_extension(name, getter=_getter(name), setter=_setter(name))


def _record(span: Span) -> Found:
    """The record behind a span; one is made for a span that somebody else added."""
    table = span.doc.user_data.setdefault("found", {})
    key = (span.label_, span.start_char, span.end_char)
    if key not in table:
        table[key] = Found(*key, source="")
    return table[key]


def _getter(name: str) -> Any:
    return lambda span: getattr(_record(span), name)


def _setter(name: str) -> Any:
    return lambda span, value: setattr(_record(span), name, value)
