"""dermnlp evaluate: precision and recall on annotated notes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

if TYPE_CHECKING:
    from dermnlp.evaluation import Annotate, Scores


class Language(StrEnum):
    """The languages of notes, or to find them out."""

    auto = "auto"
    es = "es"
    en = "en"


def evaluate(
    gold: Annotated[
        list[Path],
        typer.Argument(metavar="GOLD... [SYSTEM]", help="Folders of annotated notes in brat form: NAME.txt, NAME.ann."),
    ],
    system: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="A system's .ann files, or one subfolder of them for each GOLD."),
    ] = None,
    lang: Annotated[Language, typer.Option(help="The notes' language, where dermnlp annotates them.")] = Language.auto,
    errors: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write every error with its words: a file to keep where the notes are."),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every figure.")] = None,
    by_type: Annotated[bool, typer.Option("--by-type", help="Show each type of mention.")] = False,
) -> None:
    """Precision, recall and F1 on annotated notes, and every error.

    Without SYSTEM, dermnlp annotates the notes of GOLD itself. A second folder whose .ann files have the names of the
    first's is taken as SYSTEM.

    Example: dermnlp evaluate my-gold/ --errors errors.csv --by-type
    """
    from dermnlp.tables import InputError

    try:
        _writable(errors, json)
        _run(gold, system, lang.value, errors, json, by_type)
    except (InputError, OSError) as error:
        _fail(str(error))


def _run(
    gold: Sequence[Path], system: Path | None, lang: str, errors: Path | None, json: Path | None, by_type: bool
) -> None:
    """Score, show the table and write the files."""
    from rich.console import Console

    from dermnlp.evaluation import is_system_of, report, texts

    if system is None and len(gold) == 2 and all(path.is_dir() for path in gold) and is_system_of(gold[1], gold[0]):
        gold, system = gold[:1], gold[1]
    scores = _scores(gold, system, lang)
    title = f"{scores.documents} notes of {', '.join(map(str, gold))}; system: {system or 'dermnlp'}"
    Console().print(report.table(scores, by_type, title))
    if errors:
        count = report.to_csv(scores.errors, errors, texts(gold))
        typer.echo(f"{count} errors in {errors}")
    if json:
        report.to_json(scores, json)


def _scores(gold: Sequence[Path], system: Path | None, lang: str) -> Scores:
    """The library call, against a system's folder or what dermnlp finds; its warnings as lines of their own."""
    from dermnlp.evaluation import BratWarning, evaluate

    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always", BratWarning)
        scores = evaluate(gold, system, None if system else _annotator(lang))
    for warning in raised:
        if issubclass(warning.category, BratWarning):
            typer.echo(f"Warning: {warning.message}", err=True)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return scores


def _annotator(lang: str) -> Annotate:
    """What annotates notes in a language."""
    from dermnlp.runs import annotate_texts

    return partial(annotate_texts, language=lang)


def _writable(*paths: Path | None) -> None:
    """InputError when a file cannot be put where it should go."""
    from dermnlp.tables import InputError

    for path in paths:
        if path and not path.parent.is_dir():
            raise InputError(f"No folder '{path.parent}' for '{path.name}'. Make it first, or give another path.")


def _fail(message: str) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(2)
