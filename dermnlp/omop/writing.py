"""Rows of a CDM table into a Parquet file, a row group at a time; texts are cut to what the column holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

from dermnlp.omop.schema import Field, Table

GROUP = 20_000
Cells = Mapping[str, Any]


class TableWriter:
    """An open Parquet file of one table that numbers the rows it is given from 1."""

    def __init__(self, table: Table, folder: Path) -> None:
        import pyarrow.parquet as pq

        self.table, self.rows, self._schema = table, 0, table.arrow
        self.primary = next((field.name for field in table.fields if field.primary), None)
        self._waiting: list[dict[str, Any]] = []
        self._file = pq.ParquetWriter(folder / f"{table.name}.parquet", self._schema, compression="zstd")

    def __enter__(self) -> TableWriter:
        return self

    def __exit__(self, *raised: type[BaseException] | BaseException | TracebackType | None) -> None:
        if raised[0] is None:
            self._flush()
        self._file.close()

    def add(self, cells: dict[str, Any]) -> int:
        """Append a row, its primary key set to its number, which is given back."""
        self.rows += 1
        if self.primary:
            cells.setdefault(self.primary, self.rows)
        self._waiting.append(cells)
        if len(self._waiting) >= GROUP:
            self._flush()
        return self.rows

    def add_all(self, rows: Iterable[dict[str, Any]]) -> None:
        """Append rows."""
        for row in rows:
            self.add(row)

    def _flush(self) -> None:
        import pyarrow as pa

        rows, self._waiting = self._waiting, []
        if rows:
            types = zip(self.table.fields, self._schema.types, strict=True)
            columns = [pa.array(_column(rows, field), kind) for field, kind in types]
            self._file.write_batch(pa.RecordBatch.from_arrays(columns, schema=self._schema))


def _column(rows: list[dict[str, Any]], field: Field) -> list[Any]:
    """The cells of one column; texts are cut to its length."""
    values = [row.get(field.name) for row in rows]
    if field.length is not None:
        return [value and value[: field.length] for value in values]
    return values
