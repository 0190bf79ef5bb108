"""`dermnlp lexicons import`: other people's vocabularies into a directory of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dermnlp_cli.common import FAULTS_SHOWN, count, friendly, mapping, one_of, progress

if TYPE_CHECKING:
    from dermnlp.curation.formats import Imported, Refused, Request

NOTHING_ADDED, SOME = 3, 3
Format = Annotated[str, typer.Option("--format", metavar="NAME", help="csv, list, medspacy, negspacy, athena or dermnlp; guessed when absent.")]
Many = list[str] | None


def import_(
    source: Annotated[str, typer.Argument(metavar="FILE", help="A file or folder, or negspacy:TERMSET.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="The directory of lexicons that takes the rows; made if it isn't there.")],
    format: Format = "",
    language: Annotated[str, typer.Option(metavar="es|en", help="The language of the terms.")] = "",
    type: Annotated[str, typer.Option(metavar="TYPE", help="The type of the concepts, e.g. DIAGNOSIS.")] = "",
    topic: Annotated[str, typer.Option(help="The topic for new concepts; the file's name when absent.")] = "",
    stage: Annotated[str, typer.Option(help="The stage of a csv or list.")] = "entities",
    concept: Annotated[str, typer.Option(metavar="KEY", help="The one concept of all terms.")] = "",
    column: Annotated[Many, typer.Option(metavar="FIELD=COLUMN", help="csv: which column holds a field, e.g. term=Termino. Repeatable.")] = None,
    map: Annotated[Many, typer.Option(metavar="THEIRS=TYPE", help="Which type a category or domain is. Repeatable.")] = None,
    domain: Annotated[Many, typer.Option(help="athena: a domain, e.g. Condition (taken when absent). Repeatable.")] = None,
    vocabulary: Annotated[Many, typer.Option(help="athena: a vocabulary, e.g. SNOMED. Repeatable.")] = None,
    nonstandard: Annotated[bool, typer.Option("--nonstandard", help="athena: non-standard concepts too.")] = False,
    refused: Annotated[Path | None, typer.Option(metavar="FILE.csv", help="Write all that was refused, with the reasons.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be added, and write nothing to DIR.")] = False,
) -> None:
    """Terms of a table, a list, medspaCy, negspaCy, ATHENA or lexicons like ours; exit code 3 if nothing was new.

    Example: dermnlp lexicons import terms.csv --to mine --language es --type DIAGNOSIS --column term=Termino
    """
    columns, types = mapping(column or [], "--column", "FIELD=COLUMN, e.g. term=Termino"), mapping(map or [], "--map", "THEIRS=TYPE, e.g. PROBLEM=DIAGNOSIS")
    with friendly("Nothing was written."), progress("Import", "bytes") as update:
        from dermnlp.curation import folders, formats
        from dermnlp.tables import write_csv_rows

        chosen: dict[str, Any] = {"language": language, "type": type, "topic": topic, "stage": stage, "concept": concept, "columns": columns, "types": types}
        lists = {"domains": tuple(domain or ()), "vocabularies": tuple(vocabulary or ()), "standard": not nonstandard, "progress": update}
        found = formats.load(source, to, _request(chosen | lists), format)
        if refused:
            write_csv_rows(found.refused, refused, ("file", "place", "term", "reason"))
        if not dry_run and found.topics:
            to.mkdir(parents=True, exist_ok=True)
            folders.write(to, found.topics)
    _tell(found, to, dry_run, refused)
    if not found.topics:
        raise typer.Exit(NOTHING_ADDED)


def _request(given: dict[str, Any]) -> Request:
    """The request, when its language and type are ones that there are."""
    from dermnlp.curation.cells import CLOSED
    from dermnlp.curation.formats import Request
    from dermnlp.lexicons import LANGUAGES

    types = CLOSED["entities", "type"]
    for what, value, known in (("language", given["language"], LANGUAGES), ("type", given["type"], types)):
        if value:
            one_of(what, value, known)
    return Request(**given)


def _tell(found: Imported, to: Path, dry_run: bool, refused: Path | None) -> None:
    """The summary: what was added where, what was known, what gives way, what was refused and why."""
    verb = "Would add" if dry_run else "Added"
    typer.echo(f"{verb} to {to} (read as {found.format}): {count(found.concepts, 'concept')}, {count(found.terms, 'term')}.")
    for topic in found.topics:
        counts = ", ".join(f"{stem} {len(rows):,}" for stem, rows in topic.files.items() if rows)
        typer.echo(f"  {topic.stage}/{topic.name}: {counts}")
    typer.echo(f"Known already: {found.known:,}. Twice in the source: {found.repeated:,}.")
    if found.yielding:
        typer.echo(f"Give way to rows of ours with another type: {len(found.yielding):,} (hints of `dermnlp lexicons check {to}`).")
    if found.second:
        some = "; ".join(f"'{one.term}' {one.reason}" for one in found.second[:SOME])
        typer.echo(f"Cues of another category in ours, so that both hold: {len(found.second):,}, e.g. {some}.")
    typer.echo(f"Refused: {len(found.refused):,}.{f' All are in {refused}.' if refused else ''}")
    for one in found.refused[:FAULTS_SHOWN]:
        typer.echo(f"  {_place(one)} '{one.term}' {one.reason}")
    if len(found.refused) > FAULTS_SHOWN and not refused:
        typer.echo(f"  and {len(found.refused) - FAULTS_SHOWN:,} more; --refused FILE.csv writes all.")


def _place(one: Refused) -> str:
    return f"{one.file}:{one.place}:" if one.place else f"{one.file}:"
