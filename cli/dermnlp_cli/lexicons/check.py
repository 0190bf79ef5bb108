"""`dermnlp lexicons check`: whether the lexicons hold together."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import count, friendly


def check(directory: Annotated[Path | None, typer.Argument(metavar="[DIR]", help="A directory of your own, checked as it lies over ours.")] = None) -> None:
    """Every fault of the lexicons, with file, line, column and what would be right; exit code 1 if there is one.

    Example: dermnlp lexicons check mine
    """
    with friendly():
        from dermnlp.curation import checks

        found = list(checks.check([directory] if directory else []))
    faults = [fault for fault in found if not fault.hint]
    for fault in found:
        typer.echo(f"{fault.place} {'hint: ' if fault.hint else ''}{fault.message}")
    typer.echo(f"{count(len(faults), 'fault')}." if faults else "No faults.")
    raise typer.Exit(1 if faults else 0)
