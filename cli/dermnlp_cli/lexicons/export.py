"""`dermnlp lexicons export`: the lexicons in other people's formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import Lexicons, fail, friendly
from dermnlp_cli.lexicons.import_ import NOTHING_ADDED, Many


def export(
    out: Annotated[Path, typer.Option("--out", metavar="PATH", help="The file that is written; a folder for athena and dermnlp.")],
    format: Annotated[str, typer.Option("--format", metavar="NAME", help="csv, list, medspacy, negspacy, athena or dermnlp.")],
    lexicons: Lexicons = None,
    stage: Annotated[Many, typer.Option(help="A stage, e.g. entities; all when absent. Repeatable.")] = None,
    topic: Annotated[Many, typer.Option(help="A topic; all when absent. Repeatable.")] = None,
    language: Annotated[str, typer.Option(metavar="es|en", help="One language only.")] = "",
    concept: Annotated[str, typer.Option(metavar="KEY", help="One concept only.")] = "",
) -> None:
    """The terms as a table, a list, medspaCy's rules, negspaCy's termset, ATHENA's files or a directory like ours.

    Example: dermnlp lexicons export --format medspacy --out rules.json --topic skin_diseases --language es
    """
    with friendly():
        from dermnlp.curation import formats
        from dermnlp.curation.formats import Request

        out.parent.mkdir(parents=True, exist_ok=True)
        terms = formats.export(out, format, Request(language=language, concept=concept), lexicons or [], topic or [], stage or [])
        if not terms:
            fail(f"Nothing of what was asked for has a place in '{format}'.", NOTHING_ADDED)
    typer.echo(f"{terms:,} terms in {out}.")
