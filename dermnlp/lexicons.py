"""The reader of the lexicons: rows of ours, with a user's own directories laid over them."""

from __future__ import annotations

import contextlib
import csv
import difflib
import hashlib
import os
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from pathlib import Path

from dermnlp import data

LANGUAGES = ("es", "en")
ENVIRONMENT = "DERMNLP_LEXICONS"
SWITCHED_OFF = "-"
SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}
Row = dict[str, str]
"""A row of a lexicon: its cells by column."""
State = tuple[tuple[str, int, int], ...]
_extra: ContextVar[tuple[Path, ...]] = ContextVar("lexicons", default=())
_settled: ContextVar[dict[tuple[Path, ...], State] | None] = ContextVar("settled", default=None)


class LexiconError(ValueError):
    """A lexicon that is asked for and isn't there, or a directory that isn't one."""


@contextlib.contextmanager
def use(directories: Iterable[str | Path]) -> Iterator[None]:
    """Inside this block, lexicons are read with these directories over ours; LexiconError if one isn't a lexicon."""
    paths = tuple(_checked(Path(directory)) for directory in directories)
    token = _extra.set((*_extra.get(), *paths))
    try:
        yield
    finally:
        _extra.reset(token)


def roots() -> tuple[Path, ...]:
    """The directories that are read, ours first, those of DERMNLP_LEXICONS next, those of `use` last."""
    named = [part for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    return (data.room("lexicons"), *(_checked(Path(part)) for part in named), *_extra.get())


def named() -> tuple[object, ...]:
    """What names the directories over ours at this moment, cheap to ask: DERMNLP_LEXICONS and the directories of `use`."""
    return os.environ.get(ENVIRONMENT, ""), *_extra.get()


@contextlib.contextmanager
def settled() -> Iterator[None]:
    """Inside this block the directories are looked through once: whoever loads a pipeline asks for their state a hundred times."""
    token = _settled.set({})
    try:
        yield
    finally:
        _settled.reset(token)


def state() -> State:
    """What the directories hold now (file, size, time of change): the key for all that is made from them and kept."""
    known = _settled.get()
    if known is None:
        return _state(roots())
    directories = roots()
    if directories not in known:
        known[directories] = _state(directories)
    return known[directories]


def _state(directories: Iterable[Path]) -> State:
    """The files of some directories, each with its size and its time of change."""
    files = (path for root in directories for path in sorted(root.rglob("*.csv")))
    return tuple((str(path), status.st_size, status.st_mtime_ns) for path in files for status in [path.stat()])


def topics(stage: str) -> list[str]:
    """The topics of a stage in any of the directories, sorted."""
    found = {path.name for root in roots() for path in (root / stage).glob("*") if path.is_dir()}
    if not found:
        raise LexiconError(f"No lexicons for the stage '{stage}'. There are: {', '.join(stages())}.{hint(stage, stages())}")
    return sorted(found)


def stages() -> list[str]:
    """The stages that our own lexicons have, sorted."""
    return sorted(path.name for path in data.room("lexicons").iterdir() if path.is_dir())


def concepts(stage: str, topic: str) -> dict[str, Row]:
    """The concept rows of a topic by key; a user's row replaces ours."""
    return {row["concept"]: row for row in _read(stage, topic, "concepts")}


def terms(stage: str, topic: str, language: str) -> list[Row]:
    """The term rows of a topic in a language, without those that a later directory switched off."""
    rows = _read(stage, topic, language)
    off = {row["term"] for row in rows if row["concept"] == SWITCHED_OFF}
    return [row for row in rows if row["term"] not in off or _after_switch(rows, row)]


def languages(stage: str, topic: str) -> list[str]:
    """The languages that a topic has files for, sorted."""
    folders = [root / stage / topic for root in roots()]
    return sorted({path.stem for folder in folders for path in folder.glob("*.csv")} - {"concepts"})


def digest() -> str:
    """The sha256 over every row file of every directory, for manifests."""
    total = hashlib.sha256()
    for root in roots():
        for path in sorted(root.rglob("*.csv")):
            total.update(path.relative_to(root).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()


def _read(stage: str, topic: str, stem: str) -> list[Row]:
    """The rows of one file over all directories; LexiconError when no directory has the topic."""
    folders = [root / stage / topic for root in roots()]
    if not any(folder.is_dir() for folder in folders):
        known = topics(stage)
        raise LexiconError(f"No lexicon '{topic}' for '{stage}'. There are: {', '.join(known)}.{hint(topic, known)}")
    rows: list[Row] = []
    for folder in folders:
        if (folder / f"{stem}.csv").is_file():
            rows += read(folder / f"{stem}.csv")
    return rows


def read(path: Path) -> list[Row]:
    """The rows of a file; LexiconError when it is no CSV in UTF-8 with the columns that every file has."""
    return [row for _, row in numbered(path)]


def numbered(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with their lines; LexiconError as `read`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.reader(lines)
            names = next(reader, [])
            width = len(names)
            fault = header_fault(path.stem, names)
            if fault:
                raise LexiconError(f"'{path}' {fault}")
            for cells in filter(None, reader):
                row = dict(zip(names, cells, strict=False))
                if len(row) < width:
                    row.update(dict.fromkeys(names[len(cells) :], ""))
                row.pop("", None)
                yield reader.line_num, row
    except UnicodeDecodeError:
        raise LexiconError(f"'{path}' isn't UTF-8. Save it as CSV, UTF-8.") from None


def header_fault(stem: str, columns: Iterable[str]) -> str:
    """What is wrong with the header of a file of this name ('' if nothing is)."""
    found = list(columns)
    needed = ("concept",) if stem == "concepts" else ("term", "concept")
    missing = [name for name in needed if name not in found]
    if not missing:
        return ""
    for separator, name in SEPARATORS.items():
        if found and set(needed) <= set(found[0].split(separator)):
            return f"has {name} between its columns. Save it as CSV with commas."
    return f"has the columns {', '.join(found) or 'none'}; there must be {' and '.join(missing)}, separated by commas."


def _after_switch(rows: list[Row], row: Row) -> bool:
    """Whether a row stands after the one that switched its term off (and so replaces it)."""
    last = max(i for i, other in enumerate(rows) if other["concept"] == SWITCHED_OFF and other["term"] == row["term"])
    return row["concept"] != SWITCHED_OFF and any(other is row for other in rows[last + 1 :])


def _checked(path: Path) -> Path:
    """The directory, if it holds lexicon stages."""
    if not path.is_dir():
        raise LexiconError(f"'{path}' is no directory of lexicons. Give one with the layout <stage>/<topic>/en.csv.")
    found = {part.name for part in path.iterdir() if part.is_dir()}
    if not found & set(stages()):
        raise LexiconError(f"'{path}' holds no stage. It has: {', '.join(sorted(found)) or 'nothing'}. Stages are: {', '.join(stages())}.")
    return path


def hint(name: str, known: Iterable[str]) -> str:
    """A `Did you mean` for a name that is close to a known one."""
    near = difflib.get_close_matches(name, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
