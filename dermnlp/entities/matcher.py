"""Lexicon matching on folded words: every term of every entity topic in one pass over the note."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.entities.abbreviations import explain
from dermnlp.entities.senses import Senses, SensesOfNote, senses_of
from dermnlp.entities.spelling import Spelling
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Hit, Phrases, Words, crosses_blank_line, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import text_of

STAGE = "entities"
MODIFIER = "MODIFIER"
LEXICON, FUZZY = "lexicon", "fuzzy"
MISSPELT = ("DRUG", "DIAGNOSIS")
HEAD, BARE = "head", "bare"
SYSTEMS = (("ICD10CM", "icd10cm"), ("INN", "inn"), ("HPO", "hpo"), ("OMOP", "omop"))


@dataclass(frozen=True, slots=True)
class Entry:
    """What a term stands for; `rivals` names those that it competes with, of its type or (a modifier) of its topic."""

    concept: str
    type: str
    codes: dict[str, str]
    attributes: tuple[str, ...]
    role: str
    senses: tuple[str, ...]
    rule: str
    rivals: str


class Matcher:
    """Proposes every lexicon term of the note whose sense rules hold; `topics` limits it to some (default: all).

    Misspelt names of the types `misspelt` are proposed too, as source `fuzzy`; with an empty list they aren't.
    """

    def __init__(self, nlp: Language, name: str, *, topics: list[str] | None = None, misspelt: Sequence[str] = MISSPELT) -> None:
        self.misspelt = tuple(misspelt)
        self.phrases, self.senses, self.spelling = _compiled(nlp.lang, tuple(topics or lexicons.topics(STAGE)), self.misspelt, lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        text, shown = text_of(doc), visible(doc)
        senses = self.senses.of_note(shown, sentence_starts(doc))
        hits = longest(_standing(self.phrases.find(shown), text, shown, senses))
        proposed = [record(shown, first, last, entry) for first, last, entry in hits]
        candidates(doc).extend(explain(shown, [*proposed, *self._fuzzy(text, shown, senses)]))
        return doc

    def _fuzzy(self, text: str, shown: Words, senses: SensesOfNote) -> Iterator[Found]:
        """The names of the note that have a misspelt word."""
        if self.misspelt:
            near = [(hit, confidence) for hit, confidence in self.spelling.find(shown, self.phrases) if hit[2].type in self.misspelt]
            sure = {hit[:2]: confidence for hit, confidence in near}
            for hit in longest(_standing([hit for hit, _ in near], text, shown, senses)):
                yield replace(record(shown, *hit), source=FUZZY, confidence=sure[hit[:2]])


def _standing(hits: Iterable[Hit[Entry]], text: str, shown: Words, senses: SensesOfNote) -> Iterator[Hit[Entry]]:
    """The hits whose sense rules hold, and in which no blank line lies."""
    for hit in hits:
        first, last, entry = hit
        if entry.senses and not senses.hold(entry.senses, first, last):
            continue
        if first == last or not crosses_blank_line(text, shown, first, last):
            yield hit


def longest(hits: Iterable[Hit[Entry]]) -> Iterable[Hit[Entry]]:
    """For each first word and type (modifiers: topic) the longest hit; of two equal ones that with a sense rule, else the first."""
    best: dict[tuple[int, str], Hit[Entry]] = {}
    sensed = False
    for hit in hits:
        first, last, entry = hit
        known = best.setdefault((first, entry.rivals), hit)
        if known is not hit and (last, bool(entry.senses)) > (known[1], bool(known[2].senses)):
            best[first, entry.rivals] = hit
        sensed = sensed or bool(entry.senses)
    if not sensed:
        return best.values()
    sure = {hit[:2] for hit in best.values() if hit[2].senses}
    return (hit for hit in best.values() if hit[2].senses or hit[:2] not in sure)


def record(words: Words, first: int, last: int, entry: Entry) -> Found:
    """The record of an entry found at the tokens [first, last]."""
    end = words.start[last] + len(words.raw[last])
    found = Found(entry.type, words.start[first], end, entry.concept, entry.codes, LEXICON, entry.rule, 1.0, entry.role)
    if entry.attributes:
        take(found, entry)
    return found


def take(found: Found, entry: Entry) -> None:
    """Give a record the concept, the codes and the attributes of an entry."""
    found.concept, found.codes = entry.concept, entry.codes
    for attribute in entry.attributes:
        setattr(found, attribute.lower(), True)


@lru_cache(maxsize=8)
def _compiled(
    language: str, topics: tuple[str, ...], misspelt: tuple[str, ...], state: tuple[object, ...]
) -> tuple[Phrases[Entry], Senses, Spelling]:
    """The phrases, senses and spelling of some topics; kept, since several pipelines of a process share them."""
    rows = list(entries(language, topics))
    names = ((term, match) for term, match, entry in rows if entry.type in misspelt)
    return Phrases(language, rows), senses_of(language, state), Spelling(language, names)


def entries(language: str, topics: Iterable[str]) -> Iterator[tuple[str, str, Entry]]:
    """The rows of the topics as (term, match, entry)."""
    for topic in topics:
        concepts = lexicons.concepts(STAGE, topic)
        known: dict[tuple[str, str], Entry] = {}
        for row in lexicons.terms(STAGE, topic, language):
            concept, senses = row["concept"], row.get("sense", "")
            if concept in concepts:
                if (concept, senses) not in known:
                    known[concept, senses] = _entry(f"{STAGE}/{topic}", concepts[concept], senses)
                yield row["term"], row.get("match", ""), known[concept, senses]


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
        rivals=rule if concept["type"] == MODIFIER else concept["type"],
    )
