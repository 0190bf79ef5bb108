"""`dermnlp show`: the mentions of one text, coloured, in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import Config, Exclude, Lang, Lexicons, fail, friendly, one_of, own_lexicons

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
        from dermnlp.lexicons import LANGUAGES

        note = _read(text)
        one_of("language", lang, ("auto", *LANGUAGES))
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
    """One row per mention: type, text, attributes, concept with its codes, and all else that is said of it, a line for each thing."""
    from rich.table import Table
    from rich.text import Text

    table = Table("type", "text", "attributes", "concept", "what is said of it", box=None, padding=(0, 2, 0, 0))
    for column in table.columns:
        column.overflow = "fold"
    for mention in found:
        codes = (f"{system}:{code}" for system, code in mention.codes.items())
        cells = (mention.text, ", ".join(mention.attributes), "\n".join((mention.concept, *codes)), "\n".join(_said(mention, found)))
        table.add_row(Text(mention.type, COLOURS[mention.type]), *(Text(cell) for cell in cells))
    return table


def _said(mention: Mention, found: list[Mention]) -> Iterator[str]:
    """Value and date of a mention, its details, relations and events."""
    value = f"{mention.scale} {mention.value}{mention.unit} {mention.date}".strip()
    yield from (line for line in (value, ", ".join(f"{name} {detail}" for name, detail in mention.details.items())) if line)
    for relation in mention.relations:
        details = f" ({', '.join(relation.details.values())})" if relation.details else ""
        yield f"{relation.type}: {found[relation.target].text}{details}"
    for event in mention.events:
        other = f"to {found[event.other].text}" if event.other >= 0 else ""
        reason = f"({event.reason})" if event.reason else ""
        yield " ".join(part for part in (event.kind, other, event.date, reason) if part)
