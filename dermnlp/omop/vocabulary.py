"""Concepts: the shipped standard ones, the mappings of our lexicon keys, and a local concept for each key."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from dermnlp import data, lexicons
from dermnlp.mentions import Mention
from dermnlp.records.record import key

NOTHING = 0
NLP, OUTPATIENT_NOTE, UTF8, CDM_VERSION = 32858, 32834, 32678, 756265
SUSPECTED, FAMILY_HISTORY, PERSONAL_HISTORY = 4219847, 4210989, 1340204
LANGUAGES = {"es": 4182511, "en": 4180186}
FIRST_LOCAL, LAST_LOCAL = 2_000_000_001, 2_147_483_647
LOCAL_VOCABULARY = "dermnlp"
UNKNOWN = "unknown"
FITTING = {
    "DIAGNOSIS": ("Condition",),
    "FINDING": ("Condition", "Observation"),
    "DRUG": ("Drug",),
    "PROCEDURE": ("Procedure",),
    "SCORE": ("Measurement",),
}
RELATIONSHIPS = {
    "domain.condition": "Facts of CONDITION_OCCURRENCE",
    "domain.observation": "Facts of OBSERVATION",
    "domain.drug": "Facts of DRUG_EXPOSURE",
    "relation.adverse_event_of": "Adverse event of",
    "relation.has_adverse_event": "Has adverse event",
}


@dataclass(frozen=True, slots=True)
class Concept:
    """A row of CONCEPT; texts that no source gives are `unknown`, dates are the defaults of the definition."""

    concept_id: int
    concept_name: str
    domain_id: str
    vocabulary_id: str
    concept_class_id: str
    standard_concept: str | None
    concept_code: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All concepts by id, the standard concept of each key that has one, and the local id of each key."""

    concepts: Mapping[int, Concept]
    mapped: Mapping[str, int]
    local: Mapping[str, int]

    def standard(self, mention: Mention) -> int:
        """The standard concept id of a mention, 0 when there is none of a domain that fits its type."""
        given = mention.codes.get("OMOP", "")
        for number in (self.mapped.get(key(mention), NOTHING), int(given) if given.isdecimal() else NOTHING):
            concept = self.concepts.get(number)
            if concept and concept.standard_concept == "S" and concept.domain_id in FITTING.get(mention.type, ()):
                return number
        return NOTHING

    def source(self, mention: Mention) -> int:
        """The local concept id of a mention, 0 when it has no key."""
        return self.local.get(key(mention), NOTHING)


def load(found: Iterable[tuple[str, str]]) -> Vocabulary:
    """The vocabulary for a run in which these keys occur, each with its mention type."""
    concepts = {concept.concept_id: concept for concept in _shipped()}
    known = _lexicon_keys()
    extra = {name: (kind, name) for name, kind in sorted(found) if name and name not in known}
    local = _numbered([*sorted(known), *sorted(extra)])
    for name, (kind, words) in {**extra, **known}.items():
        number = local[name]
        domain = FITTING.get(kind, ("Observation",))[0]
        concepts[number] = Concept(number, words, domain, LOCAL_VOCABULARY, kind, None, _code(name, number))
    mapped = {row["concept"]: int(row["omop"]) for row in _rows("mappings", "concepts.csv")}
    return Vocabulary(concepts, mapped, local)


def local_id(name: str, attempt: int = 0) -> int:
    """The number of a key of ours, above 2,000,000,000: a hash, the same in every run and version."""
    salted = f"{name}#{attempt}" if attempt else name
    digest = hashlib.blake2b(salted.encode(), digest_size=8).digest()
    return FIRST_LOCAL + int.from_bytes(digest, "big") % (LAST_LOCAL - FIRST_LOCAL + 1)


def _numbered(names: Iterable[str]) -> dict[str, int]:
    """A number for each key; where two have the same hash, the later one is hashed again."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for name in names:
        attempt = 0
        while (number := local_id(name, attempt)) in taken:
            attempt += 1
        numbers[name] = number
        taken.add(number)
    return numbers


def _lexicon_keys() -> dict[str, tuple[str, str]]:
    """Type and name of every key of the lexicons, of the scales and of our relationships."""
    keys = {name: ("Relationship", words) for name, words in RELATIONSHIPS.items()}
    for row in lexicons.concepts("attributes", "scores").values():
        keys[f"scale.{row['scale']}"] = ("SCORE", row["scale"])
    for topic in lexicons.topics("entities"):
        for name, row in lexicons.concepts("entities", topic).items():
            if row["type"] != "MODIFIER":
                keys.setdefault(name, (row["type"], row["name"] or name))
    return keys


def _shipped() -> Iterable[Concept]:
    for row in _rows("vocabulary", "concepts.csv"):
        yield Concept(
            int(row["concept_id"]),
            row["concept_name"],
            row["domain_id"] or UNKNOWN,
            row["vocabulary_id"] or UNKNOWN,
            row["concept_class_id"] or UNKNOWN,
            row["standard_concept"] or None,
            row["concept_code"] or UNKNOWN,
        )


def _code(name: str, number: int) -> str:
    """The key as a code; the number where the key is longer than a code may be."""
    return name if len(name) <= 50 else str(number)


def _rows(*path: str) -> list[dict[str, str]]:
    file = Path(data.room("lexicons"), "omop", *path)
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))
