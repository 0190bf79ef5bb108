"""Checks of an exported database: what OHDSI's DataQualityDashboard does not see, and what DuckDB does not enforce."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dermnlp.omop.schema import Field, Table, tables

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: the table and column, the number of rows, and the first row keys; never a text of a note."""

    check: str
    table: str
    column: str
    rows: int
    examples: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """A condition that is true for wrong rows of a table, `t` in the SQL."""

    name: str
    table: str
    column: str
    wrong: str


def check(path: str | Path) -> list[Finding]:
    """Everything that is wrong in an exported DuckDB file; raises FileNotFoundError when there is none."""
    import duckdb

    if not Path(path).is_file():
        raise FileNotFoundError(f"No database '{path}'. Export with the format duckdb first.")
    with duckdb.connect(str(path), read_only=True) as database:
        there = {row[0].lower() for row in database.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        missing = [Finding("missing table", name, "", 1, ()) for name in tables() if name not in there]
        wanted = [one for one in checks() if one.table in there and _targets(one) <= there]
        return missing + [finding for one in wanted if (finding := _run(database, one))]


def checks() -> list[Check]:
    """All checks: those that the definition gives for every column, and those of our own."""
    general = [one for table in tables().values() for field in table.fields for one in _of_field(table, field)]
    return general + list(OWN)


def _of_field(table: Table, field: Field) -> Iterator[Check]:
    name = f't."{field.name}"'
    if field.required:
        yield Check("missing value", table.name, field.name, f"{name} IS NULL")
    if field.length:
        yield Check("text too long", table.name, field.name, f"length({name}) > {field.length}")
    if field.primary:
        twice = f"SELECT {field.name} FROM {table.name} GROUP BY ALL HAVING count(*) > 1"
        yield Check("duplicate key", table.name, field.name, f"{name} IN ({twice})")
    if field.target and field.target[0] in tables():
        yield Check("no such target", table.name, field.name, _unknown(name, *field.target))


def _unknown(name: str, table: str, column: str) -> str:
    """A value that the column it refers to doesn't have."""
    return f"{name} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM {table} o WHERE o.{column} = {name})"


def _targets(one: Check) -> set[str]:
    """The exported tables that the condition of a check names."""
    return {name for name in tables() if f"FROM {name} " in f"{one.wrong} "}


def _run(database: duckdb.DuckDBPyConnection, one: Check) -> Finding | None:
    """The finding of a check, if any."""
    table = tables()[one.table]
    key = next((field.name for field in table.fields if field.primary), "rowid")
    query = f"SELECT count(*), list({key} ORDER BY {key})[:{EXAMPLES}] FROM {one.table} t WHERE {one.wrong}"
    found = database.execute(query).fetchone()
    return Finding(one.name, one.table, one.column, found[0], tuple(found[1])) if found and found[0] else None


_NO, _THEN = "(t.term_exists = 'N')", "(t.term_temporal = 'past')"
_ABSENT = "regexp_matches(t.term_modifiers, '(^|;)(Negated|Uncertain|Family)=true(;|$)')"
_WRITTEN = "substr(n.note_text, t.\"offset\"::INTEGER + 1, length(t.lexical_variant))"
_PAST = "regexp_matches(t.term_modifiers, '(^|;)Historical=true(;|$)')"
_PERIOD = "SELECT 1 FROM observation_period o WHERE o.person_id = t.person_id"
OWN = (
    Check("orphan", "note_nlp", "note_id", _unknown("t.note_id", "note", "note_id")),
    Check("term_exists against modifiers", "note_nlp", "term_exists", f"{_NO} IS DISTINCT FROM {_ABSENT}"),
    Check("term_temporal against modifiers", "note_nlp", "term_temporal", f"{_THEN} IS DISTINCT FROM {_PAST}"),
    Check(
        "offset without the text",
        "note_nlp",
        "offset",
        f"EXISTS (SELECT 1 FROM note n WHERE n.note_id = t.note_id AND {_WRITTEN} IS DISTINCT FROM t.lexical_variant)",
    ),
    Check("snippet without the text", "note_nlp", "snippet", "NOT contains(t.snippet, t.lexical_variant)"),
    Check("person without period", "person", "person_id", f"NOT EXISTS ({_PERIOD})"),
    Check(
        "overlapping periods",
        "observation_period",
        "person_id",
        f"EXISTS ({_PERIOD} AND o.observation_period_id < t.observation_period_id"
        " AND o.observation_period_start_date <= t.observation_period_end_date"
        " AND o.observation_period_end_date >= t.observation_period_start_date)",
    ),
    Check(
        "note outside the period",
        "note",
        "note_date",
        f"NOT EXISTS ({_PERIOD} AND t.note_date >= o.observation_period_start_date"
        " AND t.note_date <= o.observation_period_end_date)",
    ),
    Check("no row 0", "concept", "concept_id", "NOT EXISTS (SELECT 1 FROM concept o WHERE o.concept_id = 0)"),
    Check(
        "local concept that is standard",
        "concept",
        "standard_concept",
        "t.concept_id > 2000000000 AND t.standard_concept IS NOT NULL",
    ),
    *(
        Check("end before start", table, end, f"t.{end} < t.{start}")
        for table, start, end in (
            ("observation_period", "observation_period_start_date", "observation_period_end_date"),
            ("visit_occurrence", "visit_start_date", "visit_end_date"),
            ("condition_occurrence", "condition_start_date", "condition_end_date"),
            ("drug_exposure", "drug_exposure_start_date", "drug_exposure_end_date"),
            ("procedure_occurrence", "procedure_date", "procedure_end_date"),
        )
    ),
)
