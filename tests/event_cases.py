"""The cases of treatment events: how a row of `data/events_*.tsv` is read, and what the engine says of its text.

A row is text, note date, expected events, known failure. Events are joined by `;`: `MTX: stopped reason=adverse_event "náuseas" date=2021-03 other=…`, the
quoted words being those of the reason.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from spacy.language import Language

from dermnlp.mentions import from_doc

EVENT = re.compile(r'(?P<drug>[^:;]+): (?P<kind>\w+)(?P<rest>(?: (?:(?:reason|date)=\S+|"[^"]*"|other=(?:(?! (?:reason|date)=| ").)+))*)$')
PART = re.compile(r'(?P<name>reason|date)=(?P<value>\S+)|"(?P<words>[^"]*)"|other=(?P<other>(?:(?! (?:reason|date)=| ").)+)')


@dataclass(frozen=True, order=True)
class Event:
    """An event as a case names it; `words` are empty where the case doesn't say them."""

    drug: str
    kind: str
    reason: str = ""
    date: str = ""
    other: str = ""
    words: str = ""

    @property
    def plain(self) -> tuple[str, ...]:
        """All but the words of the reason."""
        return (self.drug, self.kind, self.reason, self.date, self.other)


@dataclass(frozen=True)
class Case:
    """A text, the date of its note, the events that it tells, and why the engine fails if it is known to."""

    text: str
    note_date: date | None
    events: tuple[Event, ...]
    known: str


def cases(path: Path) -> list[Case]:
    """The rows of a file."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [_case(row) for row in rows]


def _case(row: dict[str, str | None]) -> Case:
    written = row.get("note_date") or ""
    day = date.fromisoformat(written) if written else None
    events = tuple(_event(part.strip()) for part in (row.get("expected") or "").split(";") if part.strip())
    return Case((row["text"] or "").replace("\\n", "\n"), day, events, row.get("known") or "")


def _event(text: str) -> Event:
    match = EVENT.match(text)
    if not match:
        raise ValueError(f"No event: '{text}'. Write e.g. MTX: stopped reason=adverse_event \"náuseas\" date=2021-03.")
    values = {"drug": match["drug"].strip(), "kind": match["kind"]}
    for part in PART.finditer(match["rest"]):
        if part["name"]:
            values[part["name"]] = part["value"]
        elif part["other"]:
            values["other"] = part["other"].strip()
        else:
            values["words"] = part["words"]
    return Event(**values)


def read(nlp: Language, case: Case) -> list[Event]:
    """The events that the engine finds in a case."""
    doc = nlp.make_doc(case.text)
    doc.user_data["note_date"] = case.note_date
    for _, component in nlp.pipeline:
        doc = component(doc)
    found = from_doc(doc, "n1")
    return [
        Event(m.text, e.kind, e.reason, e.date, found[e.other].text if e.other >= 0 else "", case.text[e.reason_start : e.reason_end] if e.reason else "")
        for m in found
        for e in m.events
    ]


def agrees(expected: tuple[Event, ...], found: list[Event]) -> bool:
    """Whether the same events were found, with the words of their reasons where the case gives them."""
    if sorted(event.plain for event in expected) != sorted(event.plain for event in found):
        return False
    words = {event.plain: event.words for event in found}
    return all(not event.words or words[event.plain] == event.words for event in expected)
