"""The finished files of an export, moved into place whole; those of an earlier export go."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from dermnlp.omop.database import connect, parquet, quoted
from dermnlp.omop.schema import tables

DATABASE, FOLDER = "omop.duckdb", "omop"


def place(folder: Path, work: Path, formats: tuple[str, ...]) -> tuple[Path, ...]:
    """The tables in `work` as files of the wanted formats under the run's folder; gives their paths, sorted."""
    ready: dict[Path, Path] = {}
    if "duckdb" in formats:
        ready[folder / DATABASE] = _database(work)
    if "csv" in formats:
        ready |= {folder / FOLDER / path.name: path for path in _csv(work)}
    if "parquet" in formats:
        ready |= {folder / FOLDER / f"{name}.parquet": work / f"{name}.parquet" for name in tables()}
    (folder / FOLDER).mkdir(exist_ok=True)
    for target, source in ready.items():
        _flush(source)
        os.replace(source, target)
    _remove_stale(folder, ready.keys())
    return tuple(sorted(ready))


def _database(work: Path) -> Path:
    """The tables in a DuckDB file of their own, with the constraints of the definition."""
    path = work / DATABASE
    with connect(path) as database:
        for table in tables().values():
            database.execute(table.ddl)
            database.execute(f"INSERT INTO {table.name} SELECT * FROM {parquet(work, f'{table.name}.parquet')}")
    return path


def _csv(work: Path) -> list[Path]:
    """The tables as CSV files; null is nothing, an empty text is a pair of quotes."""
    paths = [work / f"{name}.csv" for name in tables()]
    with connect(work / "csv.duckdb") as database:
        for path in paths:
            rows = f"SELECT * FROM {parquet(work, f'{path.stem}.parquet')}"
            database.execute(f"COPY ({rows}) TO '{quoted(path)}' (FORMAT csv, HEADER)")
    return paths


def _flush(path: Path) -> None:
    """Everything of a file on the disk, before it takes the place of another."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _remove_stale(folder: Path, written: Iterable[Path]) -> None:
    """Remove the tables of an earlier export that this one didn't write."""
    exported = {folder / FOLDER / f"{name}.{kind}" for name in tables() for kind in ("parquet", "csv")}
    for path in (exported | {folder / DATABASE}) - set(written):
        path.unlink(missing_ok=True)
