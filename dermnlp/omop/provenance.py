"""The tables about the tables: CDM_SOURCE, METADATA and CONCEPT."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dermnlp import __version__
from dermnlp.omop import vocabulary
from dermnlp.omop.database import parquet
from dermnlp.omop.schema import tables
from dermnlp.omop.vocabulary import NOTHING, Vocabulary
from dermnlp.omop.writing import TableWriter

if TYPE_CHECKING:
    import duckdb

FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2099, 12, 31)
NO_NOTES = date(1970, 1, 1)
NOT_RESULT = ("chunk", "workers")
RULE = "start+29; ended treatments: at the note's date at the latest; current ones: at the note's date at least"


def write(
    database: duckdb.DuckDBPyConnection, work: Path, known: Vocabulary, settings: Mapping[str, Any]
) -> dict[str, int]:
    """CDM_SOURCE, METADATA and, for the concepts used in all tables, CONCEPT; gives their numbers of rows."""
    found = database.execute("SELECT max(note_date) FROM given").fetchone()
    last = (found[0] if found else None) or NO_NOTES
    unborn = database.execute("SELECT count(*) FROM persons WHERE birth_year IS NULL").fetchone()
    content = {"cdm_source": [_source(last)], "metadata": _metadata(settings, unborn[0] if unborn else 0, last)}
    counts = {name: _write(name, work, rows) for name, rows in content.items()}
    used = _used(database, work)
    return {**counts, "concept": _write("concept", work, (_concept(known, number) for number in used))}


def _write(name: str, work: Path, rows: Any) -> int:
    with TableWriter(tables()[name], work) as writer:
        writer.add_all(rows)
    return writer.rows


def _source(last: date) -> dict[str, Any]:
    """The one row of CDM_SOURCE; its dates are the date of the last note, so that a repeated export is the same."""
    return {
        "cdm_source_name": "Dermatology notes",
        "cdm_source_abbreviation": "dermnlp",
        "cdm_holder": "not stated",
        "source_description": "Facts found in dermatology notes by dermnlp; see METADATA.",
        "source_release_date": last,
        "cdm_release_date": last,
        "cdm_version": "v5.4",
        "cdm_version_concept_id": vocabulary.CDM_VERSION,
        "vocabulary_version": f"dermnlp {__version__}",
    }


def _metadata(settings: Mapping[str, Any], unborn: int, last: date) -> Iterator[dict[str, Any]]:
    """What decided the tables: version, lexicons, options, input, rules; and how many persons have no year of birth."""
    facts: dict[str, Any] = {"dermnlp.version": __version__, "drug_exposure_end_date.rule": RULE}
    facts |= dict(_flat("settings", settings))
    for name, value in facts.items():
        yield _fact(name, last, value_as_string=str(value))
    yield _fact("person.year_of_birth.unknown", last, value_as_number=float(unborn))


def _fact(name: str, day: date, **value: Any) -> dict[str, Any]:
    concepts = {"metadata_concept_id": NOTHING, "metadata_type_concept_id": vocabulary.NLP}
    return {**concepts, "name": name, "metadata_date": day, **value}


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    """Nested settings as dotted names; what can't change a result is left out."""
    if isinstance(value, Mapping) and value:
        for key, part in sorted(value.items()):
            if key not in NOT_RESULT:
                yield from _flat(f"{name}.{key}", part)
    elif isinstance(value, (list, tuple)) and value and isinstance(value[0], Mapping):
        for place, part in enumerate(value, 1):
            yield from _flat(f"{name}.{place}", part)
    else:
        yield name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _used(database: duckdb.DuckDBPyConnection, work: Path) -> list[int]:
    """The concept ids in any column that refers to CONCEPT, and 0, sorted."""
    selects = ["SELECT 0 AS id"]
    for table in tables().values():
        if table.name == "concept":
            continue
        rows = parquet(work, f"{table.name}.parquet")
        names = [field.name for field in table.fields if field.target == ("concept", "concept_id")]
        selects += (f"SELECT DISTINCT {name} FROM {rows}" for name in names)
    query = f"SELECT DISTINCT id FROM ({' UNION ALL '.join(selects)}) WHERE id IS NOT NULL ORDER BY id"
    return [int(row[0]) for row in database.execute(query).fetchall()]


def _concept(known: Vocabulary, number: int) -> dict[str, Any]:
    dates = {"valid_start_date": FIRST_DAY, "valid_end_date": LAST_DAY}
    return {**asdict(known.concepts[number]), **dates}
