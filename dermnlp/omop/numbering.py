"""Numbers for persons, visits and notes, made by DuckDB on disk; the tables that need no mention come from here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dermnlp.omop import vocabulary
from dermnlp.omop.database import parquet, quoted
from dermnlp.omop.schema import Table, tables

if TYPE_CHECKING:
    import duckdb

PARTS = "part-*.parquet"
GROUP = 2048


class ExportError(ValueError):
    """Notes or mentions that can't become tables: says which and what to do."""


def number(database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """The tables `persons`, `visits` and `numbered` (notes without their text) of the chunks in the folder."""
    database.execute(f"CREATE TABLE given AS SELECT * EXCLUDE (text) FROM {parquet(folder / 'notes', PARTS)}")
    database.execute(f"CREATE VIEW said AS SELECT * FROM {parquet(folder / 'mentions', PARTS)}")
    _check(database)
    ids = _integer(database, "person_id")
    rank = "row_number() OVER (ORDER BY i.person_id)"
    database.execute(f"CREATE TABLE persons AS {_PERSONS.format(number=f'i.{ids}' if ids else rank)}")
    database.execute(f"CREATE TABLE visits AS {_VISITS}")
    ids = _integer(database, "note_id")
    rank = "row_number() OVER (ORDER BY p.person_number, g.note_date, g.note_id)"
    database.execute(f"CREATE TABLE numbered AS {_NUMBERED.format(number=f'g.{ids}' if ids else rank)}")


def write(database: duckdb.DuckDBPyConnection, work: Path) -> dict[str, int]:
    """PERSON, OBSERVATION_PERIOD, VISIT_OCCURRENCE and NOTE as Parquet files; gives their numbers of rows."""
    counts = {}
    database.execute(f"CREATE VIEW texts AS SELECT * FROM {parquet(work, 'texts.parquet')}")
    for name, query in _QUERIES.items():
        counts[name] = copy(database, tables()[name], query, work)
    return counts


def sort(database: duckdb.DuckDBPyConnection, folder: Path, work: Path) -> None:
    """`texts.parquet` and `mentions.parquet`: notes with their text, and mentions, both in the order of the notes."""
    options = f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {GROUP})"
    texts = f"SELECT n.*, t.text FROM numbered n JOIN {parquet(folder / 'notes', PARTS)} t USING (note_id)"
    database.execute(f"COPY ({texts} ORDER BY {_ORDER}) TO '{quoted(work / 'texts.parquet')}' {options}")
    said = "SELECT n.note_number, s.* FROM said s JOIN numbered n USING (note_id)"
    order = f'{_ORDER}, s."index"'
    database.execute(f"COPY ({said} ORDER BY {order}) TO '{quoted(work / 'said.parquet')}' {options}")


