"""The input's files: which there are, in which format, and whether they have the columns that are asked for."""

from __future__ import annotations

import glob
import hashlib
import logging
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from itertools import groupby
from pathlib import Path

from dermnlp import csv_rows, encodings

logger = logging.getLogger(__name__)

FORMATS = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".txt": "txt",
}
TXT_COLUMNS = ("note_id", "person_id", "note_date", "note_text")
LISTED = 20
_NO_NAME = re.compile(r"[\d\W]*|.{61,}|\W*\w+(\W+\w+){6,}.*", re.DOTALL)


class InputError(ValueError):
    """The input cannot be read as a whole: says what was given, what there is, and what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or one folder's .txt files (`names`), with the file's column for each field that it has.

    `encoding` and `delimiter` are empty where the format has none; `size` is in bytes; the SHA-256 of .txt files is
    that of the lines "name<TAB>SHA-256 of the file".
    """

    path: Path
    format: str
    encoding: str
    delimiter: str
    sha256: str
    size: int
    columns: Mapping[str, str]
    names: tuple[str, ...] = ()


def find(source: str | Path) -> list[Path]:
    """The files of an input, sorted: a file, a glob's files, or the files of one format directly in a folder."""
    try:
        return _find(Path(source).expanduser())
    except OSError as error:
        raise InputError(f"Cannot read '{source}': {error.strerror or error}. Check its permissions.") from error


def _find(path: Path) -> list[Path]:
    if path.is_dir():
        return _of_one_format(_listed(path), f"Folder '{path}'", path)
    if path.exists():
        return _of_one_format([path], f"'{path}'", path.parent)
    if not glob.has_magic(str(path)):
        raise InputError(_no_such(path))
    found = sorted(Path(name) for name in glob.glob(str(path), recursive=True))
    folder = _existing(path)
    if not found:
        around = _census(_listed(folder)) or "nothing"
        raise InputError(f"Nothing matches '{path}'. In '{folder}' there is: {around}. Check the pattern.")
    return _of_one_format(found, f"'{path}'", folder)


def open_sources(
    source: str | Path, columns: Mapping[str, str], optional: Mapping[str, str] | None = None
) -> list[Source]:
    """The sources of an input, every one read once and its columns checked; raises InputError for the first bad one.

    `columns` names the file's column for each field that must be there, `optional` for those that may be.
    """
    wanted, perhaps = dict(columns), dict(optional or {})
    paths = find(source)
    if _format(paths[0]) == "txt":
        folders = groupby(paths, key=lambda path: path.parent)
        return [_txt_source(folder, list(files), wanted, perhaps) for folder, files in folders]
    return [_source(path, wanted, perhaps) for path in paths]


def json_object(line: str) -> dict[str, object] | str:
    """The object on a line of JSON, or what is wrong with the line, without its words."""
    import json

    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return f"malformed JSON at character {error.pos + 1}"
    except (ValueError, RecursionError):
        return "malformed JSON: a number too long or too many levels"
    return value if isinstance(value, dict) else "not a JSON object"


def _format(path: Path) -> str:
    return FORMATS.get(path.suffix.lower(), "")


def _listed(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _of_one_format(paths: list[Path], given: str, folder: Path) -> list[Path]:
    """The readable ones among some paths, all of one format."""
    files = [path for path in paths if _format(path) and not path.is_dir()]
    formats = {_format(path) for path in files}
    if not formats:
        there, known = _census(paths) or "nothing", ", ".join(FORMATS)
        raise InputError(f"{given} has no file that can be read. There is: {there}. What can be read ends in {known}.")
    if len(formats) > 1:
        pattern = folder / f"*{files[0].suffix}"
        raise InputError(f"{given} has several formats: {_census(paths)}. Give the files of one, e.g. '{pattern}'.")
    if left := len(paths) - len(files):
        logger.warning("%d of %d entries of the input are not read", left, len(paths))
    return files


def _census(paths: Iterable[Path]) -> str:
    """Counts of some paths by ending: "2 .csv, 1 folder"."""
    kinds = Counter("folder" if path.is_dir() else path.suffix or "without ending" for path in paths)
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))


def _existing(path: Path) -> Path:
    """The nearest folder above a path that exists."""
    return next((parent for parent in path.parents if parent.is_dir()), Path("."))


def _no_such(path: Path) -> str:
    folder = _existing(path)
    child = path.parts[len(folder.parts) if folder != Path(".") else 0]
    siblings = [sibling.name for sibling in _listed(folder)]
    near = get_close_matches(child, siblings, 1, 0.5)
    hint = f" Did you mean '{folder / near[0]}'?" if near else ""
    return f"No file or folder '{path}'. In '{folder}' there are: {_some(siblings)}.{hint}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return (", ".join(names[:LISTED]) or "none") + more


def _survey(path: Path) -> encodings.Survey:
    if not path.is_file():
        raise InputError(f"'{path}' is no regular file: a broken link or a device. Give a file or a folder.")
    try:
        return encodings.survey_file(path)
    except OSError as error:
        raise InputError(f"Cannot read '{path}': {error.strerror or error}. Check its permissions.") from error


