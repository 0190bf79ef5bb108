"""What two directories of lexicons have different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dermnlp import lexicons
from dermnlp.lexicons import Row

ADDED, REMOVED, CHANGED = "+", "-", "~"


@dataclass(frozen=True, slots=True)
class Difference:
    """One row that only one directory has (`+` the second, `-` the first), or that differs (`~`), with what differs."""

    kind: str
    file: str
    row: str
    detail: str = ""


def diff(first: str | Path, second: str | Path) -> Iterator[Difference]:
    """Every difference in the order of files and rows; LexiconError when a directory is none of lexicons."""
    files = [_files(Path(folder)) for folder in (first, second)]
    for name in sorted({*files[0], *files[1]}):
        before, after = (_rows(found[name]) if name in found else {} for found in files)
        yield from _differences(name, before, after)


def _files(folder: Path) -> dict[str, Path]:
    """The row files of a directory by their names within it."""
    with lexicons.use([folder]):
        return {path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("*/*/*.csv")) if path.parts[-3] not in ("omop", "terminology")}


def _rows(path: Path) -> dict[str, Row]:
    """The rows of a file by what names them: the key of a concept, term and concept of a term."""
    rows = lexicons.read(path)
    if path.stem == "concepts":
        return {row["concept"]: row for row in rows}
    return {f"{row['term']} -> {row['concept']}": row for row in rows}


def _differences(name: str, before: Mapping[str, Row], after: Mapping[str, Row]) -> Iterator[Difference]:
    for key in [*before, *(key for key in after if key not in before)]:
        if key not in after:
            yield Difference(REMOVED, name, key)
        elif key not in before:
            yield Difference(ADDED, name, key)
        elif before[key] != after[key]:
            yield Difference(CHANGED, name, key, _changes(before[key], after[key]))


def _changes(before: Row, after: Row) -> str:
    """The columns that differ, with both values."""
    columns = [column for column in dict.fromkeys((*before, *after)) if before.get(column, "") != after.get(column, "")]
    return ", ".join(f"{column}: {before.get(column) or '(empty)'} -> {after.get(column) or '(empty)'}" for column in columns)
