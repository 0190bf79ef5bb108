"""The `dermnlp` command and its table of contents."""

from __future__ import annotations

from typing import Annotated

import typer

from dermnlp import __version__
from dermnlp_cli.annotate import annotate
from dermnlp_cli.evaluate import evaluate
from dermnlp_cli.lexicons import lexicons
from dermnlp_cli.run import run
from dermnlp_cli.show import show
from dermnlp_cli.train import train

app = typer.Typer(
    name="dermnlp",
    help="Dermatology notes, Spanish and English, to OMOP tables.",
    epilog="Begin with: dermnlp run notes.csv --out results",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for _command in (run, annotate, show, evaluate, train):
    app.command()(_command)
app.add_typer(lexicons, name="lexicons")


@app.callback(invoke_without_command=True)
def main(version: Annotated[bool, typer.Option("--version", help="Print the version and exit.")] = False) -> None:
    """Dermatology notes, Spanish and English, to OMOP tables."""
    if version:
        typer.echo(f"dermnlp {__version__}")
        raise typer.Exit
