"""Dates, absolute and relative to the note's own, and the mentions that they date."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc, Span

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, END, STAGE, alternatives, numbers_of
from dermnlp.extensions import DATES, Found, found
from dermnlp.mentions import DATED
from dermnlp.phrases import Phrases, visible
from dermnlp.sentences import sentence_number
from dermnlp.tokens import fold_in_place, folded_of, words_of

TOPIC = "dates"
OPENING = ("month", "year_after", "ago", "number")


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in the text: `value` is ISO 8601 as precise as written (2021, 2021-03, 2021-03-05), '' when it can't be resolved."""

    start: int
    end: int
    value: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions of a language over folded text, and what their words are worth."""

    pattern: re.Pattern[str]
    words: Phrases[str]
    values: dict[str, int]
    day_first: bool


class Dates:
    """Puts the dates in `doc.spans["dates"]` and gives a mention the only date of its sentence within `reach` characters."""

    def __init__(self, nlp: Language, name: str, *, day_first: dict[str, bool] | None = None, reach: int = 40) -> None:
        self.grammar = _grammar(nlp.lang, (day_first or {}).get(nlp.lang, True), lexicons.state())
        self.reach = reach

    def __call__(self, doc: Doc) -> Doc:
        dates = list(self._dates(doc, doc.user_data.get("note_date")))
        starts = words_of(doc)[1]
        doc.spans[DATES] = [Span(doc, bisect_right(starts, d.start) - 1, bisect_left(starts, d.end), label="DATE") for d in dates]
        doc.user_data["dates"] = dates
        if dates:
            self._attach(doc, [d for d in dates if d.value])
        return doc

    def _matches(self, doc: Doc) -> Iterator[re.Match[str]]:
        """What reads like a date, tried where a number or a word of a date begins."""
        folded, words, done = folded_of(doc), visible(doc), 0
        anchors = {*numbers_of(doc), *(words.start[first] for first, _, _ in self.grammar.words.find(words))}
        for anchor in sorted(anchors):
            match = self.grammar.pattern.match(folded, anchor) if anchor >= done else None
            if match:
                done = match.end()
                yield match

    def _dates(self, doc: Doc, note_date: date | None) -> Iterator[FoundDate]:
        """The dates of a text; day and month swap places where only that makes sense of one of them."""
        matches = list(self._matches(doc))
        full = [m for m in matches if m["a"] and m["sep"] == "/" and len(m["c"]) == 4]
        swapped = any(int(m["b"]) > 12 >= int(m["a"]) for m in full)
        day_first = self.grammar.day_first and not swapped or any(int(m["a"]) > 12 for m in full)
        for match in matches:
            value = self._value(match, day_first, note_date)
            if value is not None:
                yield FoundDate(match.start(), match.end(), value)

    def _value(self, match: re.Match[str], day_first: bool, note_date: date | None) -> str | None:
        """The ISO value of a match; None when it is no date after all."""
        part = match.groupdict()
        if part["iso"]:
            return _iso(int(part["y"]), int(part["m"]), int(part["d"]))
        if part["a"]:
            first, second = (int(part["a"]), int(part["b"])) if day_first else (int(part["b"]), int(part["a"]))
            return _iso(_year(part["c"]), second, first)
        if part["my"]:
            return _iso(int(part["my_year"]), int(part["my"]), None)
        month = self.grammar.values.get(part["month"] or part["month2"] or "")
        if month:
            day = int(part["day"] or part["day2"] or 0) or None
            year = part["month_year"] or part["month_year2"]
            return _iso(_year(year), month, day) if year else ("" if day else None)
        if part["year"]:
            return part["year"]
        return self._relative(part, note_date)

    def _relative(self, part: dict[str, str | None], note_date: date | None) -> str | None:
        """A date so many days, weeks, months or years before the note's, as precise as its unit."""
        count, unit = (part["n"] or part["n2"] or ""), (part["unit"] or part["unit2"] or "")
        number = int(count) if count.isdigit() else self.grammar.values.get(count, 0)
        days = self.grammar.values.get(unit, 0)
        if not note_date or number > 200:
            return ""
        then = note_date - timedelta(days=number * days)
        if days == 30:
            months = note_date.year * 12 + note_date.month - 1 - number
            return f"{months // 12:04}-{months % 12 + 1:02}"
        return f"{note_date.year - number:04}" if days == 365 else then.isoformat()

    def _attach(self, doc: Doc, dates: list[FoundDate]) -> None:
        """Date the mentions whose sentence holds one date, near them."""
        by_sentence: dict[int, list[FoundDate]] = {}
        for item in dates:
            by_sentence.setdefault(sentence_number(doc, item.start), []).append(item)
        for mention in found(doc):
            own = by_sentence.get(mention.sentence, [])
            if mention.type in DATED and len(own) == 1 and _gap(mention, own[0]) <= self.reach:
                mention.date = own[0].value


def _gap(mention: Found, item: FoundDate) -> int:
    """The number of characters between a mention and a date."""
    return max(item.start - mention.end, mention.start - item.end, 0)


def _year(text: str) -> int:
    """A year of two or four digits."""
    year = int(text)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def _iso(year: int, month: int, day: int | None) -> str | None:
    """The ISO form, None for a day that the calendar doesn't have."""
    try:
        checked = date(year, month, day or 1)
    except ValueError:
        return None
    return checked.isoformat() if day else f"{year:04}-{month:02}"


@lru_cache(maxsize=8)
def _grammar(language: str, day_first: bool, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    concepts = lexicons.concepts(STAGE, TOPIC)
    groups: dict[str, list[str]] = {}
    values: dict[str, int] = {}
    for row in lexicons.terms(STAGE, TOPIC, language):
        groups.setdefault(row["concept"].split(".")[0], []).append(row["term"])
        worth = concepts[row["concept"]]["value"]
        if worth:
            values[fold_in_place(row["term"])] = int(worth)

    def any_of(kind: str) -> str:
        return alternatives(groups[kind]) if kind in groups else r"(?!)"

    month, unit, count = any_of("month"), any_of("unit"), rf"\d{{1,3}}|{any_of('number')}"
    full = r"(?:19|20)\d\d"
    year = rf"(?:{full}|\d\d(?!\d))"
    of, ordinal = rf"[\s.,/-]*(?:(?:{any_of('of')})\s+)?", any_of("ordinal")
    parts = (
        rf"(?P<iso>(?P<y>{full})-(?P<m>\d\d)-(?P<d>\d\d))",
        rf"(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<c>{year})",
        rf"(?P<my>0?[1-9]|1[0-2])[/-](?P<my_year>{full})",
        rf"(?P<day>\d{{1,2}})(?:{ordinal})?{of}(?P<month>{month}){END}(?:{of}(?P<month_year>{full}))?",
        rf"(?P<month2>{month}){END}(?:\s+(?P<day2>\d{{1,2}})(?:{ordinal})?(?=,?\s+{full}))?,?{of}(?P<month_year2>{full}|(?<=/)\d\d)",
        rf"(?:{any_of('year_after')})\s+(?P<year>{full})(?!\d)",
        rf"(?:{any_of('ago')})\s+(?P<n>{count})\s+(?P<unit>{unit})",
        rf"(?P<n2>{count})\s+(?P<unit2>{unit})\s+(?:{any_of('ago_after')})",
    )
    pattern = re.compile(rf"{EDGE}(?<![\d/.,-])(?:{'|'.join(parts)}){CLOSED}(?![/-]\d)")
    first_words = ((term, "word", kind) for kind in OPENING for term in groups.get(kind, ()))
    return Grammar(pattern, Phrases(language, first_words), values, day_first)
