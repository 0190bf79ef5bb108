"""Note: one row of the input, checked and typed; and what is refused, with the reason."""

from __future__ import annotations

import math
import re
import sqlite3
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import pyarrow as pa

from dermnlp import lexicons, note_dates, tables
from dermnlp.tables import InputError, Rejected, Row, Source

REQUIRED = ("note_id", "person_id", "note_date", "note_text")
OPTIONAL = ("visit_id", "note_type", "language", "provider", "birth_year", "sex")
LANGUAGES = ("auto", *lexicons.LANGUAGES)
FIRST_BIRTH = 1880
_CODE = re.compile(r"[\w.:/-]*\d[\w.:/-]*")


@dataclass(frozen=True, slots=True)
class Note:
    """One clinical note. `text` is as read: offsets of mentions count its characters."""

    note_id: str
    text: str
    person_id: str = ""
    note_date: date | None = None
    language: str = ""
    visit_id: str = ""
    note_type: str = ""
    provider: str = ""
    birth_year: int | None = None
    sex: str = ""


_FIELDS: dict[str, pa.DataType] = {
    "note_id": pa.string(),
    "text": pa.string(),
    "person_id": pa.string(),
    "note_date": pa.date32(),
    "language": pa.string(),
    "visit_id": pa.string(),
    "note_type": pa.string(),
    "provider": pa.string(),
    "birth_year": pa.int32(),
    "sex": pa.string(),
}
SCHEMA = pa.schema(_FIELDS)


class _Refused(Exception):
    """Why a row becomes no note."""


@dataclass(frozen=True, slots=True)
class _Rules:
    """How the cells of a row are read."""

    today: date
    language: str = ""
    note_date: date | None = None
    date_format: str | None = None
    languages: Mapping[str, str] = field(default_factory=dict)
    sexes: Mapping[str, str] = field(default_factory=dict)


def read(
    source: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    language: str = "auto",
    note_date: date | str | None = None,
    date_format: str | None = None,
    today: date | None = None,
) -> tuple[list[Source], Iterator[Note | Rejected]]:
    """The sources of an input, checked now, and its notes and refused rows in file order, read one at a time.

    `columns` maps a field to the file's column; `language` other than auto holds for every note; `note_date` is for
    rows without a date; `date_format` (as of strptime) overrides the usual ones. A sex of M is read as male, also where
    Spanish data mean mujer: map such a column beforehand. Raises InputError before any row.
    """
    columns = _known_fields(columns or {})
    rules = _rules(language, note_date, date_format, today or date.today())
    needed = {*REQUIRED, *columns} - ({"note_date"} - columns.keys() if rules.note_date else set())
    names = {name: columns.get(name, name) for name in REQUIRED + OPTIONAL}
    wanted = {name: column for name, column in names.items() if name in needed}
    perhaps = {name: column for name, column in names.items() if name not in needed}
    sources = tables.open_sources(source, wanted, perhaps)
    if "note_date" in perhaps:
        sources = [_without_file_date(found) for found in sources]
    return sources, _notes(sources, rules)


def stream(
    sources: Iterable[Source],
    *,
    language: str = "auto",
    note_date: date | str | None = None,
    date_format: str | None = None,
    today: date | None = None,
) -> Iterator[Note | Rejected]:
    """The notes and refused rows of sources that `read` gave, once more, with the same options."""
    return _notes(sources, _rules(language, note_date, date_format, today or date.today()))


def to_batch(notes: Iterable[Note]) -> pa.RecordBatch:
    """Notes as one Arrow batch with `SCHEMA`, a row per note."""
    rows = list(notes)
    columns = [pa.array([getattr(row, name) for row in rows], SCHEMA.field(name).type) for name in SCHEMA.names]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def from_batch(batch: pa.RecordBatch) -> Iterator[Note]:
    """The notes of an Arrow batch with `SCHEMA`; nulls become the fields' defaults."""
    for row in batch.select(SCHEMA.names).to_pylist():
        yield Note(**{name: value for name, value in row.items() if value is not None})


def _rules(language: str, note_date: date | str | None, date_format: str | None, today: date) -> _Rules:
    if language not in LANGUAGES:
        raise InputError(f"No language '{language}'. There are: {', '.join(LANGUAGES)}.")
    if date_format and not note_dates.is_complete(date_format):
        raise InputError(f"Date format '{date_format}' does not give day, month and year. Write e.g. %d/%m/%Y.")
    forced = "" if language == "auto" else language
    default = _default_date(note_date, today) if note_date else None
    return _Rules(today, forced, default, date_format, _words("language", "names"), _words("notes", "sex"))


def _default_date(given: date | str, today: date) -> date:
    try:
        return _date(given, _Rules(today))
    except _Refused as error:
        raise InputError(f"The date that was given for notes without one: {error}. Write e.g. 2024-01-31.") from error


def _known_fields(columns: Mapping[str, str]) -> Mapping[str, str]:
    for name in columns:
        if name not in REQUIRED + OPTIONAL:
            near = get_close_matches(name, REQUIRED + OPTIONAL, 1)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise InputError(f"No field '{name}' for a column. There are: {', '.join(REQUIRED + OPTIONAL)}.{hint}")
    return columns


