"""`dermnlp lexicons new`: a directory of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import friendly


def new(directory: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")]) -> None:
    """Begin a directory of your own lexicons, with rows that show the form.

    Example: dermnlp lexicons new mine
    """
    with friendly():
        from dermnlp.curation.editing import new as new_

        for path in new_(directory):
            typer.echo(path)
    typer.echo(f'Try it: dermnlp lexicons try "hallazgo de ejemplo" --lexicons {directory}')
