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
DATED = frozenset({"DIAGNOSIS", "FINDING", "DRUG", "PROCEDURE", "SCORE"})  # those that have a date of their own
RELATIONS = ("Adverse_event", "Drug_attribute")  # those of the guidelines
LOCATED_AT = "Located_at"  # from a DIAGNOSIS, FINDING or PROCEDURE to its BODY_SITE; ours
EVENTS = (
    "started", "continued", "increased", "reduced", "held", "stopped", "switched", "restarted", "planned", "conditional", "refused",
    "contraindicated", "no_adverse_event",
)  # fmt: skip
REASONS = (
    "primary_failure", "secondary_failure", "partial_response", "adverse_event", "intolerance", "remission", "pregnancy", "patient_decision",
    "non_adherence", "infection", "surgery", "access_or_cost", "contraindication", "lost_to_follow_up", "other", "unknown",
)  # fmt: skip


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
    """A relation from the mention that holds it to mention number `target` of the same note.

    `details` of an Adverse_event: `certainty` (stated, suspected, not_excluded), and where written `outcome` (resolved, improving, ongoing,
    sequelae, fatal), `action` (an event of the drug: stopped, held, reduced, switched, continued) and `serious` (the criterion).
    """

    type: str
    target: int
    rule: str = ""
    details: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """What becomes of the treatment that the mention which holds it names: `kind` of EVENTS, said by the characters [start, end).

    `date` is ISO 8601 as precise as written, else empty. `reason` of REASONS, said by [reason_start, reason_end), else empty; `other` is the
    number of the mention that a switch goes to, else -1.
    """

    kind: str
    start: int
    end: int
    rule: str = ""
    date: str = ""
    reason: str = ""
    reason_start: int = -1
    reason_end: int = -1
    other: int = -1


@dataclass(frozen=True, slots=True)
class Mention:
    """One mention: `start` and `end` count characters of the note's text; `index` numbers the mentions of a note.

    `details` holds what else is written of it, normalised, under the names of `DETAILS`; what isn't written isn't there.
    """

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
    details: dict[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    @property
    def attributes(self) -> tuple[str, ...]:
        """The attributes that hold, in the order of `ATTRIBUTES`."""
        return tuple(name for name in ATTRIBUTES if getattr(self, name.lower()))


DETAILS = {
    "SCORE": ("assessor", "moment", "rejected"),
    "DOSE": ("amount", "amount_max", "unit", "per", "interval_days"),
    "FREQUENCY": ("interval_days", "times_per_day", "units_per_day", "as_needed"),
    "ROUTE": ("route",),
    "DRUG": ("amount", "amount_max", "unit", "per", "interval_days", "mg_per_day", "mg_per_week", "route", "form", "as_needed"),
    "DIAGNOSIS": ("severity", "course"),
    "FINDING": ("severity", "course"),
    "BODY_SITE": ("laterality",),
}
"""What may be written of a mention, by its type; numbers are written with a point, days are counted in days."""
SHARED = (
    "type", "start", "end", "section", "sentence", "negated", "uncertain", "historical", "family", "concept", "codes",
    "scale", "value", "unit", "date", "source", "rule", "confidence",
)
_CUE: dict[str, pa.DataType] = {"attribute": pa.string(), "rule": pa.string(), "start": pa.int32(), "end": pa.int32(), "text": pa.string()}
_MAP = pa.map_(pa.string(), pa.string())
_RELATION: dict[str, pa.DataType] = {"type": pa.string(), "target": pa.int32(), "rule": pa.string(), "details": _MAP}
_EVENT: dict[str, pa.DataType] = {
    "kind": pa.string(),
    "start": pa.int32(),
    "end": pa.int32(),
    "rule": pa.string(),
    "date": pa.string(),
    "reason": pa.string(),
    "reason_start": pa.int32(),
    "reason_end": pa.int32(),
    "other": pa.int32(),
}
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
    "codes": _MAP,
    "scale": pa.string(),
    "value": pa.string(),
    "unit": pa.string(),
    "date": pa.string(),
    "source": pa.string(),
    "rule": pa.string(),
    "confidence": pa.float32(),
    "cues": pa.list_(pa.struct(list(_CUE.items()))),
    "relations": pa.list_(pa.struct(list(_RELATION.items()))),
    "details": _MAP,
    "events": pa.list_(pa.struct(list(_EVENT.items()))),
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
    shared["codes"], shared["details"] = dict(record.codes), dict(record.details)
    relations = tuple(
        Relation(link.type, numbers[id(link.target)], link.rule, dict(link.details)) for link in record.relations if id(link.target) in numbers
    )
    return Mention(
        note_id=note_id,
        index=index,
        text=text[record.start : record.end],
        language=language,
        cues=record.cues,
        relations=relations,
        events=tuple(_event(happening, numbers) for happening in record.events),
        **shared,
    )


def _event(happening: Any, numbers: dict[int, int]) -> Event:
    """One event of the pipeline, the record it points to as a number."""
    plain = {name: getattr(happening, name) for name in _EVENT if name != "other"}
    return Event(**plain, other=numbers.get(id(happening.other), -1))


def to_batch(mentions: Iterable[Mention]) -> pa.RecordBatch:
    """Mentions as one Arrow batch with `SCHEMA`, a row per mention."""
    rows = list(mentions)
    columns = [pa.array([_cell(getattr(row, name)) for row in rows], SCHEMA.field(name).type) for name in SCHEMA.names]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def from_batch(batch: pa.RecordBatch) -> Iterator[Mention]:
    """The mentions of an Arrow batch with `SCHEMA`."""
    for row in batch.to_pylist():
        yield from_row(row)


def from_row(row: dict[str, Any]) -> Mention:
    """A mention from the plain values of its columns: maps are pairs, structs are dicts."""
    row["codes"], row["details"] = dict(row["codes"] or ()), dict(row["details"] or ())
    row["cues"] = tuple(Cue(**cue) for cue in row["cues"] or ())
    row["relations"] = tuple(Relation(**{**link, "details": dict(link["details"] or ())}) for link in row["relations"] or ())
    row["events"] = tuple(Event(**event) for event in row["events"] or ())
    return Mention(**row)


def _cell(value: Any) -> Any:
    """A field in the form that Arrow takes: maps as pairs, dataclasses as dicts."""
    if isinstance(value, dict):
        return list(value.items())
    if isinstance(value, tuple):
        return [{name: _cell(getattr(item, name)) for name in item.__slots__} for item in value]
    return value
