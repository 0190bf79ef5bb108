"""Record: one fact of a patient that a note states; the key, the date and the words behind it."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from dermnlp.mentions import DATED, Mention

FIRST_YEAR = 1900
STARTED = DATED - {"FINDING"}  # a sign that the note states is there on the note's day, whenever it began


@dataclass(frozen=True, slots=True)
class Header:
    """What a note says about itself: numbers of the person, the note and the visit, and its date."""

    person_id: int
    note_id: int
    date: datetime.date
    visit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One fact of a person; `mention` is the index of the first mention in the note that states it.

    Kinds: condition, finding, suspected, family_history, personal_history, drug, procedure, measurement.
    """

    person_id: int
    note_id: int
    visit_id: int | None
    kind: str
    concept: str
    date: datetime.date
    mention: int
    text: str
    end: datetime.date | None = None
    rule: str = ""
    sig: str = ""
    dose: str = ""
    route: str = ""
    value: str = ""
    unit: str = ""


def key(mention: Mention) -> str:
    """The identity of what is mentioned: the lexicon's key, else the scale, else the INN; empty when there is none."""
    if mention.concept:
        return mention.concept
    return f"scale.{mention.scale}" if mention.scale else mention.codes.get("INN", "")


def visit(header: Header, day: datetime.date) -> int | None:
    """The note's visit for an event of the note's own day; an earlier event belongs to no visit that is known."""
    return header.visit_id if day == header.date else None


def event_date(mention: Mention, note_date: datetime.date) -> datetime.date:
    """The date that is written beside the mention when its type has one and it is possible, else the note's."""
    return (written_date(mention, note_date) if mention.date else None) or note_date


def written_date(mention: Mention, note_date: datetime.date) -> datetime.date | None:
    """The date beside the mention, a year or month as its first day; None when impossible or after the note."""
    if mention.type not in STARTED:
        return None
    parts = mention.date.split("-")
    try:
        day = datetime.date.fromisoformat("-".join([*parts, *("01", "01")][:3]))
    except ValueError:
        return None
    return day if day.year >= FIRST_YEAR and day <= note_date else None