def _source(path: Path, wanted: Mapping[str, str], perhaps: Mapping[str, str]) -> Source:
    found, kind = _survey(path), _format(path)
    if not found.size:
        raise InputError(f"'{path}' is empty: 0 bytes, not even a header. Take it away or give another file.")
    encoding, delimiter, names = found.encoding, "", list[str]()
    if kind == "parquet":
        encoding, names = "", _parquet_columns(path, {**perhaps, **wanted}.values())
    elif kind == "jsonl":
        names = _json_columns(path, encoding, set(wanted.values()))
    else:
        known = {*wanted.values(), *perhaps.values()}
        delimiter, names = _csv_columns(path, encoding, known, "\t" if kind == "tsv" else ",")
    if encoding and found.broken:
        logger.warning("%d broken byte sequences in a UTF-8 file are read as U+FFFD: %s", found.broken, path)
    present = _present(path, names, wanted, perhaps)
    if kind == "jsonl":
        present = {**perhaps, **present}
    return Source(path, kind, encoding, delimiter, found.sha256, found.size, present)


def _txt_source(folder: Path, files: list[Path], wanted: Mapping[str, str], perhaps: Mapping[str, str]) -> Source:
    digest, size = hashlib.sha256(), 0
    for path in files:
        found = _survey(path)
        digest.update(f"{path.name}\t{found.sha256}\n".encode("utf-8", "surrogateescape"))
        size += found.size
    columns = _present(folder, TXT_COLUMNS, wanted, perhaps)
    return Source(folder, "txt", "", "", digest.hexdigest(), size, columns, tuple(path.name for path in files))


def _parquet_columns(path: Path, used: Collection[str]) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"'{path}' cannot be read as Parquet: it is damaged or no Parquet. Write it again.") from error
    for column in schema:
        if column.name in used and pa.types.is_nested(column.type):
            raise InputError(f"Column '{column.name}' of '{path}' holds {column.type}: it must hold single values.")
    return list(schema.names)


def _json_columns(path: Path, encoding: str, wanted: set[str]) -> list[str]:
    """The keys of a JSONL file's objects, read until every wanted one is seen."""
    keys: dict[str, None] = {}
    for value in _json_objects(path, encoding):
        keys.update(dict.fromkeys(value))
        if wanted <= keys.keys():
            break
    if not keys:
        raise InputError(f"No line of '{path}' is a JSON object. Write one a line: {{\"note_id\": ...}}.")
    return list(keys)


def _json_objects(path: Path, encoding: str) -> Iterator[dict[str, object]]:
    with encodings.open_text(path, encoding, newline="\n") as stream:
        for line in stream:
            value = json_object(line)
            if isinstance(value, dict):
                yield value


def _csv_columns(path: Path, encoding: str, known: set[str], first: str) -> tuple[str, list[str]]:
    """The delimiter and the column names: the delimiter under which most known names are found, then most columns."""
    best: tuple[str, list[str]] = (first, [])
    for delimiter in dict.fromkeys(first + csv_rows.DELIMITERS):
        with encodings.open_text(path, encoding) as stream:
            names = csv_rows.header(stream, delimiter)
        if (len(known & set(names)), len(names)) > (len(known & set(best[1])), len(best[1])):
            best = delimiter, names
    if not best[1]:
        raise InputError(f"'{path}' has no header line that can be read: check the quotation marks of its first line.")
    return best


def _present(
    path: Path, names: Sequence[str], wanted: Mapping[str, str], perhaps: Mapping[str, str]
) -> dict[str, str]:
    """The fields that a file has, with their columns; raises InputError when a wanted one is absent or there twice."""
    present = {field: name for field, name in {**perhaps, **wanted}.items() if name in names}
    missing = {field: name for field, name in wanted.items() if field not in present}
    if missing:
        raise InputError(_missing_columns(path, names, missing, set(present.values())))
    twice = sorted({name for name in present.values() if names.count(name) > 1})
    if twice:
        raise InputError(f"'{path}' has more than one column '{twice[0]}'. Rename all but one of them.")
    return present


def _missing_columns(path: Path, names: Sequence[str], missing: Mapping[str, str], taken: Collection[str]) -> str:
    absent = " and ".join(f"'{name}'" for name in missing.values())
    if any(_NO_NAME.fullmatch(name) for name in names if name):
        return f"'{path}' has no column {absent}: its header looks like data. Put a line with column names first."
    free = [name for name in names if name and name not in taken]
    options = []
    for field, name in missing.items():
        near = _near(f"{field} {name}", free)
        free = [other for other in free if other != near]
        options.append(f"--column {field}={near}")
    return f"'{path}' has no column {absent}. There are: {_some(names)}. Say which to take, e.g. {' '.join(options)}"


def _near(given: str, names: Sequence[str]) -> str:
    """The column most like one of the names or words that were looked for; COLUMN when none is."""
    words = {*given.split(), *given.replace("_", " ").split()}
    pairs = [(word.casefold(), name) for word in words for name in names]
    likeness = ((SequenceMatcher(None, word, name.casefold()).ratio(), name) for word, name in pairs)
    best, name = max(likeness, default=(0.0, ""))
    return name if best >= 0.6 else "COLUMN"
