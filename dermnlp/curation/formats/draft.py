"""The rows that an import would add, each with the place it came from; what can't go in is refused, what is known is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from dermnlp.curation.cells import short_capitals
from dermnlp.curation.checks import ENTITIES
from dermnlp.curation.folders import Topic
from dermnlp.curation.formats.entries import Entry, Refused, clean, slug
from dermnlp.curation.formats.ground import Form, Ground, form_of
from dermnlp.lexicons import SWITCHED_OFF, Row, hint

CONTEXT, SECTIONS = "context", "sections"
Where = tuple[str, str]
File = tuple[str, str, str]


@dataclass(slots=True)
class Draft:
    """Concepts and terms by topic, in the order in which they came."""

    ground: Ground
    concepts: dict[Where, dict[str, Row]] = field(default_factory=dict)
    terms: dict[File, list[tuple[Row, Entry]]] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    second: list[Refused] = field(default_factory=list)
    known: int = 0
    repeated: int = 0
    off: set[tuple[str, str, str, str]] = field(default_factory=set)
    homes: dict[str, str] = field(default_factory=dict)
    uses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    seen: dict[tuple[object, ...], tuple[str, Entry]] = field(default_factory=dict)

    def add(self, entry: Entry) -> None:
        """Take an entry in, refuse it, or count it as known or repeated."""
        cells = {column: clean(value) for column, value in entry.concept.items()}
        term = {column: clean(value) for column, value in entry.term.items()}
        if entry.stage not in self.ground.stages:
            known = f"There are: {', '.join(self.ground.stages)}.{hint(entry.stage, self.ground.stages)}"
            return self.refuse(entry, f"has the stage '{entry.stage}'. {known}")
        if term and not term.get("term"):
            return self.refuse(entry, "has no term")
        allowed = self.ground.languages.get((entry.stage, entry.topic)) or {"es", "en"}
        if term and entry.language not in allowed:
            return self.refuse(entry, f"has the language '{entry.language}'. There are: {', '.join(sorted(allowed))}.")
        if cells.get("concept") == SWITCHED_OFF:
            return self._switch_off(entry, term)
        return self._concept(entry, cells, term)

    def refuse(self, entry: Entry, reason: str) -> None:
        """Leave an entry out, with the reason."""
        self.refused.append(Refused(entry.file, entry.place, entry.term.get("term", "") or entry.concept.get("concept", ""), reason))

    def topics(self) -> Iterator[Topic]:
        """The rows as folders take them; concepts without a term are left out unless they came without one."""
        for where in dict.fromkeys([*self.concepts, *((stage, topic) for stage, topic, _ in self.terms)]):
            terms = {lang: [row for row, _ in rows] for (*other, lang), rows in self.terms.items() if tuple(other) == where and rows}
            concepts = list(self.concepts.get(where, {}).values())
            if terms or concepts:
                yield Topic(*where, concepts, terms)

    def drop(self, where: File, places: set[int]) -> None:
        """Take rows out, and the concepts that have no other."""
        rows = self.terms[where]
        self.terms[where] = [pair for place, pair in enumerate(rows) if place not in places]
        for place in places:
            row, entry = rows[place]
            self.uses[(*where[:2], row["concept"])] -= 1
            self._without(entry, where[1], row["concept"], "")

    def _switch_off(self, entry: Entry, term: Row) -> None:
        """Take in a row that switches a term off."""
        place = entry.stage, entry.topic, entry.language, term.get("term", "")
        if place in self.ground.off:
            self.known += 1
        elif place not in self.off:
            self.off.add(place)
            row = {"term": place[3], "concept": SWITCHED_OFF}
            self.terms.setdefault(place[:3], []).append((row, entry))

    def _concept(self, entry: Entry, cells: Row, term: Row) -> None:
        """Find or make the concept's row."""
        ground, stage = self.ground, entry.stage
        given = cells.get("concept", "")
        key = given if ground.home(stage, entry.topic, given) or entry.kept else slug(given)
        if entry.alias and not ground.home(stage, entry.topic, key):
            other = ground.by_omop.get(cells.get("omop", ""), "")
            same = other and ground.rows[stage, ground.homes[other], other].get("type") == cells.get("type")
            key = other if same else key
        if not key:
            return self.refuse(entry, "has no concept")
        home = ground.home(stage, entry.topic, key)
        topic = home or (self.homes.setdefault(key, entry.topic) if stage == ENTITIES else entry.topic)
        reason = self._merge(entry, (stage, topic), key, cells, there=bool(home))
        return self.refuse(entry, reason) if reason else self._put(entry, topic, term, key)

    def _merge(self, entry: Entry, where: Where, key: str, cells: Row, *, there: bool) -> str:
        """Bring a concept's cells together with those that are there; the reason when they are at odds."""
        cells = {"concept": key, **{column: value for column, value in cells.items() if value and column != "concept"}}
        if there:
            row = self.ground.rows[(*where, key)]
            type_ = cells.get("type") or row.get("type", "")
            if type_ != row.get("type", "") and not entry.kept:
                return f"gives the concept '{key}' the type {type_}; in {where[0]}/{where[1]} it is {row['type']}"
            if entry.kept and any(row.get(column, "") != value for column, value in cells.items()):
                self.concepts.setdefault(where, {}).setdefault(key, cells)
            return ""
        row = self.concepts.setdefault(where, {}).setdefault(key, {"concept": key})
        for column, value in cells.items():
            if row.get(column, value) != value and column != "name":
                return f"gives the concept '{key}' the {column} '{value}', an earlier line gave it '{row[column]}'"
        row.update({column: value for column, value in cells.items() if column not in row})
        return ""

    def _put(self, entry: Entry, topic: str, term: Row, key: str) -> None:
        """Add a term's row, unless it is known, repeated or at odds with another."""
        if not term:
            return None
        if entry.stage == ENTITIES and not any(character.isalnum() for character in term["term"]):
            return self._without(entry, topic, key, "has no letter and no digit, and would match punctuation")
        if entry.stage in (ENTITIES, SECTIONS) and short_capitals(term["term"]) and not term.get("match") and not term.get("sense"):
            term = {**term, "match": "exact"}
        row = {"term": term.pop("term"), "concept": key, **{column: value for column, value in term.items() if value}}
        reason = self._clash(entry, topic, row)
        if reason is None:
            return self._without(entry, topic, key, "")
        if reason:
            return self._without(entry, topic, key, reason)
        if entry.stage == CONTEXT:
            self._second(entry, topic, row)
        self.uses[entry.stage, topic, key] += 1
        return self.terms.setdefault((entry.stage, topic, entry.language), []).append((row, entry))

    def _second(self, entry: Entry, topic: str, row: Row) -> None:
        """Note a cue that the lexicons have in another category: then both hold."""
        form = form_of(entry.language, row["term"])
        for stage, other in sorted(self.ground.known):
            holders = self.ground.holders(stage, other, entry.language, form) if stage == CONTEXT and other != topic else set()
            if holders:
                self.second.append(Refused(entry.file, entry.place, row["term"], f"is a cue of {other} too ('{min(holders)}')"))

    def _without(self, entry: Entry, topic: str, key: str, reason: str) -> None:
        """Leave a term out, and the concept's row when it has come with this term only."""
        if reason:
            self.refuse(entry, reason)
        if not self.uses[entry.stage, topic, key] and not entry.kept:
            self.concepts.get((entry.stage, topic), {}).pop(key, None)

    def _clash(self, entry: Entry, topic: str, row: Row) -> str | None:
        """Why a term can't go in: '' if it can, None if it is there already."""
        form = form_of(entry.language, row["term"], inflected=entry.stage == ENTITIES and not row.get("match"))
        known = self._held(entry, topic, row, form)
        if known != "":
            return known
        kind = self._kind(entry.stage, topic, row["concept"])
        shape = row["term"] if row.get("match") == "exact" else form
        same = entry.stage, entry.language, kind, row.get("match", ""), row.get("sense", ""), shape
        first = self.seen.setdefault(same, (row["concept"], entry))
        if first[1] is entry:
            return ""
        if first[0] == row["concept"] or entry.stage == CONTEXT:
            self.repeated += 1
            return None
        return f"is already a term of the concept '{first[0]}' ('{first[1].term['term']}', number {first[1].place} of the source)"

    def _held(self, entry: Entry, topic: str, row: Row, form: Form) -> str | None:
        """None when the lexicons have the term, a reason when it heads another section there; '' if it can go in."""
        if entry.stage == ENTITIES:
            there = row["concept"] in self.ground.covers(entry.language, row)
            self.known += there
            return None if there else ""
        holders = self.ground.holders(entry.stage, topic, entry.language, form)
        kind = self._kind(entry.stage, topic, row["concept"])
        if row["concept"] in holders or (entry.stage == CONTEXT and any(self._kind(CONTEXT, topic, holder) == kind for holder in holders)):
            self.known += 1
            return None
        off = (entry.stage, topic, entry.language, row["term"]) in self.off | self.ground.off
        if holders and entry.stage == SECTIONS and not off:
            return f"is already a header of the section '{min(holders)}'. Switch that one off ({row['term']},-) in your {entry.stage}/{topic}"
        return ""

    def _kind(self, stage: str, topic: str, key: str) -> tuple[str, ...]:
        """What makes two concepts compete: their type, for cues their direction, else the key itself."""
        row = self.ground.rows.get((stage, topic, key)) or self.concepts.get((stage, topic), {}).get(key, {})
        if stage == ENTITIES:
            return (row.get("type", ""),)
        if stage == CONTEXT:
            return topic, row.get("direction", "")
        return ("",) if stage == SECTIONS else (topic, key)
