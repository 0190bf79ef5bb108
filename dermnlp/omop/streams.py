"""The sorted notes and their mentions, one note at a time: what is in memory doesn't grow with their number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dermnlp.mentions import SCHEMA, Mention, from_row
from dermnlp.records.record import Header

_NOTE = ("note_number", "person_number", "visit_number", "note_date", "text")


def notes(work: Path) -> Iterator[tuple[Header, str, list[Mention]]]:
    """Every note with its text and its mentions, in the order of persons and dates."""
    said = _mentions(work / "said.parquet")
    number, mention = next(said, (None, None))
    for note, person, visit, day, text in _rows(work / "texts.parquet", _NOTE):
        found = []
        while number == note and mention is not None:
            found.append(mention)
            number, mention = next(said, (None, None))
        yield Header(person, note, day, visit), text, found


def _rows(path: Path, names: tuple[str, ...]) -> Iterator[tuple[Any, ...]]:
    """The rows of a Parquet file as tuples, a row group at a time."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(1024, columns=list(names)):
            yield from zip(*(batch.column(name).to_pylist() for name in names), strict=True)


def _mentions(path: Path) -> Iterator[tuple[int, Mention]]:
    """The mentions of a sorted file, each with the number of its note."""
    for number, *cells in _rows(path, ("note_number", *SCHEMA.names)):
        yield number, from_row(dict(zip(SCHEMA.names, cells, strict=True)))
