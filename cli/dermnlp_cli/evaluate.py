"""dermnlp evaluate: precision and recall on annotated notes."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dermnlp.data import PIPELINE
from dermnlp_cli.common import Config, Exclude, Lexicons, fail, friendly, own_lexicons

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
    exclude: Exclude = None,
    lexicons: Lexicons = None,
    config: Config = PIPELINE,
    errors: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Write every error with its words: a file to keep where the notes are."),
    ] = None,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every figure.")] = None,
    by_type: Annotated[bool, typer.Option("--by-type", help="Show each type of mention.")] = False,
) -> None:
    """Precision, recall and F1 on annotated notes, and every error.

    Without SYSTEM, dermnlp annotates the notes itself. SYSTEM is a second folder with .ann files of the same names.

    Example: dermnlp evaluate my-gold/ --errors errors.csv --by-type
    """
    with friendly():
        _writable(errors, json)
        _run(gold, system, _annotator(lang.value, exclude or (), lexicons, config), errors, json, by_type)


def _run(
    gold: Sequence[Path], system: Path | None, annotate: Annotate, errors: Path | None, json: Path | None, by_type: bool
) -> None:
    """Score, show the table and write the files."""
    from rich.console import Console

    from dermnlp.evaluation import is_system_of, report, texts

    if system is None and len(gold) == 2 and all(path.is_dir() for path in gold) and is_system_of(gold[1], gold[0]):
        gold, system = gold[:1], gold[1]
    scores = _scores(gold, system, annotate)
    typer.echo(f"{scores.documents} notes of {', '.join(map(str, gold))}; system: {system or 'dermnlp'}")
    Console().print(report.table(scores, by_type))
    if errors:
        count = report.to_csv(scores.errors, errors, texts(gold))
        typer.echo(f"{count} errors in {errors}")
    if json:
        report.to_json(scores, json)


def _scores(gold: Sequence[Path], system: Path | None, annotate: Annotate) -> Scores:
    """The library call, against a system's folder or what dermnlp finds; its warnings as lines of their own."""
    from dermnlp.evaluation import BratWarning, evaluate

    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always", BratWarning)
        scores = evaluate(gold, system, None if system else annotate)
    for warning in raised:
        if issubclass(warning.category, BratWarning):
            typer.echo(f"Warning: {warning.message}", err=True)
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
    return scores


def _annotator(lang: str, exclude: Sequence[str], lexicons: Sequence[Path] | None, config: str) -> Annotate:
    """What annotates notes under these options."""
    from dermnlp.annotation import annotate_texts

    return partial(annotate_texts, language=lang, exclude=exclude, lexicons=own_lexicons(lexicons, config), config=config)


def _writable(*paths: Path | None) -> None:
    """Exits when a file's folder is not there, before any work is done."""
    for path in paths:
        if path and not path.parent.is_dir():
            fail(f"No folder '{path.parent}' for '{path.name}'. Make it first, or give another path.")
