"""How dates are written, and which day, month or year they mean: rows to regular expressions, matches to ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, END, STAGE, alternatives
from dermnlp.phrases import Phrases
from dermnlp.tokens import fold_in_place, split

TOPIC = "dates"
WORDED = ("month", "year_after", "ago", "number", "past_period", "back", "future_in", "lasting", "season", "month_after")
NAMING = ("month", "unit", "back")  # without one of these, or a number, there is no date
FULL = r"(?:19|20)\d\d"
YEAR = rf"(?:{FULL}|\d\d(?!\d))"
ALONE = r"(?![\d:/]|[.,]\d|\s?[%/])"  # a number that is no part of another
UNTIL, FUTURE, BESIDE, ONSET, HISTORY, TODAY = "until", "future", "beside", "onset", "history", "today"
BEHIND = 36


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in the text: `value` is ISO 8601 as precise as written (2021, 2021-03, 2021-03-05), '' when it can't be resolved.

    `role` says what it is good for: '' dates what it stands by; `until` is an end; `future` lies after the note; `onset` and
    `history` are when that which lasts began ("for 3 weeks", "3-week history of"); `beside` is a bare year, a date only right beside a
    mention; `today` is the note's day. `last` is the last year of several ("2015-2017"), of which `value` is the first.
    """

    start: int
    end: int
    value: str
    role: str = ""
    last: str = ""


class Ending:
    """Terms that end a stretch of text, blanks and colons behind them left out; looked for only where the last word is one of theirs."""

    def __init__(self, terms: Iterable[str]) -> None:
        folded = [fold_in_place(term) for term in terms]
        self.last = frozenset(split(term)[-1] for term in folded)
        self.pattern = re.compile(rf"{EDGE}(?:{alternatives(folded) or '(?!)'})[\s:]*\Z")

    def search(self, text: str, low: int, high: int) -> re.Match[str] | None:
        """The term that ends at a character, if any."""
        words = text[low:high].replace(":", " ").rsplit(None, 1)
        if not words or (words[-1].isalpha() and words[-1] not in self.last):
            return None
        return self.pattern.search(text, low, high)


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions of a language over folded text, those of `worded` by the first word, and what their words are worth."""

    numeric: re.Pattern[str]
    worded: dict[str, re.Pattern[str]]
    quick: re.Pattern[str]
    words: Phrases[str]
    values: dict[str, int]
    back: dict[str, tuple[str, int]]
    before: dict[str, Ending]
    gap: dict[str, re.Pattern[str]]
    day_first: bool


def iso(year: int, month: int, day: int | None) -> str | None:
    """The ISO form, None for a day that the calendar doesn't have."""
    try:
        checked = date(year, month, day or 1)
    except ValueError:
        return None
    return checked.isoformat() if day else f"{year:04}-{month:02}"


def year_of(text: str) -> int:
    """A year of two or four digits."""
    year = int(text)
    return year if year > 99 else year + (2000 if year < 70 else 1900)


def moved(day: date, unit: int, count: float) -> str:
    """The day `count` units (1, 7, 30 or 365 days) before another, as precise as the unit."""
    if unit < 30:
        return (day - timedelta(days=round(count * unit))).isoformat()
    months = day.year * 12 + day.month - 1 - round(count * (12 if unit == 365 else 1) + 0.01)
    return f"{months // 12:04}" if unit == 365 else f"{months // 12:04}-{months % 12 + 1:02}"


def last_such(month: int, day: int | None, note_date: date | None) -> str | None:
    """The last such month, or day, that had begun on the note's date: '' without one, None for a day of no calendar."""
    if note_date is None:
        return "" if iso(2000, month, day) else None
    years = (year for year in range(note_date.year, note_date.year - 5, -1) if (month, day or 1) <= (note_date.month, note_date.day) or year < note_date.year)
    return next((value for year in years if (value := iso(year, month, day))), None)


def future_role(value: str, note_date: date | None) -> str:
    """`future` for a value after the note, else ''."""
    return FUTURE if note_date and value and value > note_date.isoformat()[: len(value)] else ""


