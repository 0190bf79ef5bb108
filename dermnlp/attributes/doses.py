"""Doses, routes and frequencies, where a drug stands near them."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import compress

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.openings import Opened
from dermnlp.attributes.patterns import CLOSED, EDGE, END, NUMBER, STAGE, numbers_of, union
from dermnlp.attributes.posology import number
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Phrases, visible
from dermnlp.sentences import sentence_number
from dermnlp.tokens import folded_of

MARGIN = 30
HOURS, YEARS = 24, range(1900, 2101)
PROCEDURE = "PROCEDURE"
NOUNS = (PROCEDURE, "FINDING", "DIAGNOSIS")
COMPARED = r"(?<![=<~≈])(?<![=<~≈] )(?<![^-]>)(?<![^-]> )"  # no sign of comparison stands before; an arrow may
BULLETS = " \t\n-–•*"
LINE = re.compile(r"[\s:,.\-–•*]*\n[^\n]{0,30}")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The routes, and the regular expressions of a language over folded text."""

    quick: re.Pattern[str]
    dose: Opened
    strong: re.Pattern[str]
    bare: re.Pattern[str]
    route: Phrases[str]
    frequency: Opened
    following: re.Pattern[str]
    adjective: re.Pattern[str]
    opening: frozenset[str]


class Doses:
    """Proposes DOSE, ROUTE and FREQUENCY; those that could mean something else need a drug near them.

    The drug stands at most `reach` characters before, or `ahead` after, in the same sentence (a line break may lie between a drug and its dose).
    A number without a unit is a dose right after a drug when a frequency or route follows, or when it is at least `least` and nothing does.
    """

    def __init__(self, nlp: Language, name: str, *, reach: int = 120, ahead: int = 14, least: int = 10) -> None:
        self.language = nlp.lang
        self.grammar = _grammar(nlp.lang, lexicons.state())
        self.reach = reach
        self.ahead = ahead
        self.least = least

    def __call__(self, doc: Doc) -> Doc:
        drugs = sorted((c.start, c.end) for c in candidates(doc) if c.type == "DRUG")
        doses = [record for record in self._doses(doc) if self._counts(doc, record, drugs)]
        kept = list(doses)
        ends = {record.end for record in doses}
        for record in sorted(self._others(doc, drugs), key=lambda record: record.start) if drugs else ():
            if self._counts(doc, record, drugs) or self._goes_on(doc, record, ends):
                kept.append(record)
                ends.add(record.end)
        candidates(doc).extend([*kept, *self._following(doc, kept)])
        return doc

    def _doses(self, doc: Doc) -> Iterator[Found]:
        """Every number with a unit of strength or amount."""
        folded, done = folded_of(doc), 0
        for start in numbers_of(doc):
            if start < done or not self.grammar.quick.match(folded, start):
                continue
            match = self.grammar.dose.match(folded, start)
            if match:
                done = match.end()
                yield _record("DOSE", match.start(), match.end(), "attributes/doses")

    def _others(self, doc: Doc, drugs: list[tuple[int, int]]) -> Iterator[Found]:
        """Bare doses, counts in words, routes and frequencies around the drugs."""
        folded, words = folded_of(doc), visible(doc)
        for _, end in drugs:
            bare = self._bare(folded, end)
            if bare:
                yield bare
        for first, last, rule in self.grammar.route.find(words):
            yield _record("ROUTE", words.start[first], words.start[last] + len(words.raw[last]), rule)
        nouns = {c.end: c.type == PROCEDURE for c in candidates(doc) if c.type in NOUNS}
        done = 0
        for anchor in self._anchors(doc, drugs):
            match = self.grammar.frequency.match(folded, anchor) if anchor >= done else None
            if match and not self._of_a_noun(folded, match, nouns):
                done = match.end()
                yield _record("FREQUENCY", match.start(), match.end(), "attributes/frequencies")
            elif not match and anchor >= done and folded[anchor].isalpha():
                count = self.grammar.dose.match(folded, anchor)
                if count:
                    done = count.end()
                    yield _record("DOSE", count.start(), count.end(), "attributes/doses")

    def _bare(self, folded: str, end: int) -> Found | None:
        """A number right after a drug that has no unit: "Lipitor 20 daily", "sertralina 50."."""
        match = self.grammar.bare.match(folded, end)
        if not match:
            return None
        value = number(match["number"], self.language) or 0
        frequency = self.grammar.frequency.match(folded, match.start("dose"))
        if frequency and frequency.end() > match.end("dose") and value <= HOURS:
            return None
        if match["last"] is not None:
            doses = "/" in match["dose"] or value < 1 or (value >= self.least and value not in YEARS)
        else:
            doses = match["next"] is not None or self.grammar.frequency.match(folded, match.end()) is not None
        return _record("DOSE", match.start("dose"), match.end("dose"), "attributes/doses") if doses else None

    def _of_a_noun(self, folded: str, frequency: re.Match[str], nouns: dict[int, bool]) -> bool:
        """Whether a frequency says how often a procedure is, or as an adjective how often a finding is: "prurito diario"."""
        end = frequency.start()
        while end and folded[end - 1] == " ":
            end -= 1
        return end in nouns and (nouns[end] or self.grammar.adjective.fullmatch(frequency.group()) is not None)

    def _following(self, doc: Doc, kept: list[Found]) -> Iterator[Found]:
        """What is a frequency only right after a dose, route or frequency: "x1", "/24h", "si dolor"."""
        folded = folded_of(doc)
        taken = {record.start for record in kept}
        for record in kept:
            match = self.grammar.following.match(folded, record.end)
            if match and match.start("frequency") not in taken:
                yield _record("FREQUENCY", match.start("frequency"), match.end(), "attributes/frequencies")

    def _anchors(self, doc: Doc, drugs: list[tuple[int, int]]) -> list[int]:
        """The places near a drug where a frequency may begin: at a number, or at the first word of one."""
        words, numbers = visible(doc), numbers_of(doc)
        forms, opening = words.forms["word"], self.grammar.opening
        anchors: set[int] = set()
        for start, end in drugs:
            low, high = start - self.ahead - MARGIN, end + self.reach
            anchors.update(numbers[bisect_left(numbers, low) : bisect_left(numbers, high)])
            first, last = bisect_left(words.start, low), bisect_left(words.start, high)
            anchors.update(compress(words.start[first:last], map(opening.__contains__, forms[first:last])))
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
            if record.start - end <= self.reach and lines <= 1 and (not lines or record.type != "ROUTE" or self._listed(doc, end, record.start)):
                return True
        if position < len(drugs):
            start, _ = drugs[position]
            return start - record.end <= self.ahead and sentence_number(doc, start) == sentence
        return False

    def _goes_on(self, doc: Doc, record: Found, ends: set[int]) -> bool:
        """Whether a record is the next item of a list of what belongs to a drug, one item a line."""
        return len(folded_of(doc)[max(0, record.start - MARGIN) : record.start].rstrip(BULLETS)) + max(0, record.start - MARGIN) in ends

    def _listed(self, doc: Doc, end: int, start: int) -> bool:
        """Whether a route stands in the line under its drug: "- Methotrexate⏎ 15 mg SC"."""
        return LINE.fullmatch(folded_of(doc), end, start) is not None


