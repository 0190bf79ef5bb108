"""Phenotypes: the diseases, signs, procedures and measurements that a note states of its patient."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from dermnlp.mentions import Mention
from dermnlp.records import treatments
from dermnlp.records.record import Header, Record, event_date, key, visit

ONE_ATTRIBUTE = {
    (): "condition",
    ("Uncertain",): "suspected",
    ("Family",): "family_history",
    ("Family", "Historical"): "family_history",
    ("Historical",): "personal_history",
}


def kind(mention: Mention) -> str:
    """The kind of record that a mention becomes, or empty when it stays a mention.

    Negated never is one, nor is a score with a value that its scale can't have, or one that is aimed at. A historical procedure without
    a date of its own has no day to stand on.
    """
    attributes = tuple(sorted(mention.attributes))
    if mention.type == "DIAGNOSIS":
        return ONE_ATTRIBUTE.get(attributes, "")
    if mention.type == "DRUG":
        return "drug" if attributes in ((), ("Historical",)) else ""
    if mention.type == "PROCEDURE":
        return "procedure" if attributes == () or (attributes == ("Historical",) and mention.date) else ""
    if attributes or "rejected" in mention.details or mention.details.get("moment") == "target":
        return ""
    return {"FINDING": "finding", "SCORE": "measurement"}.get(mention.type, "")


def of_note(header: Header, mentions: Sequence[Mention]) -> list[tuple[Record, tuple[int, ...]]]:
    """The records of a note in the order of its text, each with the indices of all mentions that state it."""
    by_index = {mention.index: mention for mention in mentions}
    first: dict[tuple[object, ...], Record] = {}
    stated: dict[tuple[object, ...], list[int]] = {}
    for mention in sorted(mentions, key=lambda item: item.index):
        if not (what := kind(mention)):
            continue
        record = BUILDERS.get(what, _plain)(header, mention, what, by_index)
        same = _identity(record)
        first.setdefault(same, record)
        stated.setdefault(same, []).append(mention.index)
    return [(record, tuple(stated[same])) for same, record in first.items()]


def of_notes(notes: Iterable[tuple[Header, Sequence[Mention]]]) -> list[Record]:
    """The records of several notes, note by note."""
    return [record for header, mentions in notes for record, _ in of_note(header, mentions)]


def _identity(record: Record) -> tuple[object, ...]:
    """What makes mentions of a note one fact: concept (or words), kind and date; of a measurement its value too."""
    named = record.concept or record.text.casefold()
    value = record.value if record.kind == "measurement" else ""
    return record.kind, named, record.date, value


def _plain(header: Header, mention: Mention, what: str, _: dict[int, Mention]) -> Record:
    day = event_date(mention, header.date)
    return Record(
        header.person_id,
        header.note_id,
        visit(header, day),
        what,
        key(mention),
        day,
        mention.index,
        mention.text,
        value=mention.value,
        unit=mention.unit,
    )


Builder = Callable[[Header, Mention, str, dict[int, Mention]], Record]
BUILDERS: dict[str, Builder] = {"drug": treatments.exposure}
