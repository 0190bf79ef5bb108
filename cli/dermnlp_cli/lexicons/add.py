"""`dermnlp lexicons add`: rows of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import fail, friendly, mapping, one_of


def add(
    terms: Annotated[list[str], typer.Argument(metavar="TERM...", help="Terms as people write them.")],
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="Your own directory; made when missing.")],
    language: Annotated[list[str], typer.Option(metavar="es|en", help="The terms' language. Repeatable.")],
    concept: Annotated[str, typer.Option(metavar="KEY", help="The concept: a key of ours, or a new one of yours.")] = "",
    type_: Annotated[str, typer.Option("--type", metavar="TYPE", help="For a new concept: DIAGNOSIS, FINDING, BODY_SITE, DRUG, PROCEDURE.")] = "",
    name: Annotated[str, typer.Option(help="For a new concept: its usual English name.")] = "",
    icd10cm: Annotated[str, typer.Option("--icd10cm", help="For a DIAGNOSIS: its ICD-10-CM code.")] = "",
    inn: Annotated[str, typer.Option("--inn", help="For a DRUG: its INN in English.")] = "",
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="COLUMN=VALUE", help="Any other column of the concept. Repeatable.")] = None,
    match: Annotated[str, typer.Option(help="exact: letter for letter; word: this inflection only.")] = "",
    sense: Annotated[str, typer.Option(help="Sense rules that must hold, joined by ';'.")] = "",
    topic: Annotated[str, typer.Option(metavar="STAGE/TOPIC", help="Where; by default that of the concept, else entities/own.")] = "",
    off: Annotated[bool, typer.Option("--off", help="Switch these terms of ours off instead.")] = False,
) -> None:
    """Hang terms on a concept, in a directory of your own. Nothing is written when a row would be faulty.

    Example: dermnlp lexicons add "placas nacaradas" --concept psoriasis --language es --to mine

    A new score: dermnlp lexicons add ZORBI --concept zorbi --topic attributes/scores --set scale=ZORBI --set kind=number
    --set minimum=0 --set maximum=10 --language es --to mine
    """
    with friendly():
        from dermnlp.curation import editing
        from dermnlp.lexicons import LANGUAGES

        for code in language:
            one_of("language", code, LANGUAGES)
        if bool(concept) == off:
            fail("Give --concept KEY for the terms, or --off to switch them off.")
        if off:
            written = editing.switch_off(to, terms, language, stage=topic.partition("/")[0] or "entities")
        else:
            values = {"type": type_, "name": name, "icd10cm": icd10cm, "inn": inn, **mapping(set_ or [], "--set", "COLUMN=VALUE, for example scale=PASI")}
            cells = {key: value for key, value in (("match", match), ("sense", sense)) if value}
            written = editing.add(to, terms, concept, language, topic=topic, cells=cells, values=values)
    known = f", {written.known} there already" if written.known else ""
    typer.echo(f"{to}: {written.terms} terms and {written.concepts} concepts added{known}.")