def _without_file_date(source: Source) -> Source:
    """A source of .txt files whose notes take the date that was given, not that of the file."""
    if source.format != "txt":
        return source
    return replace(source, columns={name: column for name, column in source.columns.items() if name != "note_date"})


def _notes(sources: Iterable[Source], rules: _Rules) -> Iterator[Note | Rejected]:
    """Notes and refused rows; a note_id counts as used once a note has it."""
    with closing(_temporary_database()) as seen:
        for source in sources:
            for row in tables.rows(source):
                yield row if isinstance(row, Rejected) else _checked(row, rules, seen)


def _checked(row: Row, rules: _Rules, seen: sqlite3.Connection) -> Note | Rejected:
    try:
        note = _note(row.cells, rules)
        _claim(note.note_id, row, seen)
    except _Refused as error:
        where = f" (line {row.line})" if row.line else ""
        return Rejected(row.file, row.row, _id(row), f"{error}{where}")
    return note


def _temporary_database() -> sqlite3.Connection:
    """The note ids that were read, in an on-disk database without a name: it goes when it is closed."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for setting in ("temp_store = FILE", "journal_mode = OFF", "synchronous = OFF", "cache_size = -16384"):
        database.execute(f"PRAGMA {setting}")
    database.execute("CREATE TABLE seen (note_id TEXT PRIMARY KEY, file TEXT, row INTEGER) WITHOUT ROWID")
    database.execute("BEGIN")
    return database


def _claim(note_id: str, row: Row, seen: sqlite3.Connection) -> None:
    added = seen.execute("INSERT OR IGNORE INTO seen VALUES (?, ?, ?)", (note_id, row.file, row.row))
    if not added.rowcount:
        file, first = seen.execute("SELECT file, row FROM seen WHERE note_id = ?", (note_id,)).fetchone()
        where = f"row {first}" if file == row.file else f"row {first} of {file}"
        raise _Refused(f"duplicate note_id: {where} has it")


def _note(cells: Mapping[str, Any], rules: _Rules) -> Note:
    text = cells.get("note_text")
    return Note(
        note_id=_must(cells, "note_id"),
        person_id=_must(cells, "person_id"),
        text=_text(text),
        note_date=_date(cells.get("note_date"), rules),
        language=rules.language or _language(_string(cells, "language"), rules.languages),
        visit_id=_string(cells, "visit_id"),
        note_type=_string(cells, "note_type"),
        provider=_string(cells, "provider"),
        birth_year=_birth_year(_string(cells, "birth_year"), rules.today),
        sex=rules.sexes.get(_folded(_string(cells, "sex")), "").upper(),
    )


def _text(value: Any) -> str:
    if value is not None and not isinstance(value, str):
        raise _Refused("note_text is no text")
    if not value or value.isspace():
        raise _Refused("note_text is empty" if not value else "note_text is blank")
    return value


def _must(cells: Mapping[str, Any], name: str) -> str:
    value = _string(cells, name)
    if not value:
        raise _Refused(f"{name} is missing")
    return value


def _string(cells: Mapping[str, Any], name: str) -> str:
    """A cell as a string without blanks around it: empty for null; whole numbers without decimals."""
    value = cells.get(name)
    if isinstance(value, (dict, list)):
        raise _Refused(f"{name} is no single value")
    if isinstance(value, (float, Decimal)):
        whole = math.isfinite(value) and value == int(value)
        return str(int(value)) if whole else "" if math.isnan(value) else str(value)
    return "" if value is None else str(value).strip()


def _id(row: Row) -> str:
    """The note_id of a refused row: empty when it is no single value, or may be words of a text."""
    try:
        note_id = _string(row.cells, "note_id")
    except _Refused:
        return ""
    return "" if row.doubtful and not _CODE.fullmatch(note_id) else note_id


def _date(value: Any, rules: _Rules) -> date:
    if not isinstance(value, date):
        text = _string({"note_date": value}, "note_date")
        if not text and not rules.note_date:
            raise _Refused("note_date is missing")
        try:
            value = note_dates.parse(text, rules.date_format, rules.today) if text else rules.note_date
        except ValueError as error:
            raise _Refused(str(error)) from None
    day = value.date() if isinstance(value, datetime) else value
    assert isinstance(day, date)
    if reason := note_dates.out_of_time(day, rules.today):
        raise _Refused(reason)
    return day


def _birth_year(value: str, today: date) -> int | None:
    found = re.fullmatch(r"(\d{4})(\.0*)?", value)
    return int(found[1]) if found and FIRST_BIRTH <= int(found[1]) <= today.year else None


def _language(value: str, languages: Mapping[str, str]) -> str:
    """The key of a language name or tag; the tag's region is left out."""
    name = _folded(value)
    return languages.get(name) or languages.get(re.split("[-_]", name)[0], "")


def _words(stage: str, topic: str) -> dict[str, str]:
    """The keys of a topic by term, folded, over all languages."""
    found = (row for language in lexicons.languages(stage, topic) for row in lexicons.terms(stage, topic, language))
    return {_folded(row["term"]): row["concept"] for row in found}


def _folded(text: str) -> str:
    """A short string without case and accents."""
    plain = unicodedata.normalize("NFD", text.strip().casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))
