"""The definition of the OMOP CDM v5.4 tables, read from OHDSI's field table that is shipped with the lexicons."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from dermnlp import data

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS = ("omop", "cdm_v5_4", "fields.csv")
EXPORTED = (
    "person",
    "observation_period",
    "visit_occurrence",
    "note",
    "note_nlp",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "measurement",
    "observation",
    "fact_relationship",
    "metadata",
    "cdm_source",
    "concept",
)
_SQL = {"integer": "INTEGER", "date": "DATE", "datetime": "TIMESTAMP", "float": "DOUBLE", "varchar": "VARCHAR"}
_VARCHAR = re.compile(r"varchar\((\d+|max)\)")


@dataclass(frozen=True, slots=True)
class Field:
    """One column: its kind (integer, date, datetime, float, varchar) and, for a varchar, its greatest length if any."""

    name: str
    kind: str
    length: int | None
    required: bool
    primary: bool
    target: tuple[str, str] | None

    @property
    def sql(self) -> str:
        """The column's type in DuckDB; a float is a DOUBLE so that 12.4 stays 12.4."""
        return f"VARCHAR({self.length})" if self.length else _SQL[self.kind]


@dataclass(frozen=True, slots=True)
class Table:
    """One table with its columns in the order of the definition."""

    name: str
    fields: tuple[Field, ...]

    @property
    def ddl(self) -> str:
        """The CREATE TABLE statement with NOT NULL and PRIMARY KEY."""
        columns = (
            f'"{field.name}" {field.sql}{" NOT NULL" * field.required}{" PRIMARY KEY" * field.primary}'
            for field in self.fields
        )
        return f'CREATE TABLE "{self.name}" ({", ".join(columns)})'

    @property
    def arrow(self) -> pa.Schema:
        """The table as an Arrow schema."""
        import pyarrow as pa

        kinds = {
            "integer": pa.int32(),
            "date": pa.date32(),
            "datetime": pa.timestamp("us"),
            "float": pa.float64(),
            "varchar": pa.string(),
        }
        return pa.schema([pa.field(field.name, kinds[field.kind], not field.required) for field in self.fields])


@cache
def tables() -> dict[str, Table]:
    """The exported tables by name; ValueError when the definition lacks one or has a type that is not known."""
    path = data.room("lexicons").joinpath(*FIELDS)
    found: dict[str, list[Field]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found.setdefault(row["cdmTableName"].lower(), []).append(_field(row))
    if missing := [name for name in EXPORTED if name not in found]:
        raise ValueError(f"No table {', '.join(missing)} in '{path.name}'. There are: {', '.join(sorted(found))}.")
    return {name: Table(name, tuple(found[name])) for name in EXPORTED}


def _field(row: dict[str, str]) -> Field:
    """One row of the definition; the name of NOTE_NLP's "offset" comes quoted."""
    given = row["cdmDatatype"].lower()
    varchar = _VARCHAR.fullmatch(given)
    kind = "varchar" if varchar else given
    if kind not in _SQL:
        where = f"{row['cdmTableName']}.{row['cdmFieldName']}"
        raise ValueError(f"No type '{given}' for {where}. There are: {', '.join(_SQL)}.")
    length = int(varchar[1]) if varchar and varchar[1] != "max" else None
    foreign = row["isForeignKey"] == "Yes"
    return Field(
        name=row["cdmFieldName"].strip('"').lower(),
        kind=kind,
        length=length,
        required=row["isRequired"] == "Yes",
        primary=row["isPrimaryKey"] == "Yes",
        target=(row["fkTableName"].lower(), row["fkFieldName"].lower()) if foreign else None,
    )
