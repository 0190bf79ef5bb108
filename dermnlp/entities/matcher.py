"""Lexicon matching on folded words: every term of every entity topic in one pass over the note."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.entities.abbreviations import explain
from dermnlp.entities.senses import Senses
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Hit, Phrases, Words, crosses_blank_line, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import text_of

STAGE = "entities"
MODIFIER = "MODIFIER"
HEAD, BARE = "head", "bare"
SYSTEMS = (("ICD10CM", "icd10cm"), ("INN", "inn"), ("OMOP", "omop"))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a term stands for."""

    concept: str
    type: str
    codes: dict[str, str]
    attributes: tuple[str, ...]
    role: str
    senses: tuple[str, ...]
    rule: str


class Matcher:
    """Proposes every lexicon term of the note whose sense rules hold; `topics` limits it to some (default: all)."""

    def __init__(self, nlp: Language, name: str, *, topics: list[str] | None = None) -> None:
        self.phrases, self.senses = _compiled(nlp.lang, tuple(topics or lexicons.topics(STAGE)), lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        text, shown = text_of(doc), visible(doc)
        senses = self.senses.of_note(shown, sentence_starts(doc))
        hits = [hit for hit in self.phrases.find(shown) if not hit[2].senses or senses.hold(hit[2].senses, *hit[:2])]
        hits = [hit for hit in hits if hit[0] == hit[1] or not crosses_blank_line(text, shown, *hit[:2])]
        candidates(doc).extend(explain(shown, [_found(shown, hit) for hit in longest(hits)]))
        return doc


def longest(hits: list[Hit[Entry]]) -> Iterable[Hit[Entry]]:
    """For each first word and type the longest hit; of two equal ones that with a sense rule, else the first."""
    best: dict[tuple[int, str], Hit[Entry]] = {}
    for hit in hits:
        first, last, entry = hit
        known = best.get((first, entry.type))
        if known is None or (last, bool(entry.senses)) > (known[1], bool(known[2].senses)):
            best[first, entry.type] = hit
    sure = {(first, last) for first, last, entry in best.values() if entry.senses}
    return (hit for hit in best.values() if hit[2].senses or hit[:2] not in sure)


def _found(words: Words, hit: Hit[Entry]) -> Found:
    """The record of a hit."""
    first, last, entry = hit
    end = words.start[last] + len(words.raw[last])
    record = Found(entry.type, words.start[first], end, entry.concept, entry.codes, rule=entry.rule, role=entry.role)
    for attribute in entry.attributes:
        setattr(record, attribute.lower(), True)
    return record


@lru_cache(maxsize=8)
def _compiled(language: str, topics: tuple[str, ...], state: tuple[object, ...]) -> tuple[Phrases[Entry], Senses]:
    """The phrases and senses of some topics; kept, since several pipelines of a process share them."""
    return Phrases(language, entries(language, topics)), Senses(language)


def entries(language: str, topics: Iterable[str]) -> Iterator[tuple[str, str, Entry]]:
    """The rows of the topics as (term, match, entry)."""
    for topic in topics:
        concepts = lexicons.concepts(STAGE, topic)
        for row in lexicons.terms(STAGE, topic, language):
            if row["concept"] in concepts:
                entry = _entry(f"{STAGE}/{topic}", concepts[row["concept"]], row.get("sense", ""))
                yield row["term"], row.get("match", ""), entry


def _entry(rule: str, concept: dict[str, str], senses: str) -> Entry:
    """A term row and its concept row as one entry."""
    codes = {system: concept[column] for system, column in SYSTEMS if concept.get(column)}
    return Entry(
        concept=concept["concept"],
        type=concept["type"],
        codes=codes,
        attributes=tuple(part for part in concept.get("attributes", "").split(";") if part),
        role=concept.get("role", ""),
        senses=tuple(part for part in senses.split(";") if part),
        rule=rule,
    )
