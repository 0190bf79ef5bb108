"""Mentions of notes as files for people and tools: brat standoff, JSON lines, HTML pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

from dermnlp import runs, tables
from dermnlp.annotation import annotate_notes, check
from dermnlp.evaluation import brat, html
from dermnlp.mentions import Mention
from dermnlp.notes import Note
from dermnlp.tables import Rejected

Annotated = tuple[Note, list[Mention]]
Progress = Callable[[int, int], None]


def write(
    source: str | Path,
    out: str | Path,
    *,
    format: str = "brat",
    options: runs.Options | None = None,
    progress: Progress | None = None,
) -> tuple[int, int]:
    """Annotate the notes of `source` into the folder `out`; gives the numbers of notes written and of rows set aside.

    Rows set aside are listed in `out`/rejected.csv. Raises InputError for an input that can't be read and ValueError for an option that
    can't be used, before anything is written.
    """
    chosen = options or runs.Options()
    if format not in FORMATS:
        raise tables.InputError(f"No format '{format}'. There are: {', '.join(FORMATS)}.")
    sources, first = runs.read(source, chosen)
    check(runs.languages(chosen), exclude=chosen.exclude, lexicons=chosen.lexicons, config=chosen.config)
    total = sum(isinstance(item, Note) for item in first)
    rejected: list[Rejected] = []
    notes = runs.only_notes(runs.stream(sources, chosen), rejected)
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    counted = _Counted(_annotated(notes, chosen, rejected), total, progress)
    FORMATS[format](folder, iter(counted))
    tables.write_csv_rows(rejected, folder / runs.REJECTED)
    return counted.done, len(rejected)


class _Counted:
    """Annotated notes passed on, each reported as done when the next one is asked for."""

    def __init__(self, items: Iterator[Annotated], total: int, progress: Progress | None) -> None:
        self.items, self.total, self.progress, self.done = items, total, progress, 0

    def __iter__(self) -> Iterator[Annotated]:
        for item in self.items:
            yield item
            self.done += 1
            if self.progress:
                self.progress(self.done, self.total)


def _annotated(notes: Iterator[Note], options: runs.Options, rejected: list[Rejected]) -> Iterator[Annotated]:
    """The notes with their mentions; one that fails is set aside."""
    for note, result in annotate_notes(notes, exclude=options.exclude, lexicons=options.lexicons, config=options.config):
        if isinstance(result, str):
            rejected.append(Rejected(file="", row=0, note_id=note.note_id, reason=result))
        else:
            yield note, result


def _brat(folder: Path, annotated: Iterator[Annotated]) -> None:
    for note, mentions in annotated:
        brat.write(mentions, note.text, folder, note.note_id)


def _jsonl(folder: Path, annotated: Iterator[Annotated]) -> None:
    with tables.replacing(folder / "mentions.jsonl") as path, path.open("w", encoding="utf-8", newline="\n") as lines:
        for _, mentions in annotated:
            lines.writelines(json.dumps(asdict(mention), ensure_ascii=False) + "\n" for mention in mentions)


def _html(folder: Path, annotated: Iterator[Annotated]) -> None:
    html.write_html(((note.note_id, note.text, mentions) for note, mentions in annotated), folder)


FORMATS: dict[str, Callable[[Path, Iterator[Annotated]], None]] = {"brat": _brat, "jsonl": _jsonl, "html": _html}
