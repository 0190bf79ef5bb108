"""`dermnlp lexicons diff`: two directories compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import count, friendly

OURS = "ours"


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A directory of lexicons, or 'ours'.")],
    second: Annotated[str, typer.Argument(metavar="B", help="Another.")],
) -> None:
    """The rows that only B has (+), only A has (-), and that differ (~); exit code 1 if there are any.

    Example: dermnlp lexicons diff mine-2025 mine
    """
    with friendly():
        from dermnlp.curation import comparison
        from dermnlp.data import room

        folders = [room("lexicons") if name == OURS else Path(name) for name in (first, second)]
        found = 0
        for difference in comparison.diff(*folders):
            found += 1
            typer.echo(f"{difference.kind} {difference.file}: {difference.row}{f' ({difference.detail})' if difference.detail else ''}")
    typer.echo(f"{count(found, 'difference')}." if found else "No differences.")
    raise typer.Exit(1 if found else 0)
