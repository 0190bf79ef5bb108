"""Tables of scores in a note: "| PASI | BSA |" over "| 14.2 | 17% |", or the scale at the head of its row."""

import re
from collections.abc import Callable, Iterator
from typing import TypeVar

ROW = re.compile(r"^[^\n|]*\|[^\n]*$", re.MULTILINE)
S = TypeVar("S")


def table_cells(text: str, named: Callable[[tuple[int, int]], S | None]) -> Iterator[tuple[int, int, S]]:
    """Each cell [start, end) of the tables of a text under, or right of, a cell that `named` gives a scale for, and that scale.

    Cells stand between '|'; rows of one table follow each other; two scales in a row make it the head of the columns.
    """
    columns: dict[int, S] = {}
    before = -1
    for row in ROW.finditer(text) if "|" in text else ():
        columns = columns if row.start() == before + 1 else {}
        before = row.end()
        cells = list(_cells(text, row.start(), row.end()))
        scales = {number: scale for number, cell in enumerate(cells) if (scale := named(cell)) is not None}
        columns = scales if len(scales) > 1 else columns
        for number, (start, end) in enumerate(cells):
            scale = columns.get(number, scales.get(0))
            if scale is not None and number not in scales and start < end:
                yield start, end, scale


def _cells(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The cells of a row without the blanks around them, empty ones too."""
    at = start + 1 if text[start] == "|" else start
    for part in text[at:end].split("|"):
        left = len(part) - len(part.lstrip())
        yield at + left, at + max(left, len(part.rstrip()))
        at += len(part) + 1
