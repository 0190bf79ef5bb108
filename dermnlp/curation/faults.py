"""A fault of a lexicon, and the file in which it stands."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from pathlib import Path

from dermnlp import lexicons
from dermnlp.lexicons import Row


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the file within its directory, the line (1 is the header, 0 none), what is wrong and would be right.

    `column` is the name of the column, '' where the whole row or file is meant; `root` the directory of lexicons; a `hint`
    is worth saying, but nothing is lost by it.
    """

    file: str
    line: int
    message: str
    column: str = ""
    root: Path = field(default=Path(), compare=False)
    hint: bool = field(default=False, compare=False)

    @property
    def place(self) -> str:
        """Where the fault stands, as editors and terminals take it: path:line: column."""
        line = f":{self.line}" if self.line else ""
        return f"{self.root / self.file}{line}:{f' {self.column}:' if self.column else ''}"


@dataclass(frozen=True, slots=True)
class File:
    """One row file as read: its rows with their line numbers."""

    path: Path
    root: Path
    rows: list[tuple[int, Row]]

    @property
    def name(self) -> str:
        """The file within its directory of lexicons."""
        return self.path.relative_to(self.root).as_posix()

    def fault(self, line: int, column: str, message: str) -> Fault:
        """A fault in this file."""
        return Fault(self.name, line, message, column, self.root)

    def holds_before(self, line: int, concept: str) -> bool:
        """Whether a row of this file above a line has the concept."""
        return any(row.get("concept") == concept for other, row in self.rows if other < line)


def read(path: Path, root: Path) -> File:
    """The rows of a file; missing fields are empty, surplus ones kept under the key ''. csv.Error tells a fault of its form."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, restkey="", restval="", strict=True)
        fault = lexicons.header_fault(path.stem, reader.fieldnames or [])
        if fault:
            raise csv.Error(fault)
        rows = [(reader.line_num, {key: "; ".join(v) if isinstance(v, list) else v for key, v in row.items()}) for row in reader]
    return File(path, root, rows)
