"""`dermnlp train`: a tagger of one's own, or the shipped one again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dermnlp_cli.common import LOG_SECONDS, RESUME_HINT, fail, friendly, mapping

if TYPE_CHECKING:
    from dermnlp.training import Trained
    from dermnlp.training.recipe import Recipe


def train(
    corpora: Annotated[list[Path] | None, typer.Argument(metavar="[CORPUS]...", help="Folders of brat files, Hugging Face datasets on disk, JSONL or IOB files.")] = None,
    out: Annotated[Path, typer.Option("--out", help="Folder for the model, the report and the checkpoints.")] = Path("tagger"),
    encoder: Annotated[Path | None, typer.Option("--encoder", help="Folder of a Hugging Face encoder: config.json, tokenizer.json, model.safetensors.")] = None,
    label: Annotated[list[str] | None, typer.Option("--label", help="LABEL=TYPE, e.g. Disease=DIAGNOSIS. Repeatable. [default: labels are types]")] = None,
    recipe: Annotated[str, typer.Option("--recipe", help="A recipe of ours (own, derm, public) or the path of a TOML file.")] = "own",
    data: Annotated[Path, typer.Option("--data", help="Folder below which a recipe finds its corpora and its encoder.")] = Path(),
    change: Annotated[list[str] | None, typer.Option("--set", help="KEY=VALUE of the recipe, e.g. stages.own.epochs=4. Repeatable.")] = None,
    name: Annotated[str, typer.Option("--name", help="The model's name in its card and in every mention that it finds.")] = "tagger",
    relations: Annotated[bool, typer.Option("--relations", help="Learn which drug did what from folders of brat files, not a tagger.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the training in --out.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the training in --out.")] = False,
) -> None:
    """Train a tagger on annotated texts; needs `pip install 'dermnlp[train]'`.

    Example: dermnlp train my-brat-folder --encoder my-encoder --out my-tagger

    A config with `[components.tagger]` and `model = "my-tagger/model"` then puts it in the place of ours: dermnlp run --config.
    Every tenth document is kept aside to measure by. Exit codes: 0 done; 2 the input or an option can't be used; 130 stopped by Ctrl-C.
    """
    if relations:
        _train_relations(corpora or [], out, overwrite)
        return
    labels = mapping(label or [], "--label", "LABEL=TYPE, for example Disease=DIAGNOSIS")
    _ask(recipe, corpora or [], encoder)
    try:
        from dermnlp.training import train as learn
    except ImportError as error:
        fail(f"'{error.name}' is not installed. Install what training needs: pip install 'dermnlp[train]'.")
    with friendly(RESUME_HINT):
        chosen = _recipe(recipe, corpora or [], encoder, labels, change or [])
        with _progress() as update:
            _hush()
            trained = learn(chosen, data, out, name=name, resume=resume, overwrite=overwrite, progress=update)
    _print(trained)


def _train_relations(folders: list[Path], out: Path, overwrite: bool) -> None:
    """Train the pair model of adverse events, and print its cross-validated figures."""
    if not folders:
        fail("Give at least one CORPUS, for example: dermnlp train my-brat-folder --relations --out my-relations")
    for folder in folders:
        if not folder.is_dir():
            fail(f"No folder {folder}. Name folders of brat files.")
    if (out / "pairs.json").exists() and not overwrite:
        fail(f"{out} holds a model already. Give --overwrite or another --out.")
    try:
        from dermnlp.training.relations import train as learn
    except ImportError as error:
        fail(f"'{error.name}' is not installed. Install what training needs: pip install 'dermnlp[train]'.")
    with friendly(), _progress() as update:
        figures = learn(folders, out, progress=update)
    for name, (precision, recall, f1) in (("rules", figures.rules), ("model", figures.model), ("both", figures.both)):
        typer.echo(f"{name}: precision {precision:.3f}, recall {recall:.3f}, F1 {f1:.3f}")
    typer.echo(str(out))


def _ask(name: str, corpora: list[Path], encoder: Path | None) -> None:
    """Exit when the recipe for a user's own texts lacks what only the user can give."""
    if name == "own" and not corpora:
        fail("Give at least one CORPUS, for example: dermnlp train my-brat-folder --encoder my-encoder --out my-tagger; or a --recipe.")
    if name == "own" and encoder is None:
        fail("Give --encoder, the folder of a Hugging Face encoder (config.json, tokenizer.json, model.safetensors).")


def _recipe(name: str, corpora: list[Path], encoder: Path | None, labels: dict[str, str], changes: list[str]) -> Recipe:
    """The recipe with the user's corpora and encoder in it."""
    from dermnlp.training import recipe as recipes

    chosen = recipes.load(recipes.named(name), changes)
    return recipes.with_corpora(chosen, corpora, labels, str(encoder) if encoder else chosen.encoder)


def _hush() -> None:
    """No bar and no table of weights from transformers: what would matter of them is an error of ours."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[str, int, int, float], None]]:
    """A bar per stage on a terminal, a line now and then elsewhere, both on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    last = 0.0
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def update(stage: str, done: int, total: int, loss: float) -> None:
            nonlocal last
            said = f"loss {loss:.3f}" if loss else ""
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total, loss="")
            bars.update(tasks[stage], completed=done, loss=said)
            now = time.monotonic()
            if not console.is_terminal and (now - last >= LOG_SECONDS or done == total):
                last = now
                typer.echo(f"{stage}: {done:,} of {total:,}{f', {said}' if said else ''}", err=True)

        yield update


def _print(trained: Trained) -> None:
    """The figures, and where the files are."""
    for corpus, figures in trained.figures.items():
        shown = ", ".join(f"{label} {value:.3f}" for label, value in figures.items())
        typer.echo(f"{corpus}: strict F1 {shown}")
    if not trained.figures:
        typer.echo("There was no document to measure by.")
    typer.echo(str(trained.model))
    typer.echo(str(trained.report))
