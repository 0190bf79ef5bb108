"""`dermnlp lexicons`: what there is, and whether it holds together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import friendly

lexicons = typer.Typer(help="List and check the lexicons.", no_args_is_help=True)
Over = Annotated[list[Path] | None, typer.Option("--lexicons", help="A directory of your own lexicons, over ours. Repeatable.")]


@lexicons.command("list")
def list_(lexicons: Over = None) -> None:
    """The stages and topics, with their numbers of concepts and of terms by language.

    Example: dermnlp lexicons list --lexicons mine
    """
    with friendly():
        from rich.console import Console
        from rich.table import Table

        from dermnlp.lexicon_checks import inventory

        table = Table("stage", "topic", "concepts", "terms", box=None, padding=(0, 2, 0, 0))
        for row in inventory(lexicons or ()):
            terms = ", ".join(f"{language} {count:,}" for language, count in row.terms.items())
            table.add_row(row.stage, row.topic, f"{row.concepts:,}", terms)
        Console().print(table)


@lexicons.command("check")
def check(directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A directory of your own, checked as it lies over ours.")] = None) -> None:
    """Every fault of the lexicons, with file, line and what would be right; exit code 1 if there is one.

    Example: dermnlp lexicons check mine
    """
    with friendly():
        from dermnlp.lexicon_checks import check as check_

        faults = list(check_([directory] if directory else []))
    for fault in faults:
        typer.echo(f"{fault.file}:{fault.line}: {fault.message}")
    typer.echo(f"{len(faults)} faults." if faults else "No faults.")
    raise typer.Exit(1 if faults else 0)