def _record(type_: str, start: int, end: int, rule: str) -> Found:
    return Found(type_, start, end, source="rule", rule=rule)


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    unit = union("doses", language, "unit")
    bare = union("doses", language, "schedule")
    not_after = union("doses", language, "not_after")
    weak = union("doses", language, "weak_unit")
    route = union("routes", language, "route")
    others = union("frequencies", language, "not_after") or "(?!)"
    closed = rf"{CLOSED}(?!-\d)(?!\s+(?:{others}){CLOSED})"
    dose = Opened("doses", language, "dose", rf"(?<![\w.,/-]){COMPARED}", rf"{CLOSED}(?!\s?(?:{not_after}))", together=True)
    frequency = Opened("frequencies", language, "frequency", rf"{EDGE}{COMPARED}(?<!\d[-/.])", closed)
    last = rf"(?=\s*(?:[,;)\n]|\.(?!\d)|\Z)|\s+(?:[+→]|->|-\s|(?:{union('doses', language, 'joins')}){CLOSED}))"
    return Grammar(
        quick=re.compile(rf"[\d.,´'’/½¼¾]{{1,20}}+(?:\s?(?:[-–x:]|[^\W\d_]{{1,2}})\s?[\d.,]++)?\s?(?:{unit}|{weak}){END}|\d+\s?:\s?\d"),
        dose=dose,
        strong=re.compile(rf"(?<![^\W\d_])(?:{unit}){CLOSED}(?!\s?/\s?ml)"),
        bare=re.compile(
            rf"\s+(?P<dose>(?P<number>{NUMBER})(?:/(?!(?:7|12|52)\b)\d+)?)(?![\w%/]|[.,]\d)(?:(?P<next>(?=[\s,(]*(?:{bare}|{route}){CLOSED}))|(?P<last>{last})|[\s,(]+)"
        ),
        route=Phrases(language, ((row["term"], "word", "attributes/routes") for row in lexicons.terms(STAGE, "routes", language))),
        frequency=frequency,
        following=re.compile(rf"[\s,(]{{0,2}}(?P<frequency>{union('frequencies', language, 'after_dose')}){closed}"),
        adjective=re.compile(union("frequencies", language, "adjective") or "(?!)"),
        opening=frequency.words | dose.words,
    )
