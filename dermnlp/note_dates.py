"""The date of a note as hospitals write it."""

from __future__ import annotations

import re
from datetime import date, datetime

FIRST_YEAR = 1900
_TIME = r"(?:[T ]+\d{1,2}[:.]?\d\d.*)?"
_YEAR_FIRST = re.compile(rf"(?P<year>\d{{4}})([-/.])(?P<month>\d\d?)\2(?P<day>\d\d?){_TIME}")
_COMPACT = re.compile(rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?:\d{{4}}|\d{{6}}|{_TIME})")
_DAY_FIRST = re.compile(rf"(?P<day>\d\d?)([-/.])(?P<month>\d\d?)\2(?P<year>\d{{4}}|\d\d){_TIME}")


def parse(value: str, date_format: str | None, today: date) -> date:
    """The date of a cell; raises ValueError with the reason, which shows the cell's shape but not its letters.

    Year first (ISO, YYYYMMDD) or day first (d/m/Y, d-m-Y, d.m.Y), with or without a time; two digits are the latest
    year that has begun.
    """
    if date_format:
        try:
            return datetime.strptime(value, date_format).date()
        except ValueError:
            raise ValueError(f"note_date {_shape(value)} is not of the given date format") from None
    found = _COMPACT.fullmatch(value) or _YEAR_FIRST.fullmatch(value) or _DAY_FIRST.fullmatch(value)
    if not found:
        raise ValueError(f"note_date {_shape(value)} cannot be read: give a date format")
    year, month, day = (int(found[name]) for name in ("year", "month", "day"))
    if len(found["year"]) == 2:
        year += today.year // 100 * 100
        year -= 100 if year > today.year else 0
    try:
        return date(year, month, day)
    except ValueError:
        raise ValueError(f"note_date {_shape(value)} is no day of the calendar (day first is assumed)") from None


def out_of_time(day: date, today: date) -> str:
    """Why a note cannot be of a day; empty when it can."""
    if day > today:
        return f"note_date {day} is in the future"
    return f"note_date {day} is before {FIRST_YEAR}" if day.year < FIRST_YEAR else ""


def is_complete(date_format: str) -> bool:
    """Whether a strptime format gives day, month and year."""
    probe = date(1987, 11, 29)
    try:
        return datetime.strptime(probe.strftime(date_format), date_format).date() == probe
    except ValueError:
        return False


def _shape(value: str) -> str:
    """A cell with 9 for every digit and a for every letter, cut to 20 characters."""
    return "'" + "".join("9" if c.isdigit() else "a" if c.isalpha() else c for c in value[:20]) + "'"
