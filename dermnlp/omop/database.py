"""DuckDB as the export uses it: a bounded share of the memory, and paths as SQL."""

from __future__ import annotations

from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

MEMORY = "512MB"
THREADS = 2


def connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A database that spills to disk beside its file when its memory is used up."""
    import duckdb

    database = duckdb.connect(str(path))
    spill = quoted(path.parent / "spill")
    for name, value in (("memory_limit", MEMORY), ("threads", THREADS), ("temp_directory", spill)):
        database.execute(f"SET {name} = '{value}'")
    return database


def quoted(path: Path) -> str:
    """A path for the inside of an SQL string."""
    return str(path).replace("'", "''")


def parquet(folder: Path, name: str) -> str:
    """The SQL that reads a Parquet file, or several where the name has a `*`; the folder may have any name."""
    return f"read_parquet('{escape(quoted(folder))}/{name}')"
