"""Rows into a directory of lexicons: what is there stays as it stands, what is new is put after it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dermnlp import lexicons
from dermnlp.lexicons import Row
from dermnlp.tables import write_whole


@dataclass(frozen=True, slots=True)
class Topic:
    """Rows for one topic: its concepts, and its terms by language; columns that a row lacks are empty."""

    stage: str
    name: str
    concepts: list[Row] = field(default_factory=list)
    terms: dict[str, list[Row]] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, list[Row]]:
        """The rows by the stem of the file that holds them."""
        return {"concepts": self.concepts, **self.terms}


@dataclass(frozen=True, slots=True)
class Written:
    """How many concepts and terms were added, and how many were there already."""

    concepts: int
    terms: int
    known: int


def write(directory: Path, topics: Iterable[Topic]) -> Written:
    """Add the rows of these topics to a directory; files and folders that it lacks are made.

    A row that the directory holds already is left out. LexiconError when a file there can't be read.
    """
    concepts = terms = known = 0
    for topic in topics:
        for stem, rows in topic.files.items():
            added = _append(directory, topic, stem, rows)
            concepts, terms = (concepts + added, terms) if stem == "concepts" else (concepts, terms + added)
            known += len(rows) - added
    return Written(concepts, terms, known)


def columns(stage: str, topic: str, stem: str) -> list[str]:
    """The columns of a file of ours (`stem` concepts, es, en), those of another topic of the stage where ours has none such."""
    room = lexicons.roots()[0] / stage
    stem = stem if stem == "concepts" else lexicons.LANGUAGES[-1]
    others = sorted(room.glob(f"*/{stem}.csv"))
    for path in [room / topic / f"{stem}.csv", *others]:
        if path.is_file():
            return header(path)
    raise lexicons.LexiconError(f"No lexicons for the stage '{stage}'. There are: {', '.join(lexicons.stages())}.")


def header(path: Path) -> list[str]:
    """The columns of a file."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return next(csv.reader(lines), [])


def _append(directory: Path, topic: Topic, stem: str, rows: Sequence[Mapping[str, str]]) -> int:
    """Put those rows that aren't there after those of one file; how many."""
    path = directory / topic.stage / topic.name / f"{stem}.csv"
    before = lexicons.read(path) if path.is_file() else []
    names = header(path) if path.is_file() else columns(topic.stage, topic.name, stem)
    there = {_key(row, stem) for row in before}
    new = []
    for row in rows:
        if _key(row, stem) not in there:
            there.add(_key(row, stem))
            new.append(row)
    if new:
        names += [name for row in new for name in row if name not in names]
        save(path, names, [*before, *new])
    return len(new)


def _key(row: Mapping[str, str], stem: str) -> tuple[str, ...]:
    """What makes two rows the same."""
    return tuple(row.get(name, "") for name in (("concept",) if stem == "concepts" else ("term", "concept", "match", "sense")))


def save(path: Path, names: Sequence[str], rows: Iterable[Mapping[str, str]]) -> None:
    """A CSV file with these columns; what a row lacks is empty, what it has beside them is left out."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(dict.fromkeys(names)), restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.getvalue())
