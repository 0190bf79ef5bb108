"""`dermnlp show`: the mentions of one text, coloured, in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import Config, Exclude, Lang, Lexicons, fail, friendly, own_lexicons

if TYPE_CHECKING:
    from rich.text import Text

    from dermnlp.mentions import Mention

COLOURS = {
    "DIAGNOSIS": "bold red",
    "FINDING": "yellow",
    "BODY_SITE": "cyan",
    "SCORE": "bold magenta",
    "DRUG": "bold green",
    "DOSE": "green",
    "ROUTE": "green",
    "FREQUENCY": "green",
    "PROCEDURE": "blue",
}


def show(
    text: Annotated[str | None, typer.Argument(help="A text, the path of a text file, or nothing (or -) for standard input.")] = None,
    lang: Lang = "auto",
    exclude: Exclude = None,
    lexicons: Lexicons = None,
    config: Config = PIPELINE,
) -> None:
    """Show what the engine finds in one text.

    Example: dermnlp show "Psoriasis en placas, PASI 12,4. Niega artralgias. MTX 15 mg sc semanal."
    """
    with friendly():
        from rich.console import Console

        from dermnlp.annotation import annotate_texts

        note = _read(text)
        if lang not in ("auto", "es", "en"):
            fail(f"No language '{lang}'. There are: auto, es, en.")
        found = annotate_texts({"text": note}, lang, exclude or (), own_lexicons(lexicons, config), config)["text"]
        console = Console()
        console.print(_coloured(note, found))
        console.print(_table(found))


def _read(text: str | None) -> str:
    """The text itself, a file's, or that of standard input; InputError for the path of a text file that isn't there."""
    from dermnlp import tables
    from dermnlp.encodings import decode

    if text is None or text == "-":
        if text is None and sys.stdin.isatty():
            fail('Nothing to show. Give a text, a file or standard input: dermnlp show "Psoriasis en placas".')
        return decode(sys.stdin.buffer.read())
    path = Path(text)
    try:
        is_file = len(text) < 4096 and path.is_file()
    except (OSError, ValueError):
        is_file = False
    if not is_file and path.suffix == ".txt" and " " not in text:
        tables.find(path)
    return decode(path.read_bytes()) if is_file else text


def _coloured(note: str, found: list[Mention]) -> Text:
    """The text with its mentions in the colours of their types."""
    from rich.text import Text

    line = Text(note)
    for mention in sorted(found, key=lambda m: m.start - m.end):
        style = COLOURS[mention.type] + (" strike" if mention.negated else "")
        line.stylize(style, mention.start, mention.end)
    return line


def _table(found: list[Mention]) -> object:
    """One row per mention: type, text, attributes, concept and codes, value, relations."""
    from rich.table import Table
    from rich.text import Text

    table = Table("type", "text", "attributes", "concept", "codes", "value", "relations", box=None, padding=(0, 2, 0, 0))
    for column in table.columns:
        column.overflow = "fold"
    for mention in found:
        codes = " ".join(f"{system}:{code}" for system, code in mention.codes.items())
        value = f"{mention.scale} {mention.value}{mention.unit}".strip()
        relations = "; ".join(" ".join((r.type, found[r.target].text, *r.details.values())) for r in mention.relations)
        cells = (mention.text, ", ".join(mention.attributes), mention.concept, codes, value, relations)
        table.add_row(Text(mention.type, COLOURS[mention.type]), *(Text(cell) for cell in cells))
    return table
