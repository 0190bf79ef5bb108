"""Doses, routes and frequencies, where a drug stands near them."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import EDGE, NUMBER, union
from dermnlp.extensions import Found, candidates
from dermnlp.sentences import sentence_number
from dermnlp.tokens import fold_in_place


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions of a language over folded text."""

    dose: re.Pattern[str]
    strong: re.Pattern[str]
    bare: re.Pattern[str]
    route: re.Pattern[str]
    frequency: re.Pattern[str]


class Doses:
    """Proposes DOSE, ROUTE and FREQUENCY; those that could mean something else need a drug at most `reach` characters before, or `ahead` after."""

    def __init__(self, nlp: Language, name: str, *, reach: int = 120, ahead: int = 14) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.roots())
        self.reach = reach
        self.ahead = ahead

    def __call__(self, doc: Doc) -> Doc:
        drugs = sorted((c.start, c.end) for c in candidates(doc) if c.type == "DRUG")
        folded = doc.user_data.setdefault("folded", fold_in_place(doc.text))
        found = [record for record in self._all(folded, drugs) if self._counts(doc, folded, record, drugs)]
        candidates(doc).extend(found)
        return doc

    def _all(self, folded: str, drugs: list[tuple[int, int]]) -> Iterator[Found]:
        """Everything that reads like a dose, a route or a frequency."""
        for match in self.grammar.dose.finditer(folded):
            yield _record("DOSE", match.start(), match.end(), "attributes/doses")
        if not drugs:
            return
        for start, end in drugs:
            bare = self.grammar.bare.match(folded, end)
            if bare:
                yield _record("DOSE", bare.start("dose"), bare.end("dose"), "attributes/doses")
        for match in self.grammar.route.finditer(folded):
            yield _record("ROUTE", match.start(), match.end(), "attributes/routes")
        for match in self.grammar.frequency.finditer(folded):
            yield _record("FREQUENCY", match.start(), match.end(), "attributes/frequencies")

    def _counts(self, doc: Doc, folded: str, record: Found, drugs: list[tuple[int, int]]) -> bool:
        """Whether the record is a drug's: a strong unit is, anything else needs the drug near it."""
        if record.type == "DOSE" and self.grammar.strong.search(folded, record.start, record.end):
            return True
        return self._near(doc, record, drugs)

    def _near(self, doc: Doc, record: Found, drugs: list[tuple[int, int]]) -> bool:
        """Whether a drug of the same sentence stands close enough."""
        position = bisect_right(drugs, (record.start, record.start))
        sentence = sentence_number(doc, record.start)
        if position:
            start, end = drugs[position - 1]
            if record.start - end <= self.reach and sentence - sentence_number(doc, start) <= (record.type != "ROUTE"):
                return True
        if position < len(drugs):
            start, _ = drugs[position]
            return start - record.end <= self.ahead and sentence_number(doc, start) == sentence
        return False


def _record(type_: str, start: int, end: int, rule: str) -> Found:
    return Found(type_, start, end, source="rule", rule=rule)


@lru_cache(maxsize=8)
def _grammar(language: str, roots: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    dose = union("doses", language, "dose")
    unit = union("doses", language, "unit")
    bare = union("doses", language, "schedule")
    not_after = union("doses", language, "not_after")
    return Grammar(
        dose=re.compile(rf"(?<![\w.,/-])(?:{dose})(?![^\W_])(?!\s?(?:{not_after}))"),
        strong=re.compile(rf"(?<![^\W\d_])(?:{unit})(?![^\W_])"),
        bare=re.compile(rf"\s+(?P<dose>{NUMBER}(?:/\d+)?)(?=\s+(?:{bare})(?!\d)|\s+c/\d|\s+cada\s|\s+q\d|\s+(?:bid|tid|qd|od|bd)\b)"),
        route=re.compile(rf"{EDGE}(?:{union('routes', language, 'route')})(?![^\W_])"),
        frequency=re.compile(rf"(?<![^\W_])(?<!\d[-/.])(?:{union('frequencies', language, 'frequency')})(?![^\W_])(?!-\d)"),
    )
