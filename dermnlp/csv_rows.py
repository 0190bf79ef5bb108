"""Records of a delimited file, one at a time; a bad record never takes the following ones with it."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple

DELIMITERS = ",;\t|"
LONGEST = 1 << 25  # characters of one record: bounds what an unclosed quote can hold in memory


class Record(NamedTuple):
    """One record: the number of its first line, its fields, and why it is refused (empty: it is not).

    It is doubtful when it stands in the lines of a refused one: it may be a piece of that one's text.
    """

    line: int
    fields: list[str]
    reason: str = ""
    doubtful: bool = False


def records(stream: Iterable[str], delimiter: str) -> Iterator[Record]:
    """The records of a stream that was opened with newline="", the header first; blank lines are left out.

    A record whose quotes do not match, or that has not as many fields as the header, is refused; when it spans several
    lines, reading goes on at the line after its first.
    """
    csv.field_size_limit(LONGEST)
    lines, ahead = iter(stream), deque[str]()
    line, width, doubtful_to = 1, 0, 0
    while taken := _take(lines, ahead, delimiter, width):
        count, fields, reason = taken
        if fields or reason:
            yield Record(line, fields, reason, line < doubtful_to)
        if reason and width:
            doubtful_to = max(doubtful_to, line + count)
            count = 1
        width = width or len(fields)
        line += count


def _take(lines: Iterator[str], ahead: deque[str], delimiter: str, width: int) -> tuple[int, list[str], str] | None:
    """The next record: how many lines it used, its fields, and why it is refused; None at the end."""
    read: list[str] = []
    fields: list[str] = []
    try:
        fields = next(csv.reader(_feed(lines, ahead, read), delimiter=delimiter, strict=True), [])
        reason = _width_reason(fields, width)
    except csv.Error:
        reason = "a quotation mark is not closed or not doubled"
    if not read:
        return None
    if reason and width:
        ahead.extendleft(reversed(read[1:]))
        fields = []
    return len(read), fields, reason


def _feed(lines: Iterator[str], ahead: deque[str], read: list[str]) -> Iterator[str]:
    """Lines from the ones put back, then from the stream, noted in `read`; ends when a record grows too long."""
    size = 0
    while size <= LONGEST:
        line = ahead.popleft() if ahead else next(lines, "")
        if not line:
            return
        read.append(line)
        size += len(line)
        yield line


def _width_reason(fields: list[str], width: int) -> str:
    if not fields or not width or len(fields) == width:
        return ""
    return f"{len(fields)} fields where the header has {width}"


def header(stream: Iterable[str], delimiter: str) -> list[str]:
    """The column names, without blanks around them; empty when the first record is malformed or there is none."""
    first = next(records(stream, delimiter), Record(0, []))
    return [] if first.reason else [name.strip() for name in first.fields]
