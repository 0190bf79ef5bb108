"""`dermnlp lexicons try`: which rows fire in a text, and which were beaten."""

from __future__ import annotations

from typing import Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import Config, Exclude, Lexicons, friendly, one_of, own_lexicons, table


def try_(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words as they might stand in a note.")],
    language: Annotated[str, typer.Option("--language", "--lang", metavar="es|en|auto", help="The text's language.")] = "auto",
    lexicons: Lexicons = None,
    exclude: Exclude = None,
    config: Config = PIPELINE,
) -> None:
    """Which rows of the lexicons fire in a text, where each stands, and which were beaten and why.

    Example: dermnlp lexicons try "HS axilar desde hace 5 años, ayer a las 10 HS" --language es
    """
    with friendly():
        from dermnlp.curation.explanation import explain
        from dermnlp.language import detect
        from dermnlp.lexicons import LANGUAGES

        one_of("language", language, ("auto", *LANGUAGES))
        chosen = detect(text)[0] if language == "auto" else language
        firings = explain(text, chosen, exclude=exclude or (), over=own_lexicons(lexicons, config), config=config)
    rows = [(f.text, f.type, f.concept, f"beaten: {f.beaten}" if f.beaten else "found", f.row) for f in firings]
    typer.echo(f"Read as {chosen}.")
    table(("text", "type", "concept", "what became of it", "row"), [tuple(" ".join(cell.split()) for cell in row) for row in rows])
    if not firings:
        typer.echo("No row fires.")
