"""`dermnlp run`: the main job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import (
    RESUME_HINT,
    TOO_MANY_REJECTED,
    Columns,
    Config,
    Exclude,
    Lang,
    Lexicons,
    friendly,
    mapping,
    own_lexicons,
    progress,
)

if TYPE_CHECKING:
    from dermnlp.runs import Summary

FORMATS = ("duckdb", "parquet")


def run(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="CSV, TSV, Parquet or JSONL file, a glob or folder of them, or a folder of .txt notes.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the tables.")],
    column: Columns = None,
    lang: Lang = "auto",
    format: Annotated[list[str] | None, typer.Option("--format", help="duckdb, parquet, csv. Repeatable. [default: duckdb, parquet]")] = None,
    exclude: Exclude = None,
    lexicons: Lexicons = None,
    config: Config = PIPELINE,
    note_date: Annotated[str | None, typer.Option("--note-date", help="The date of notes that have none, e.g. 2024-01-31.")] = None,
    date_format: Annotated[str | None, typer.Option("--date-format", help="How dates are written, e.g. %m/%d/%Y. [default: ISO or day first]")] = None,
    max_rejected: Annotated[float, typer.Option("--max-rejected", min=0.0, max=1.0, help="Exit with code 3 when a larger share of the rows is set aside.")] = 0.05,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes.")] = 1,
    chunk: Annotated[int, typer.Option("--chunk", min=1, help="Notes per checkpoint.")] = 500,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the run in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the run in --out.")] = False,
) -> None:
    """Turn notes into OMOP tables.

    Example: dermnlp run notes.csv --out results --column note_text=texto --workers 2

    INPUT has the columns note_id, person_id, note_date and note_text, and if there are any visit_id, note_type, language, provider,
    birth_year and sex. Rows that can't be used go to OUT/rejected.csv with the reason. Exit codes: 0 done; 2 the input or an option
    can't be used, nothing was written; 3 done, but more rows were set aside than --max-rejected; 130 stopped by Ctrl-C.
    """
    with friendly(RESUME_HINT):
        from dermnlp import runs

        columns, left_out, own = mapping(column or []), tuple(exclude or ()), own_lexicons(lexicons, config)
        options = runs.Options(columns, lang, left_out, own, config, note_date, date_format, chunk)
        how = {"resume": resume, "overwrite": overwrite}
        with progress("Notes") as update:
            summary = runs.run(source, out, options=options, formats=format or FORMATS, workers=workers, progress=update, **how)
    _print(summary)
    if summary.rejected_share > max_rejected:
        typer.secho(f"{summary.rejected_share:.1%} of the rows were set aside, more than --max-rejected {max_rejected:.1%}: see {summary.out / 'rejected.csv'}", fg=typer.colors.RED, err=True)
        raise typer.Exit(TOO_MANY_REJECTED)


def _print(summary: Summary) -> None:
    """The counts and the files of a run."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    console.print(f"{summary.notes:,} notes of {summary.persons:,} persons; {summary.rejected:,} rows set aside.")
    grid = Table("mentions", "", "OMOP table", "rows", box=None, padding=(0, 2, 0, 0))
    left = sorted(summary.mentions.items(), key=lambda item: -item[1])
    right = sorted(summary.tables.items(), key=lambda item: -item[1])
    for i in range(max(len(left), len(right))):
        one = (left[i][0], f"{left[i][1]:,}") if i < len(left) else ("", "")
        two = (right[i][0], f"{right[i][1]:,}") if i < len(right) else ("", "")
        grid.add_row(*one, *two)
    console.print(grid)
    for path in summary.files:
        if path.parent == summary.out:
            console.print(str(path), highlight=False, soft_wrap=True)
    folders = {path.parent for path in summary.files if path.parent != summary.out}
    for folder in sorted(folders):
        console.print(f"{folder}/", highlight=False, soft_wrap=True)
