"""Doses, routes and frequencies, where a drug stands near them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, NUMBER, STAGE, numbers_of, openings, union
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Phrases, visible
from dermnlp.sentences import sentence_number
from dermnlp.tokens import folded_of

MARGIN = 30


@dataclass(frozen=True, slots=True)
class Grammar:
    """The routes, and the regular expressions of a language over folded text."""

    quick: re.Pattern[str]
    dose: re.Pattern[str]
    strong: re.Pattern[str]
    bare: re.Pattern[str]
    route: Phrases[str]
    frequency: re.Pattern[str]
    opening: frozenset[str]


class Doses:
    """Proposes DOSE, ROUTE and FREQUENCY; those that could mean something else need a drug near them.

    The drug stands at most `reach` characters before, or `ahead` after, in the same sentence (a line break may lie between a drug and its dose).
    """

    def __init__(self, nlp: Language, name: str, *, reach: int = 120, ahead: int = 14) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.state())
        self.reach = reach
        self.ahead = ahead

    def __call__(self, doc: Doc) -> Doc:
        drugs = sorted((c.start, c.end) for c in candidates(doc) if c.type == "DRUG")
        found = [*self._doses(doc), *(self._others(doc, drugs) if drugs else ())]
        candidates(doc).extend(record for record in found if self._counts(doc, record, drugs))
        return doc

    def _doses(self, doc: Doc) -> Iterator[Found]:
        """Every number with a unit of strength or amount."""
        folded, done = folded_of(doc), 0
        for number in numbers_of(doc):
            if number < done or not self.grammar.quick.match(folded, number):
                continue
            match = self.grammar.dose.match(folded, number)
            if match:
                done = match.end()
                yield _record("DOSE", match.start(), match.end(), "attributes/doses")

    def _others(self, doc: Doc, drugs: list[tuple[int, int]]) -> Iterator[Found]:
        """Bare doses, routes and frequencies around the drugs."""
        folded, words = folded_of(doc), visible(doc)
        for _, end in drugs:
            bare = self.grammar.bare.match(folded, end)
            if bare:
                yield _record("DOSE", bare.start("dose"), bare.end("dose"), "attributes/doses")
        for first, last, rule in self.grammar.route.find(words):
            yield _record("ROUTE", words.start[first], words.start[last] + len(words.raw[last]), rule)
        done = 0
        for anchor in self._anchors(doc, drugs):
            match = self.grammar.frequency.match(folded, anchor) if anchor >= done else None
            if match:
                done = match.end()
                yield _record("FREQUENCY", match.start(), match.end(), "attributes/frequencies")

    def _anchors(self, doc: Doc, drugs: list[tuple[int, int]]) -> list[int]:
        """The places near a drug where a frequency may begin: at a number, or at the first word of one."""
        words, numbers = visible(doc), numbers_of(doc)
        forms, opening = words.forms["word"], self.grammar.opening
        anchors: set[int] = set()
        for start, end in drugs:
            low, high = start - self.ahead - MARGIN, end + self.reach
            anchors.update(numbers[bisect_left(numbers, low) : bisect_left(numbers, high)])
            first, last = bisect_left(words.start, low), bisect_left(words.start, high)
            anchors.update(words.start[i] for i in range(first, last) if forms[i] in opening)
        return sorted(anchors)

    def _counts(self, doc: Doc, record: Found, drugs: list[tuple[int, int]]) -> bool:
        """Whether the record is a drug's: a strong unit is, anything else needs the drug near it."""
        if record.type == "DOSE" and self.grammar.strong.search(folded_of(doc), record.start, record.end):
            return True
        position = bisect_right(drugs, (record.start, record.start))
        sentence = sentence_number(doc, record.start)
        if position:
            start, end = drugs[position - 1]
            lines = sentence - sentence_number(doc, start)
            if record.start - end <= self.reach and lines <= (record.type != "ROUTE"):
                return True
        if position < len(drugs):
            start, _ = drugs[position]
            return start - record.end <= self.ahead and sentence_number(doc, start) == sentence
        return False


def _record(type_: str, start: int, end: int, rule: str) -> Found:
    return Found(type_, start, end, source="rule", rule=rule)


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    dose = union("doses", language, "dose")
    unit = union("doses", language, "unit")
    bare = union("doses", language, "schedule")
    not_after = union("doses", language, "not_after")
    weak = union("doses", language, "weak_unit")
    return Grammar(
        quick=re.compile(rf"[\d.,´'’/]{{1,20}}(?:\s?(?:[-–x:]|[^\W\d_]{{1,2}})\s?[\d.,]+)?\s?(?:{unit}|{weak})|\d+\s?:\s?\d"),
        dose=re.compile(rf"(?<![\w.,/-])(?:{dose}){CLOSED}(?!\s?(?:{not_after}))"),
        strong=re.compile(rf"(?<![^\W\d_])(?:{unit}){CLOSED}"),
        bare=re.compile(rf"\s+(?P<dose>{NUMBER}(?:/\d+)?)(?=\s+(?:{bare}){CLOSED})"),
        route=Phrases(language, ((row["term"], "word", "attributes/routes") for row in lexicons.terms(STAGE, "routes", language))),
        frequency=re.compile(rf"{EDGE}(?<!\d[-/.])(?:{union('frequencies', language, 'frequency')}){CLOSED}(?!-\d)"),
        opening=openings("frequencies", language, "frequency"),
    )
