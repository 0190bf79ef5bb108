"""What a Doc says, free of spaCy: the border between the pipeline and everything right of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

TYPES = (
    "DIAGNOSIS", "FINDING", "BODY_SITE", "SCORE", "DRUG", "DOSE", "ROUTE", "FREQUENCY", "PROCEDURE",
)
ATTRIBUTES = ("Negated", "Uncertain", "Historical", "Family")
ATTRIBUTED = frozenset({"DIAGNOSIS", "FINDING", "DRUG", "PROCEDURE"})  # the types whose mentions have attributes
UNTYPED, OTHER = "", "OTHER"  # the types of a span that somebody brings without one of these
DATED = frozenset({"DIAGNOSIS", "DRUG", "PROCEDURE", "SCORE"})  # those that have a date of their own
RELATIONS = ("Adverse_event", "Drug_attribute")


@dataclass(frozen=True, slots=True)
class Cue:
    """The words that decided an attribute, and the rule they belong to."""

    attribute: str
    rule: str
    start: int
    end: int
    text: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation from the mention that holds it to mention number `target` of the same note."""

    type: str
    target: int
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: `start` and `end` count characters of the note's text; `index` numbers the mentions of a note."""

    note_id: str
    index: int
    type: str
    start: int
    end: int
    text: str
    language: str = ""
    section: str = ""
    sentence: int = 0
    negated: bool = False
    uncertain: bool = False
    historical: bool = False
    family: bool = False
    concept: str = ""
    codes: dict[str, str] = field(default_factory=dict)
    scale: str = ""
    value: str = ""
    unit: str = ""
    date: str = ""
    source: str = ""
    rule: str = ""
    confidence: float = 1.0
    cues: tuple[Cue, ...] = ()
    relations: tuple[Relation, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that hold, in the order of `ATTRIBUTES`."""
        return tuple(name for name in ATTRIBUTES if getattr(self, name.lower()))


SHARED = (
    "type", "start", "end", "section", "sentence", "negated", "uncertain", "historical", "family", "concept", "codes",
    "scale", "value", "unit", "date", "source", "rule", "confidence",
)
_CUE: dict[str, pa.DataType] = {"attribute": pa.string(), "rule": pa.string(), "start": pa.int32(), "end": pa.int32(), "text": pa.string()}
_RELATION: dict[str, pa.DataType] = {"type": pa.string(), "target": pa.int32(), "rule": pa.string()}
_FIELDS: dict[str, pa.DataType] = {
    "note_id": pa.string(),
    "index": pa.int32(),
    "type": pa.string(),
    "start": pa.int32(),
    "end": pa.int32(),
    "text": pa.string(),
    "language": pa.string(),
    "section": pa.string(),
    "sentence": pa.int32(),
    "negated": pa.bool_(),
    "uncertain": pa.bool_(),
    "historical": pa.bool_(),
    "family": pa.bool_(),
    "concept": pa.string(),
    "codes": pa.map_(pa.string(), pa.string()),
    "scale": pa.string(),
    "value": pa.string(),
    "unit": pa.string(),
    "date": pa.string(),
    "source": pa.string(),
    "rule": pa.string(),
    "confidence": pa.float32(),
    "cues": pa.list_(pa.struct(list(_CUE.items()))),
    "relations": pa.list_(pa.struct(list(_RELATION.items()))),
}
SCHEMA = pa.schema(_FIELDS)


def from_doc(doc: Any, note_id: str) -> list[Mention]:
    """The mentions of a Doc that a pipeline of ours made, numbered in the order of the text."""
    records = list(doc.user_data.get("found", {}).values())
    numbers = {id(record): index for index, record in enumerate(records)}
    text, language = doc.text, doc.lang_
    return [_mention(record, index, numbers, note_id, text, language) for index, record in enumerate(records)]


def _mention(record: Any, index: int, numbers: dict[int, int], note_id: str, text: str, language: str) -> Mention:
    """One record of the pipeline as a Mention."""
    shared = {name: getattr(record, name) for name in SHARED}
    shared["codes"] = dict(record.codes)
    relations = tuple(
        Relation(kind, numbers[id(other)], rule) for kind, other, rule in record.relations if id(other) in numbers
    )
    return Mention(
        note_id=note_id,
        index=index,
        text=text[record.start : record.end],
        language=language,
        cues=record.cues,
        relations=relations,
        **shared,
    )


def to_batch(mentions: Iterable[Mention]) -> pa.RecordBatch:
    """Mentions as one Arrow batch with `SCHEMA`, a row per mention."""
    rows = list(mentions)
    columns = [pa.array([_cell(getattr(row, name)) for row in rows], SCHEMA.field(name).type) for name in SCHEMA.names]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def from_batch(batch: pa.RecordBatch) -> Iterator[Mention]:
    """The mentions of an Arrow batch with `SCHEMA`."""
    for row in batch.to_pylist():
        row["codes"] = dict(row["codes"] or ())
        row["cues"] = tuple(Cue(**cue) for cue in row["cues"] or ())
        row["relations"] = tuple(Relation(**relation) for relation in row["relations"] or ())
        yield Mention(**row)


def _cell(value: Any) -> Any:
    """A field in the form that Arrow takes: maps as pairs, dataclasses as dicts."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, tuple):
        return [{name: getattr(item, name) for name in item.__slots__} for item in value]
    return value