def keys(database: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """The keys that occur in the mentions, each with its type, sorted."""
    query = f"SELECT {_KEY} AS name, min(type) FROM said GROUP BY name HAVING name IS NOT NULL ORDER BY name"
    return [(name, kind) for name, kind in database.execute(query).fetchall()]


def counted(database: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """The numbers of mentions by type, in alphabetical order."""
    return dict(database.execute("SELECT type, count(*) FROM said GROUP BY type ORDER BY type").fetchall())


def copy(database: duckdb.DuckDBPyConnection, table: Table, query: tuple[Mapping[str, str], str], work: Path) -> int:
    """A query, given as an expression for each column and what follows SELECT, as the Parquet file of a table."""
    expressions, rest = query
    target = quoted(work / f"{table.name}.parquet")
    columns = []
    for field in table.fields:
        given = expressions.get(field.name, "NULL")
        cut = f"left({given}, {field.length})" if field.length and given != "NULL" else given
        columns.append(f'CAST({cut} AS {field.sql}) AS "{field.name}"')
    database.execute(f"COPY (SELECT {', '.join(columns)} {rest}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")
    found = database.execute(f"SELECT count(*) FROM {parquet(work, f'{table.name}.parquet')}").fetchone()
    return int(found[0]) if found else 0


def _check(database: duckdb.DuckDBPyConnection) -> None:
    """ExportError for notes without what a row needs, notes twice, and mentions without a note."""
    missing = "note_id IS NULL OR person_id IS NULL OR person_id = '' OR note_date IS NULL"
    problems = {
        "without note_id, person_id or note_date": f"SELECT note_id FROM given WHERE {missing}",
        "with a note_id that another has": "SELECT note_id FROM given GROUP BY ALL HAVING count(*) > 1",
        "that are missing but have mentions": "SELECT DISTINCT note_id FROM said ANTI JOIN given USING (note_id)",
    }
    for what, query in problems.items():
        found = database.execute(f"SELECT count(*), min(note_id) FROM ({query})").fetchone()
        if found and found[0]:
            raise ExportError(f"{found[0]} notes {what}, e.g. note_id '{found[1]}'. Repeat the run with --overwrite.")


def _integer(database: duckdb.DuckDBPyConnection, name: str) -> str:
    """The SQL for a column of ids as integers when all of them are, without loss; else empty."""
    given = f"SELECT count(*) FROM given WHERE TRY_CAST({name} AS INTEGER)::VARCHAR IS DISTINCT FROM {name}"
    found = database.execute(given).fetchone()
    return f"{name}::INTEGER" if found and not found[0] else ""


_ORDER = "n.person_number, n.note_date, n.note_number"
_KEY = "CASE WHEN concept <> '' THEN concept WHEN scale <> '' THEN 'scale.' || scale ELSE codes['INN'] END"
_MOST_FREQUENT = """
    SELECT person_id, {0}, row_number() OVER (PARTITION BY person_id ORDER BY count(*) DESC, {0}) AS place
    FROM given WHERE {0} IS NOT NULL AND {0}::VARCHAR <> '' GROUP BY person_id, {0}"""
_PERSONS = f"""
    WITH births AS ({_MOST_FREQUENT.format("birth_year")}), sexes AS ({_MOST_FREQUENT.format("sex")})
    SELECT i.person_id, {{number}} AS person_number, births.birth_year, sexes.sex
    FROM (SELECT DISTINCT person_id FROM given) i
    LEFT JOIN births ON births.person_id = i.person_id AND births.place = 1
    LEFT JOIN sexes ON sexes.person_id = i.person_id AND sexes.place = 1"""
_VISIT_KEY = "coalesce(visit_id, '') AS visit, CASE WHEN visit = '' THEN note_date ELSE DATE '0001-01-01' END AS day"
_VISITS = f"""
    SELECT row_number() OVER (ORDER BY person_number, first, visit) AS visit_number, *
    FROM (
        SELECT person_id, person_number, {_VISIT_KEY}, min(note_date) AS first, max(note_date) AS last
        FROM given JOIN persons USING (person_id) GROUP BY ALL)"""
_NUMBERED = f"""
    SELECT g.note_id, {{number}} AS note_number, p.person_number, v.visit_number, g.note_date, g.note_type,
        coalesce(nullif(g.language, ''), d.language) AS language
    FROM (SELECT *, {_VISIT_KEY} FROM given) g
    JOIN persons p USING (person_id)
    JOIN visits v ON v.person_id = g.person_id AND v.visit = g.visit AND v.day = g.day
    LEFT JOIN (SELECT note_id, max(language) AS language FROM said GROUP BY note_id) d ON d.note_id = g.note_id"""
_LANGUAGE = " ".join(f"WHEN '{name}' THEN {number}" for name, number in vocabulary.LANGUAGES.items())
_QUERIES: dict[str, tuple[dict[str, str], str]] = {
    "person": (
        {
            "person_id": "person_number",
            "gender_concept_id": "0",
            "year_of_birth": "coalesce(birth_year, 0)",
            "race_concept_id": "0",
            "ethnicity_concept_id": "0",
            "person_source_value": "person_id",
            "gender_source_value": "sex",
        },
        "FROM persons ORDER BY person_number",
    ),
    "observation_period": (
        {
            "observation_period_id": "row_number() OVER (ORDER BY person_number)",
            "person_id": "person_number",
            "observation_period_start_date": "min(note_date)",
            "observation_period_end_date": "max(note_date)",
            "period_type_concept_id": str(vocabulary.OUTPATIENT_NOTE),
        },
        "FROM numbered GROUP BY person_number ORDER BY person_number",
    ),
    "visit_occurrence": (
        {
            "visit_occurrence_id": "visit_number",
            "person_id": "person_number",
            "visit_concept_id": "0",
            "visit_start_date": "first",
            "visit_end_date": "last",
            "visit_type_concept_id": str(vocabulary.OUTPATIENT_NOTE),
            "visit_source_value": "nullif(visit, '')",
        },
        "FROM visits ORDER BY visit_number",
    ),
    "note": (
        {
            "note_id": "note_number",
            "person_id": "person_number",
            "note_date": "note_date",
            "note_type_concept_id": str(vocabulary.OUTPATIENT_NOTE),
            "note_class_concept_id": "0",
            "note_title": "nullif(note_type, '')",
            "note_text": "text",
            "encoding_concept_id": str(vocabulary.UTF8),
            "language_concept_id": f"CASE language {_LANGUAGE} ELSE 0 END",
            "visit_occurrence_id": "visit_number",
            "note_source_value": "note_id",
        },
        "FROM texts",
    ),
}