@lru_cache(maxsize=8)
def grammar(language: str, day_first: bool, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    concepts = lexicons.concepts(STAGE, TOPIC)
    groups: dict[str, list[str]] = {}
    values: dict[str, int] = {}
    back: dict[str, tuple[str, int]] = {}
    for row in lexicons.terms(STAGE, TOPIC, language):
        kind, _, unit = row["concept"].partition(".")
        groups.setdefault(kind, []).append(row["term"])
        worth = concepts[row["concept"]]["value"]
        if kind == "back":
            back[fold_in_place(row["term"])] = (unit.split(".")[0], int(worth))
            groups.setdefault(f"back_{unit.split('.')[0]}", []).append(row["term"])
        elif worth:
            values[fold_in_place(row["term"])] = int(worth)
    words = {kind: alternatives(terms) for kind, terms in groups.items()}
    for kind in (*NAMING, *WORDED, *INSIDE, *BEFORE, *GAPS):
        words.setdefault(kind, r"(?!)")
    named = ((term, "word", kind) for kind in NAMING for term in groups.get(kind, ()))
    return Grammar(
        _compiled(_numeric(words), r"(?<![\d/.,-])", words["not_after"]),
        _by_opening(groups, words),
        re.compile(rf"\d{{1,4}}+(?:[/.-]\d|[º°]|(?:{words['ordinal']})?[\s.,/-]*+(?:(?:{words['of']})\s+)?(?:{words['month']}|{words['unit']}))|{FULL}(?!\d)"),
        Phrases(language, named),
        values,
        back,
        {kind: Ending(groups.get(kind, ())) for kind in BEFORE},
        {kind: re.compile(rf"{EDGE}(?:{words[kind]}){CLOSED}" + JOINT_END * (kind == "joint")) for kind in GAPS},
        day_first,
    )


INSIDE = ("of", "ordinal", "half", "ago_after", "history", "not_after", "back_year")
BEFORE = ("until", "planned", "day_before", "age", "other_event", "ended")
JOINT_END = r"(?:\s+[^\W\d_]{1,3}){0,2}\s*\Z"  # "and on the" before a date opens what is dated by it
GAPS = ("ended", "other_event", "onset", "small", "joint", "to")


def _compiled(parts: tuple[str, ...], edge: str, not_after: str) -> re.Pattern[str]:
    return re.compile(rf"{EDGE}{edge}(?:{'|'.join(parts)}){CLOSED}(?![/-]\d)(?!\s?(?:{not_after}))")


def _by_opening(groups: dict[str, list[str]], words: dict[str, str]) -> dict[str, re.Pattern[str]]:
    """What begins with a word, by the word."""
    kinds: dict[str, set[str]] = {}
    for kind in WORDED:
        for term in groups.get(kind, ()):
            kinds.setdefault(fold_in_place(split(term)[0]), set()).add(kind)
    parts = _worded(words)
    sets = {frozenset(own) for own in kinds.values()}
    compiled = {own: _compiled(tuple(part for kind, part in parts if kind in own), "", words["not_after"]) for own in sets}
    return {word: compiled[frozenset(own)] for word, own in kinds.items()}


def _numeric(words: dict[str, str]) -> tuple[str, ...]:
    """What may begin with a number: dates in figures, a day before its month, a number of units."""
    of, unit = rf"[\s.,/-]*(?:(?:{words['of']})\s+)?", words["unit"]
    half = rf"(?P<half>\s+(?:{words['half']}))?"
    return (
        rf"(?P<iso>(?P<y>{FULL})-(?P<m>\d\d)-(?P<d>\d\d))",
        rf"(?P<a>\d{{1,2}})(?P<sep>[/.-])(?P<b>\d{{1,2}})(?P=sep)(?P<c>{YEAR})",
        rf"(?P<my>0?[1-9]|1[0-2])[/-](?P<my_year>{FULL})",
        rf"(?P<day>\d{{1,2}})(?:{words['ordinal']})?{of}(?P<month>{words['month']}){END}\.?(?:{of}(?P<month_year>{FULL}|'?\d\d(?![\d:/]|[.,]\d|\s?%)))?",
        r"(?P<short_a>\d{1,2})(?P<short_sep>[/-])(?P<short_b>\d{1,2})",
        rf"(?P<year1>{FULL})(?:\s*(?:[-–]|{words['to']})\s*(?P<year2>{FULL}|\d\d))",
        rf"(?P<bare>{FULL})(?![\d%])",
        rf"(?P<n>\d{{1,3}})[\s-]*(?P<unit>{unit})\b['’]?{half}\s+(?:(?P<past>{words['ago_after']})|(?P<history>{words['history']}))",
    )


def _worded(words: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """What begins with a word, with the kind of the word: a month, a preposition, a number in words, "yesterday"."""
    of, unit, count = rf"[\s.,/-]*(?:(?:{words['of']})\s+)?", words["unit"], rf"\d{{1,3}}|{words['number']}"
    half, month = rf"(?P<half>\s+(?:{words['half']}))?", words["month"]
    n2 = rf"(?P<n2>{count})[\s-]+(?P<unit2>{unit})\b['’]?(?P<half2>\s+(?:{words['half']}))?"
    return (
        ("month", rf"(?P<month2>{month}){END}\.?(?:\s+(?P<day2>\d{{1,2}})(?:{words['ordinal']})?(?=,?\s+{FULL}))?,?{of}(?P<month_year2>{FULL}|(?<=[/'-])\d\d(?!\d))"),
        ("month", rf"(?P<month3>{month}){END}\.?\s+(?P<short_year>\d\d)(?:{words['ordinal']})?{ALONE}"),
        ("year_after", rf"(?:{words['year_after']})\s+(?:(?:{words['season']})\s+)?(?P<year>{FULL})(?!\d)(?:\s*(?:[-–]|{words['to']})\s*(?P<year3>{FULL}|\d\d))?"),
        ("season", rf"(?:{words['season']})\s+(?P<season_year>{FULL})(?!\d)"),
        ("month_after", rf"(?:{words['month_after']})\s+(?P<month4>{month}){END}(?:\s+(?:(?:{words['of']})\s+)?(?P<back_year>{words['back_year']}))?(?!{of}{FULL}|[/'-]\d|\s+\d\d?{ALONE}|\s+\d\d?(?:{words['ordinal']})?,?\s+{FULL})"),
        ("ago", rf"(?:{words['ago']})\s+(?:(?P<n3>{count})\s+)?(?P<unit3>{unit})\b{half}"),
        ("number", rf"{n2}\s+(?:(?P<past>{words['ago_after']})|(?P<history>{words['history']}))"),
        ("past_period", rf"(?:{words['past_period']})\s+(?:(?P<n4>{count})\s+)?(?P<unit4>{unit})\b"),
        ("lasting", rf"(?:{words['lasting']})\s*(?P<n5>{count})\s*(?P<unit5>{unit})\b"),
        ("future_in", rf"(?:{words['future_in']})\s+(?P<n6>{count})\s*(?P<unit6>{unit})\b"),
        ("back", rf"(?P<back>{words['back']})"),
    )
