"""Rows of the clinical tables and of NOTE_NLP, made of records and mentions.

`term_modifiers` has one syntax: `name=value` pairs joined by `;`, in the order of `modifiers`, only those that hold;
a `;` inside a value is written `,`. Attributes are `Negated=true` and so on. `details` have their own names; an event of a treatment is
`event=KIND@START-END`, its date and the reason for it with their own places follow as `event_date` and `event_reason`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date
from typing import Any

from dermnlp import __version__
from dermnlp.mentions import Event, Mention
from dermnlp.omop import vocabulary
from dermnlp.omop.vocabulary import NLP, NOTHING, Vocabulary
from dermnlp.records.record import Header, Record

SYSTEM = f"dermnlp {__version__}"
SNIPPET = 250
OPERATORS = ("<", ">", "≤", "≥", "~", "≈")
ABSENT = ("Negated", "Uncertain", "Family")
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50}
_OBSERVED = {
    "suspected": vocabulary.SUSPECTED,
    "family_history": vocabulary.FAMILY_HISTORY,
    "personal_history": vocabulary.PERSONAL_HISTORY,
}
Row = tuple[str, dict[str, Any]]


def note_nlp(header: Header, text: str, mention: Mention, rule: str, known: Vocabulary) -> dict[str, Any]:
    """The NOTE_NLP row of a mention; `rule` is how the end of its exposure was found, if it is one."""
    return {
        "note_id": header.note_id,
        "section_concept_id": NOTHING,
        "snippet": snippet(text, mention.start, mention.end),
        "offset": str(mention.start),
        "lexical_variant": mention.text,
        "note_nlp_concept_id": known.standard(mention),
        "note_nlp_source_concept_id": known.source(mention),
        "nlp_system": SYSTEM,
        "nlp_date": header.date,
        "term_exists": "N" if any(name in ABSENT for name in mention.attributes) else "Y",
        "term_temporal": "past" if mention.historical else "present",
        "term_modifiers": modifiers(mention, rule),
    }


def snippet(text: str, start: int, end: int) -> str:
    """At most 250 characters of the note with the mention in the middle."""
    before = max(0, SNIPPET - (end - start)) // 2
    first = max(0, min(start - before, len(text) - SNIPPET))
    return text[first : first + SNIPPET]


def modifiers(mention: Mention, rule: str = "") -> str:
    """The attributes, type, place, value, details, events and origin of a mention in the syntax of this module."""
    pairs = [
        ("type", mention.type),
        ("section", mention.section),
        ("scale", mention.scale),
        ("value", mention.value),
        ("unit", mention.unit),
        ("date", mention.date),
        *mention.details.items(),
        *(pair for event in mention.events for pair in _event(event)),
        ("source", mention.source),
        ("rule", mention.rule),
        ("confidence", f"{mention.confidence:.3g}"),
        ("end_rule", rule),
    ]
    pairs += [(f"cue_{cue.attribute}", f"{cue.rule}@{cue.start}-{cue.end}") for cue in mention.cues]
    held = [f"{name}=true" for name in mention.attributes]
    return ";".join(held + [f"{name}={value.replace(';', ',')}" for name, value in pairs if value])


def _event(event: Event) -> list[tuple[str, str]]:
    """An event of a treatment as pairs."""
    reason = f"{event.reason}@{event.reason_start}-{event.reason_end}" if event.reason else ""
    return [("event", f"{event.kind}@{event.start}-{event.end}"), ("event_date", event.date), ("event_reason", reason)]


def clinical(record: Record, mention: Mention, known: Vocabulary) -> Row:
    """The table that a record belongs in, and its row there."""
    return _ROWS[record.kind](record, known.standard(mention), known.source(mention), known)


def _condition(record: Record, standard: int, source: int, known: Vocabulary) -> Row:
    """A CONDITION_OCCURRENCE row, or one of OBSERVATION when the standard concept is of that domain."""
    if standard and known.concepts[standard].domain_id == "Observation":
        return "observation", _common(record, "observation", "observation_date", standard, source)
    return "condition_occurrence", _common(record, "condition", "condition_start_date", standard, source)


def _drug(record: Record, standard: int, source: int, _: Vocabulary) -> Row:
    return "drug_exposure", {
        **_common(record, "drug", "drug_exposure_start_date", standard, source),
        "drug_exposure_end_date": record.end,
        "sig": record.sig or None,
        "route_source_value": record.route or None,
        "dose_unit_source_value": record.dose or None,
    }


def _procedure(record: Record, standard: int, source: int, _: Vocabulary) -> Row:
    return "procedure_occurrence", _common(record, "procedure", "procedure_date", standard, source)


def _measurement(record: Record, standard: int, source: int, _: Vocabulary) -> Row:
    """A MEASUREMENT row; a written `<` or `>` gives operator 0, since no file gives their concepts."""
    return "measurement", {
        **_common(record, "measurement", "measurement_date", standard, source),
        "measurement_source_value": record.concept.removeprefix("scale.") or record.text,
        "operator_concept_id": NOTHING if record.value[:1] in OPERATORS else None,
        "value_as_number": number(record.value),
        "unit_source_value": record.unit or None,
        "value_source_value": record.text,
    }


def _observed(record: Record, standard: int, source: int, _: Vocabulary) -> Row:
    """An OBSERVATION row that says suspected, in the family or in the past, of the disease in value_as_concept_id."""
    return "observation", {
        **_common(record, "observation", "observation_date", _OBSERVED[record.kind], source),
        "value_as_concept_id": standard,
        "value_as_string": record.concept or None,
        "value_source_value": record.text,
    }


def _common(record: Record, prefix: str, day: str, standard: int, source: int) -> dict[str, Any]:
    """The columns that all clinical tables have."""
    when: date = record.date
    return {
        "person_id": record.person_id,
        f"{prefix}_concept_id": standard,
        day: when,
        f"{prefix}_type_concept_id": NLP,
        "visit_occurrence_id": record.visit_id,
        f"{prefix}_source_value": record.text,
        f"{prefix}_source_concept_id": source,
    }


def number(value: str) -> float | None:
    """A score's value as a number: with a point, Roman, or after `<` or `>`; None when it is none of these."""
    plain = value.lstrip("".join(OPERATORS) + "= ")
    try:
        found = float(plain)
    except ValueError:
        return _roman(plain.upper())
    return found if math.isfinite(found) else None


def _roman(value: str) -> float | None:
    digits = [_ROMAN.get(letter, 0) for letter in value]
    if not digits or 0 in digits:
        return None
    following = [*digits[1:], 0]
    return float(sum(-one if one < after else one for one, after in zip(digits, following, strict=True)))


_ROWS: dict[str, Callable[[Record, int, int, Vocabulary], Row]] = {
    "condition": _condition,
    "finding": _condition,
    "drug": _drug,
    "procedure": _procedure,
    "measurement": _measurement,
    **dict.fromkeys(_OBSERVED, _observed),
}
