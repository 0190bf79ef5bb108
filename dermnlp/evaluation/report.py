"""Scores to look at: a table for the terminal, every error as CSV, every figure as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dermnlp.evaluation.scoring import ALL, Count, Error, Scores
from dermnlp.tables import write_csv_rows, write_whole

if TYPE_CHECKING:
    from rich.table import Table

COLUMNS = ("document", "kind", "type", "start", "end", "text", "detail")
SPANS = ("strict", "relaxed", "partial")
TITLES = {"attribute": "", "relation": "", "value": "value of", "code": "code of", "document": "document:"}
NAMES = {"DIAGNOSIS": "DIAGNOSIS (category)", "DRUG": "DRUG (INN)"}


@dataclass(frozen=True, slots=True)
class _Row:
    document: str
    kind: str
    type: str
    start: int
    end: int
    detail: str
    text: str


def table(scores: Scores, by_type: bool = False, title: str = "") -> Table:
    """The figures as a compact table: precision, recall, F1 and their counts; `by_type` adds the spans of each type."""
    from rich.table import Table

    shown = Table(title=title or None, title_justify="left")
    shown.add_column("")
    for name in ("P", "R", "F1", "tp", "system", "gold"):
        shown.add_column(name, justify="right")
    previous = ""
    for group, name, count in _rows(scores, by_type):
        if previous and _block(group) != _block(previous):
            shown.add_section()
        previous = group
        figures = (_decimal(count.precision), _decimal(count.recall), _decimal(count.f1))
        shown.add_row(name, *figures, f"{count.tp:g}", str(count.system), str(count.gold))
    return shown


def to_csv(errors: Iterable[Error], path: str | Path, texts: Mapping[str, str] | None = None) -> int:
    """Every error as a row of a CSV file; gives their number.

    `texts` holds the notes by document and fills the column `text`: give it for files that stay where the notes are.
    """
    notes = texts or {}
    rows = (_Row(**asdict(error), text=notes.get(error.document, "")[error.start : error.end]) for error in errors)
    return write_csv_rows(rows, path, COLUMNS)


def to_json(scores: Scores, path: str | Path) -> None:
    """Every figure as JSON, by group and name; a figure of nothing is null."""
    figures = {
        group: {name: _figures(count) for name, count in counts.items()} for group, counts in scores.figures.items()
    }
    content = {"documents": scores.documents, "errors": len(scores.errors), **figures}
    write_whole(Path(path), json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _rows(scores: Scores, by_type: bool) -> Iterator[tuple[str, str, Count]]:
    """The rows of the table as group, title and count."""
    for group in SPANS:
        yield group, f"{group} spans", scores.count(group)
    for group in SPANS if by_type else ():
        for name, count in scores.figures.get(group, {}).items():
            if name != ALL:
                yield f"{group} types", f"{group} {name}", count
    for group, title in TITLES.items():
        for name, count in scores.figures.get(group, {}).items():
            shown = NAMES.get(name, name) if group == "code" else name
            yield group, f"{title} {shown}".strip(), count


def _block(group: str) -> str:
    """The part of the table that a group stands in."""
    return {"strict": "spans", "relaxed": "spans", "partial": "spans", "value": "code"}.get(group, group)


def _decimal(figure: float) -> str:
    return "–" if math.isnan(figure) else f"{figure:.3f}"


def _figures(count: Count) -> dict[str, float | None]:
    """A count as precision, recall, F1 and its parts."""
    shares = {"precision": count.precision, "recall": count.recall, "f1": count.f1}
    return {name: None if math.isnan(share) else share for name, share in shares.items()} | asdict(count)
