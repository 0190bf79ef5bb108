"""What the commands share: options, error exits, column mappings, progress."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

USAGE_ERROR, TOO_MANY_REJECTED, INTERRUPTED = 2, 3, 130
LOG_SECONDS = 10.0
FAULTS_SHOWN = 10
RESUME_HINT = "What was finished is kept: repeat the command with --resume to go on."

Columns = Annotated[list[str] | None, typer.Option("--column", help="FIELD=COLUMN, e.g. note_text=texto. Repeatable.")]
Lang = Annotated[str, typer.Option("--lang", "--language", help="auto, es or en.")]
Exclude = Annotated[list[str] | None, typer.Option("--exclude", help="A component to leave out, e.g. tagger. Repeatable.")]
Lexicons = Annotated[list[Path] | None, typer.Option("--lexicons", help="A directory of your own lexicons, over ours. Repeatable.")]
Config = Annotated[str, typer.Option("--config", help="A pipeline, or a config file with what differs from ours, e.g. another tagger.")]


def fail(message: str, code: int = USAGE_ERROR) -> NoReturn:
    """Print one error line and exit."""
    typer.secho(f"Error: {message}", fg=typer.colors.RED, err=True)
    raise typer.Exit(code)


def one_of(what: str, value: str, there: Sequence[str]) -> None:
    """Exit when a value is none of those that there are."""
    from dermnlp.lexicons import hint

    if value not in there:
        fail(f"No {what} '{value}'. There are: {', '.join(there)}.{hint(value, there)}")


def count(number: int, what: str) -> str:
    """A number of things: 1 fault, 2 faults."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    """Print columns as wide as their widest cell, none cut short."""
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in (columns, *rows):
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@contextlib.contextmanager
def friendly(hint: str = "") -> Iterator[None]:
    """Turn the library's errors into one line and exit code 2, and Ctrl-C into exit code 130 with a hint."""
    try:
        yield
    except (ValueError, FileNotFoundError, PermissionError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.strerror or error or type(error).__name__}: {error.filename or ''}".rstrip(": "), 1)
    except KeyboardInterrupt:
        typer.secho(f"\nStopped. {hint}".rstrip(), fg=typer.colors.YELLOW, err=True)
        raise typer.Exit(INTERRUPTED) from None


def mapping(pairs: list[str], option: str = "--column", form: str = "FIELD=COLUMN, for example note_text=texto") -> dict[str, str]:
    """`name=value` pairs as a dict; exits when one has no `=`."""
    table = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip() or not value.strip():
            fail(f"{option} takes {form}; this was '{pair}'.")
        table[name.strip()] = value.strip()
    return table


def own_lexicons(directories: Sequence[Path] | None, config: str | None = None) -> tuple[str, ...]:
    """The user's own lexicon directories; exits when a row of them is faulty, since it would have no effect in silence.

    Those of DERMNLP_LEXICONS and of the config are looked at too.
    """
    from dermnlp.lexicons import roots

    named = [*_of_config(config), *(directories or ())]
    if named or len(roots()) > 1:
        from dermnlp.curation.checks import own_faults

        faults = own_faults(named)
        for fault in faults[:FAULTS_SHOWN]:
            typer.echo(f"{fault.place} {fault.message}", err=True)
        if faults:
            folder = named[0] if named else roots()[1]
            fail(f"{count(len(faults), 'fault')} in your lexicons. Mend them; `dermnlp lexicons check {folder}` lists all.")
    return tuple(str(path) for path in directories or ())


def _of_config(config: str | None) -> tuple[Path, ...]:
    """The lexicon directories that a config file names."""
    if config is None or not Path(config).is_file():
        return ()
    from dermnlp.pipelines import directories

    return directories(config)


@contextlib.contextmanager
def progress(label: str, unit: str = "notes") -> Iterator[Callable[[int, int], None]]:
    """A function (done, total) that draws a bar on a terminal and writes a line now and then elsewhere, both on stderr."""
    if sys.stderr.isatty():
        with _bar(label, unit) as update:
            yield update
    else:
        yield _lines(label, unit)


@contextlib.contextmanager
def _bar(label: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn(label),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        task = bars.add_task(label, total=None, rate="")
        began = time.monotonic()

        def update(done: int, total: int) -> None:
            seconds = max(time.monotonic() - began, 1e-6)
            bars.update(task, completed=done, total=total, rate=f"{done / seconds:,.0f} {unit}/s")

        yield update


def _lines(label: str, unit: str) -> Callable[[int, int], None]:
    began = last = time.monotonic()

    def update(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done and (now - last >= LOG_SECONDS or done == total):
            last = now
            rate = done / max(now - began, 1e-6)
            typer.echo(f"{label}: {done:,} of {total:,} {unit}, {rate:,.0f} {unit}/s, {(total - done) / rate:,.0f} s left", err=True)

    return update
