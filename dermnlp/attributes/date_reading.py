"""The dates of a text: what reads like one, resolved against the note's date."""

import re
from collections.abc import Iterator
from datetime import date

from dermnlp.attributes.date_grammar import (
    BEHIND,
    BESIDE,
    FUTURE,
    HISTORY,
    ONSET,
    TODAY,
    UNTIL,
    FoundDate,
    Grammar,
    future_role,
    iso,
    last_such,
    moved,
    year_of,
)

ABBREVIATED = 4
FIRST_YEAR = 1930
LINE_HEAD = re.compile(r"[\s\-*•·>(\[#|]*\Z")
LINE_HEAD_END = re.compile(r"\s?[)\]]?\s?[:|-]")
Read = tuple[str | None, str, int]
"""What a match is worth: the ISO value (None for no date), its role, and the character at which the value begins."""


class Reader:
    """Reads the dates of one text; `taken` are the stretches that mean something else, such as the value of a score."""

    def __init__(self, grammar: Grammar, text: str, folded: str, note_date: date | None, taken: list[tuple[int, int]], capitals: bool) -> None:
        self.grammar, self.text, self.folded, self.note_date, self.taken, self.capitals = grammar, text, folded, note_date, taken, capitals

    def dates(self, matches: list[re.Match[str]]) -> Iterator[FoundDate]:
        """The dates among the matches; day and month swap places where only that makes sense of one of them."""
        day_first = self._day_first(matches)
        before: FoundDate | None = None
        for match in matches:
            found = self._date(match, day_first, before)
            if found:
                before = found
                yield found

    def _day_first(self, matches: list[re.Match[str]]) -> bool:
        """Whether the day stands before the month, as the first date that leaves no doubt has it."""
        for match in matches:
            if match.re is self.grammar.numeric and match["a"] and max(int(match["a"]), int(match["b"])) > 12:
                return int(match["a"]) > 12
        return self.grammar.day_first

    def _date(self, match: re.Match[str], day_first: bool, before: FoundDate | None) -> FoundDate | None:
        """The date of a match, if it is one."""
        start, end = match.span()
        clash = next((s for s, e in self.taken if s < end and e > start), None)
        part = {name: value for name, value in zip(match.re.groupindex, match.groups(), strict=True) if value is not None}
        if clash is not None:
            month = next((name for name in ("month3", "month4") if name in part), "")
            if not month or any(s < match.end(month) and e > match.end(month) and match.end(month) == e for s, e in self.taken):
                return None
            part, end = {"month4": part[month]}, match.end(month)
        value, role, at = self._read(part, match, day_first)
        if value is None:
            return None
        last = part.get("year2") or part.get("year3") or ""
        return FoundDate(start, end, value, self._role(value, role, at, start, before), str(year_of(last)) if last else "")

    def _role(self, value: str, role: str, at: int, start: int, before: FoundDate | None) -> str:
        """The role of a date by the words before it, the date before it and the note's date."""
        low, look = max(0, at - BEHIND), self.grammar.before
        if role not in ("", BESIDE):
            return role
        if look["until"].search(self.folded, low, at):
            return UNTIL
        if before and self._spans(before, start, at):
            return UNTIL
        if not value and look["planned"].search(self.folded, max(0, start - BEHIND), start):
            return FUTURE
        return future_role(value, self.note_date) or role

    def _spans(self, before: FoundDate, start: int, at: int) -> bool:
        """Whether nothing but "to" stands between two dates."""
        between = self.folded[before.end : at].strip(" ().")
        return start - before.end < 8 and (between in ("-", "–") or bool(self.grammar.gap["to"].fullmatch(between.removesuffix(" el").removesuffix(" the"))))

    def _read(self, part: dict[str, str], match: re.Match[str], day_first: bool) -> Read:
        """The value, role and place of a match."""
        if "iso" in part:
            return iso(int(part["y"]), int(part["m"]), int(part["d"])), "", match.start("iso")
        if "a" in part:
            return _in_figures(part["a"], part["b"], year_of(part["c"]), day_first), "", match.start("a")
        if "my" in part:
            return iso(int(part["my_year"]), int(part["my"]), None), "", match.start("my")
        if "short_a" in part:
            return self._without_year(part, match, day_first), "", match.start("short_a")
        months = {"month": ("day", "month_year"), "month2": ("day2", "month_year2"), "month3": ("", "short_year"), "month4": ("", "")}
        for name, (day, year) in months.items():
            if name in part:
                return self._of_month(part, name, day, year, match)
        for name, role in (("year1", BESIDE), ("bare", BESIDE), ("year", ""), ("season_year", "")):
            if name in part:
                return self._of_year(int(part[name])), role, match.start(name)
        return self._relative(part, match)

    def _of_year(self, year: int) -> str | None:
        """A bare year, None for one after the note's or too long ago."""
        return str(year) if FIRST_YEAR <= year <= (self.note_date.year + 1 if self.note_date else 2100) else None

    def _without_year(self, part: dict[str, str], match: re.Match[str], day_first: bool) -> str | None:
        """A day and month in figures, after a word like "on" or at the head of a line; or a month and a short year."""
        start, one, two = match.start("short_a"), int(part["short_a"]), int(part["short_b"])
        line = self.folded.rfind("\n", 0, start) + 1
        heads = LINE_HEAD.match(self.folded[line:start]) and LINE_HEAD_END.match(self.folded, match.end())
        if not heads and not self.grammar.before["day_before"].search(self.folded, max(0, start - BEHIND), start):
            return None
        day, month = (one, two) if day_first else (two, one)
        if month <= 12 and iso(2000, month, day):
            return last_such(month, day, self.note_date)
        return iso(year_of(str(two)), one, None) if one <= 12 and len(part["short_b"]) == 2 else None

    def _of_month(self, part: dict[str, str], name: str, day_name: str, year_name: str, match: re.Match[str]) -> Read:
        """A month with what stands beside it; one without a year is the last such, and has a capital where the language gives it one."""
        month, at = self.grammar.values[part[name]], match.start(name if name in match.re.groupindex else "month3")
        day = int(part[day_name]) if day_name in part else None
        year = part.get(year_name, "").lstrip("'")
        if name == "month3":
            day, year = self._day_or_year(part[name], int(year), match)
        if "back_year" in part:
            ago = self.grammar.back[re.sub(r"\s+", " ", part["back_year"])][1]
            return f"{self.note_date.year - ago:04}-{month:02}" if self.note_date else "", "", at
        if year:
            return iso(year_of(year), month, day), "", at
        if day == 0 or self.capitals and self.text[at].islower():
            return None, "", at
        value = last_such(month, day, self.note_date)
        planned = self.grammar.before["planned"].search(self.folded, max(0, match.start() - BEHIND), match.start())
        return ("" if planned and value else value), (FUTURE if planned else ""), at

    def _day_or_year(self, month: str, number: int, match: re.Match[str]) -> tuple[int | None, str]:
        """What the number of "Jan 25" is, as (day, year); (0, '') where nobody can say."""
        if self.grammar.day_first or number > 31:
            return None, str(year_of(f"{number:02}"))
        told = self.grammar.before["day_before"].search(self.folded, max(0, match.start() - BEHIND), match.start())
        return (number, "") if told or number < 10 or len(month) > ABBREVIATED else (0, "")

    def _relative(self, part: dict[str, str], match: re.Match[str]) -> Read:
        """So many days, weeks, months or years before or after the note."""
        at, note_date = match.start(), self.note_date
        if "back" in part:
            unit, ago = self.grammar.back[re.sub(r"\s+", " ", part["back"])]
            if note_date is None:
                return "", "", at
            value = moved(note_date, {"day": 1, "week": 7, "month": 30, "year": 365}[unit], ago)
            return value, TODAY if (unit, ago) == ("day", 0) else "", at
        number = next((name[1:] for name in ("n", "n2", "n3", "n4", "n5", "n6") if f"unit{name[1:]}" in part), "")
        days = self.grammar.values[part[f"unit{number}"]]
        count = self._count(part, number)
        role = {"4": HISTORY, "5": ONSET, "6": FUTURE}.get(number, HISTORY if "history" in part else "")
        if self.grammar.before["age"].search(self.folded, max(0, at - BEHIND), at) or (number == "5" and self._of_age(at)):
            return None, role, at
        if count is None or note_date is None:
            return "", role, at
        return moved(note_date, days, -count if number == "6" else count), role, at

    def _of_age(self, at: int) -> bool:
        """Whether "for" and the like belong to "age of 15 years"."""
        word_end = self.folded.find(" ", at)
        return word_end > 0 and bool(self.grammar.before["age"].search(self.folded, max(0, at - BEHIND), word_end))

    def _count(self, part: dict[str, str], number: str) -> float | None:
        """How many units; None when it isn't said, or can't be."""
        written = part.get(f"n{number}", "")
        half = 0.5 if "half" in part or "half2" in part else 0.0
        if not written:
            return 1 + half if half or number == "4" else None
        count = int(written) if written.isdigit() else self.grammar.values.get(written, 0)
        return count + half if 0 < count <= 200 else None


def _in_figures(one: str, two: str, year: int, day_first: bool) -> str | None:
    """Day, month and year in figures, in the usual order or, where the calendar has no such day, in the other."""
    day, month = (int(one), int(two)) if day_first else (int(two), int(one))
    return iso(year, month, day) or iso(year, day, month)
