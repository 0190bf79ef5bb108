"""What the lexicons know, counted: topics, concepts, terms, and what concepts lack."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation.checks import ENTITIES, topics
from dermnlp.lexicons import LANGUAGES

CODES = {"DIAGNOSIS": ("icd10cm",), "DRUG": ("inn",), "FINDING": ("hpo",)}
"""The column in which a concept of a type has its code, where a vocabulary has one for it."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """A topic with its number of concepts and its numbers of terms by language."""

    stage: str
    topic: str
    concepts: int
    terms: dict[str, int]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a concept: its code if it has one, its OMOP concept ('' without), its terms by language."""

    topic: str
    concept: str
    type: str
    name: str
    code: str
    omop: str
    terms: dict[str, list[str]] = field(default_factory=dict)

    @property
    def missing(self) -> list[str]:
        """The languages without a term."""
        return [language for language in LANGUAGES if not self.terms.get(language)]


@dataclass(frozen=True, slots=True)
class Share:
    """How many concepts of a topic and type have terms in both languages, a code, an OMOP concept, a synonym in each language."""

    topic: str
    type: str
    concepts: int
    both: int
    code: int
    omop: int
    synonym: int


def inventory(over: Iterable[str | Path] = ()) -> list[Inventory]:
    """Every topic of every stage, ours with `over` laid on top."""
    found = []
    with lexicons.use(over):
        for stage, topic in topics():
            counts = {language: len(lexicons.terms(stage, topic, language)) for language in lexicons.languages(stage, topic)}
            found.append(Inventory(stage, topic, len(lexicons.concepts(stage, topic)), counts))
    return found


def known(over: Iterable[str | Path] = ()) -> Iterator[Known]:
    """Every concept of the entity topics with what is known of it, ours with `over` laid on top."""
    with lexicons.use(over):
        mapped = {row["concept"]: row["omop"] for row in lexicons.read(lexicons.roots()[0] / "omop" / "mappings" / "concepts.csv")}
        for topic in lexicons.topics(ENTITIES):
            terms: dict[str, dict[str, list[str]]] = {language: {} for language in LANGUAGES}
            for language in LANGUAGES:
                for row in lexicons.terms(ENTITIES, topic, language):
                    terms[language].setdefault(row["concept"], []).append(row["term"])
            for key, row in lexicons.concepts(ENTITIES, topic).items():
                code = next((row[column] for column in CODES.get(row["type"], ()) if row.get(column)), "")
                own = {language: terms[language].get(key, []) for language in LANGUAGES}
                yield Known(topic, key, row["type"], row.get("name", ""), code, row.get("omop") or mapped.get(key, ""), own)


def shares(concepts: Iterable[Known]) -> list[Share]:
    """The counts by topic and type."""
    groups: dict[tuple[str, str], list[Known]] = {}
    for concept in concepts:
        groups.setdefault((concept.topic, concept.type), []).append(concept)
    return [_share(topic, type_, group) for (topic, type_), group in groups.items()]


def _share(topic: str, type_: str, group: list[Known]) -> Share:
    return Share(
        topic,
        type_,
        concepts=len(group),
        both=sum(not concept.missing for concept in group),
        code=sum(bool(concept.code) for concept in group),
        omop=sum(bool(concept.omop) for concept in group),
        synonym=sum(all(len(concept.terms[language]) > 1 for language in LANGUAGES) for concept in group),
    )
