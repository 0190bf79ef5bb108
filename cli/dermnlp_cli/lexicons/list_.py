"""`dermnlp lexicons list`: what the lexicons know, and what concepts lack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dermnlp_cli.common import Lexicons, friendly, one_of, table


def list_(
    lexicons: Lexicons = None,
    language: Annotated[str, typer.Option(metavar="es|en", help="With --missing or --concepts: this language only.")] = "",
    missing: Annotated[bool, typer.Option("--missing", help="The concepts without a term in a language.")] = False,
    concepts: Annotated[str, typer.Option(metavar="TOPIC", help="The concepts of a topic, with codes and terms.")] = "",
    coverage: Annotated[bool, typer.Option("--coverage", help="Shares of the concepts with both languages, a code, a synonym.")] = False,
) -> None:
    """The stages and topics with their numbers of concepts and of terms; or what concepts have and lack.

    Example: dermnlp lexicons list --language es --missing
    """
    with friendly():
        from dermnlp.lexicons import LANGUAGES

        if language:
            one_of("language", language, LANGUAGES)
        languages = (language,) if language else LANGUAGES
        if missing:
            _missing(lexicons or [], languages)
        elif concepts:
            _concepts(lexicons or [], concepts, languages)
        elif coverage:
            _coverage(lexicons or [])
        else:
            _inventory(lexicons or [])


def _inventory(over: list[Path]) -> None:
    from dermnlp.curation.coverage import inventory

    rows = []
    for row in inventory(over):
        terms = ", ".join(f"{language} {count:,}" for language, count in row.terms.items())
        rows.append((row.stage, row.topic, f"{row.concepts:,}", terms))
    table(("stage", "topic", "concepts", "terms"), rows)


def _coverage(over: list[Path]) -> None:
    """The shares by topic; a code is asked only of types that have a vocabulary."""
    from dermnlp.curation.coverage import CODES, known, shares

    def percent(part: int, whole: int) -> str:
        return f"{100 * part / whole:.1f} %"

    rows = []
    for share in shares(known(over)):
        code = percent(share.code, share.concepts) if share.type in CODES else ""
        both, synonym, omop = (percent(part, share.concepts) for part in (share.both, share.synonym, share.omop))
        rows.append((share.topic, share.type, f"{share.concepts:,}", both, synonym, code, omop))
    table(("topic", "type", "concepts", "both languages", "synonym in both", "code", "OMOP"), rows)


def _missing(over: list[Path], languages: tuple[str, ...]) -> None:
    from dermnlp.curation.coverage import known

    lacking = [(c, [language for language in c.missing if language in languages]) for c in known(over)]
    table(("topic", "concept", "name", "lacks"), [(c.topic, c.concept, c.name, ", ".join(lacks)) for c, lacks in lacking if lacks])
    typer.echo(f"{sum(bool(lacks) for _, lacks in lacking):,} of {len(lacking):,} concepts have no term in {' or '.join(languages)}.")


def _concepts(over: list[Path], topic: str, languages: tuple[str, ...]) -> None:
    from dermnlp.curation.coverage import known

    every = list(known(over))
    topics = list(dict.fromkeys(concept.topic for concept in every))
    one_of("topic", topic, topics)
    rows = [(c.concept, c.type, c.code, *("; ".join(c.terms[language]) for language in languages)) for c in every if c.topic == topic]
    table(("concept", "type", "code", *languages), rows)
