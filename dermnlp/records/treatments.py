"""Treatments: the drugs that a note gives to its patient, and their span over the notes of a person."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from dermnlp.mentions import Mention
from dermnlp.records.record import Header, Record, event_date, key, visit

DAYS = 29
SIG = ("DOSE", "ROUTE", "FREQUENCY")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One drug of one person over all notes: the first and the last day on record, and in how many notes."""

    person_id: int
    concept: str
    first_seen: date
    last_seen: date
    notes: int


def exposure(header: Header, mention: Mention, what: str, mentions: dict[int, Mention]) -> Record:
    """The record of a DRUG mention, with the words that its relations join to it."""
    start = event_date(mention, header.date)
    end, rule = _end(start, header.date, mention.historical)
    parts = _attributes(mention, mentions)
    words = {kind: " ".join(part.text for part in parts if part.type == kind) for kind in SIG}
    return Record(
        header.person_id,
        header.note_id,
        visit(header, start),
        what,
        key(mention),
        start,
        mention.index,
        mention.text,
        end=end,
        rule=rule,
        sig=" ".join(part.text for part in parts),
        dose=words["DOSE"],
        route=words["ROUTE"],
    )


def exposures(records: Iterable[Record]) -> list[Exposure]:
    """The drug records grouped by person and drug, in that order; records without a concept are left out."""
    groups: dict[tuple[int, str], list[Record]] = {}
    for record in records:
        if record.kind == "drug" and record.concept:
            groups.setdefault((record.person_id, record.concept), []).append(record)
    return [_exposure(*group) for group in sorted(groups.items())]


def _exposure(group: tuple[int, str], records: list[Record]) -> Exposure:
    days = [record.date for record in records]
    last = max(record.end or record.date for record in records)
    return Exposure(*group, min(days), last, len({record.note_id for record in records}))


def _end(start: date, note_date: date, historical: bool) -> tuple[date, str]:
    """The last day of an exposure and the rule that gives it: nothing known is start + 29 days.

    An ended treatment ends at the note at the latest; one that goes on lasts to the note at least.
    """
    usual = start + timedelta(days=DAYS)
    if historical:
        return min(usual, note_date), "start+29" if usual <= note_date else "ended-by-note"
    return max(usual, note_date), "start+29" if usual >= note_date else "current-at-note"


def _attributes(mention: Mention, mentions: dict[int, Mention]) -> list[Mention]:
    """The DOSE, ROUTE and FREQUENCY mentions of a drug in the order of the text."""
    targets = {relation.target for relation in mention.relations if relation.type == "Drug_attribute"}
    found = (mentions[target] for target in targets if target in mentions)
    return sorted((item for item in found if item.type in SIG), key=lambda item: (item.start, item.index))
