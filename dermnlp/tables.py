"""Rows in and out: the rows of CSV, TSV, JSONL, Parquet and .txt sources; files that appear whole."""

from __future__ import annotations

import csv
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dermnlp import csv_rows, encodings
from dermnlp.sources import InputError, Source, find, json_object, open_sources

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "InputError",
    "REJECTED",
    "Rejected",
    "Row",
    "Source",
    "find",
    "open_sources",
    "rows",
    "write_csv_rows",
    "write_parquet",
    "write_whole",
]

REJECTED = ("file", "row", "note_id", "reason")
BATCH = 128
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its number in the file from 1, its cell for each field, and its line where the format has lines.

    It is doubtful when it may be a piece of the text of a refused row.
    """

    file: str
    row: int
    cells: Mapping[str, Any]
    line: int = 0
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is left out, and why; never with words of its text."""

    file: str
    row: int
    note_id: str
    reason: str


def rows(source: Source) -> Iterator[Row | Rejected]:
    """The rows of a source, one at a time; a row that cannot be read as such comes as Rejected."""
    read: Mapping[str, Callable[[Source], Iterator[Row | Rejected]]] = {
        "csv": _csv_rows,
        "tsv": _csv_rows,
        "jsonl": _json_rows,
        "parquet": _parquet_rows,
        "txt": _txt_rows,
    }
    try:
        yield from read[source.format](source)
    except OSError as error:
        raise InputError(f"Cannot read '{source.path}' to its end: {error.strerror or error}.") from error


def write_csv_rows(rows: Iterable[object], path: str | Path, columns: Sequence[str] = REJECTED) -> int:
    """Records as a UTF-8 CSV file with these fields as columns; gives their number.

    The file appears whole or not at all.
    """
    count = 0
    with replacing(Path(path)) as part, open(part, "w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in rows:
            writer.writerow([getattr(row, name) for name in columns])
            count += 1
    return count


def write_parquet(
    data: pa.Table | pa.RecordBatch | pa.RecordBatchReader | Iterable[pa.RecordBatch],
    path: str | Path,
    schema: pa.Schema | None = None,
) -> int:
    """A table or batches as a Parquet file; gives its number of rows. The file appears whole or not at all.

    Batches that may be none need `schema`; raises ValueError without it.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if isinstance(data, pa.RecordBatch):
        data = [data]
    schema = schema or getattr(data, "schema", None)
    batches = iter(data.to_batches() if isinstance(data, pa.Table) else data)
    first = next(batches, None)
    if schema is None:
        if first is None:
            raise ValueError(f"No batches for '{path}' and no schema: give schema= where there may be none.")
        schema = first.schema
    count = 0
    with replacing(Path(path)) as part, pq.ParquetWriter(part, schema, compression="zstd") as file:
        while first is not None:
            file.write_batch(first)
            count += first.num_rows
            first = next(batches, None)
    return count


def write_whole(path: Path, text: str) -> None:
    """A UTF-8 file of exactly this text, line ends as they are; it appears whole or not at all."""
    with replacing(path) as part:
        part.write_bytes(text.encode("utf-8"))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary file beside `path` that is flushed to disk and takes its place when the block ends well."""
    handle, name = tempfile.mkstemp(prefix=".part-", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o666 & ~_umask())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _csv_rows(source: Source) -> Iterator[Row | Rejected]:
    file = _name(source.path)
    with encodings.open_text(source.path, source.encoding) as stream:
        records = csv_rows.records(stream, source.delimiter)
        names = [name.strip() for name in next(records).fields]
        places = [(field, names.index(name)) for field, name in source.columns.items()]
        for number, record in enumerate(records, 1):
            if record.reason:
                yield Rejected(file, number, "", f"{record.reason} (line {record.line})")
            else:
                cells = {field: record.fields[place] for field, place in places}
                yield Row(file, number, cells, record.line, record.doubtful)


def _json_rows(source: Source) -> Iterator[Row | Rejected]:
    file, number = _name(source.path), 0
    with encodings.open_text(source.path, source.encoding, newline="\n") as stream:
        for line, text in enumerate(stream, 1):
            if text.isspace():
                continue
            number += 1
            value = json_object(text)
            if isinstance(value, str):
                yield Rejected(file, number, "", f"{value} (line {line})")
            else:
                cells = {field: _encodable(value.get(name)) for field, name in source.columns.items()}
                yield Row(file, number, cells, line)


def _txt_rows(source: Source) -> Iterator[Row | Rejected]:
    for name in source.names:
        path = source.path / name
        note_id = _encodable(path.stem)
        written = date.fromtimestamp(path.stat().st_mtime)
        text = encodings.decode(path.read_bytes())
        cells = {"note_id": note_id, "person_id": note_id, "note_date": written, "note_text": text}
        yield Row(_name(path), 1, {field: cells[name] for field, name in source.columns.items()})


def _parquet_rows(source: Source) -> Iterator[Row | Rejected]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = sorted(set(source.columns.values()))
    file, number = _name(source.path), 0
    try:
        with pq.ParquetFile(source.path, buffer_size=encodings.CHUNK) as parquet:
            for batch in parquet.iter_batches(BATCH, columns=names):
                columns = {name: _cells(batch.column(batch.schema.get_field_index(name))) for name in names}
                for place in range(batch.num_rows):
                    number += 1
                    cells = {field: columns[name][place] for field, name in source.columns.items()}
                    yield Row(file, number, cells)
    except pa.ArrowException as error:
        raise InputError(f"'{source.path}' is damaged after row {number}. Write it again.") from error


def _cells(column: pa.Array[Any]) -> list[Any]:
    """The values of an Arrow column: strings decoded without failing, dates and times as dates."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = column.cast(pa.large_binary())
    if pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type):
        return [None if value is None else value.decode("utf-8", "replace") for value in column.to_pylist()]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return [None if value is None else _day(value) for value in _local(column).cast(pa.string()).to_pylist()]
    return list(column.to_pylist())


def _local(column: pa.Array[Any]) -> pa.Array[Any]:
    """Times with an offset for a time zone (+02:00), which Arrow cannot write, as the times on the clock there."""
    import pyarrow as pa
    import pyarrow.compute as pc

    offset = re.fullmatch(r"([+-])(\d\d):?(\d\d)", getattr(column.type, "tz", None) or "")
    if not offset:
        return column
    sign, hours, minutes = offset.groups()
    ahead = timedelta(hours=int(sign + hours), minutes=int(sign + minutes))
    return pc.add(column.cast(pa.timestamp("us"), safe=False), pa.scalar(ahead, pa.duration("us")))


def _day(text: str) -> date | str:
    """The date of an Arrow date or time, or its text when Python has no such year."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return text


def _name(path: Path) -> str:
    return str(_encodable(str(path)))


def _encodable(value: Any) -> Any:
    """A value whose lone surrogates, which no file can hold, are replaced one for one."""
    return _SURROGATES.sub("\ufffd", value) if isinstance(value, str) else value
