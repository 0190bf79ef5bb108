"""`dermnlp annotate`: mentions only."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import Columns, Config, Exclude, Lang, Lexicons, friendly, mapping, own_lexicons, progress


def annotate(
    source: Annotated[str, typer.Argument(metavar="INPUT", help="As for `dermnlp run`.")],
    out: Annotated[Path, typer.Option("--out", help="Folder for the annotations.")],
    format: Annotated[str, typer.Option("--format", help="brat, jsonl or html.")] = "brat",
    column: Columns = None,
    lang: Lang = "auto",
    exclude: Exclude = None,
    lexicons: Lexicons = None,
    config: Config = PIPELINE,
    note_date: Annotated[str | None, typer.Option("--note-date", help="The date of notes that have none.")] = None,
) -> None:
    """Write the mentions of notes as brat standoff files, JSON lines or HTML pages.

    Example: dermnlp annotate notes/ --out annotated --format brat
    """
    with friendly():
        from dermnlp.evaluation.annotations import write
        from dermnlp.runs import Options

        options = Options(
            columns=mapping(column or []),
            language=lang,
            exclude=tuple(exclude or ()),
            lexicons=own_lexicons(lexicons, config),
            config=config,
            note_date=note_date,
        )
        with progress("Notes") as update:
            done, rejected = write(source, out, format=format, options=options, progress=update)
    typer.echo(f"{done:,} notes annotated in {out}; {rejected:,} rows set aside.")
