"""The export: the finished chunks of a run as OMOP CDM v5.4 tables, in DuckDB, Parquet and CSV."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dermnlp.mentions import Mention
from dermnlp.omop import files, numbering, provenance, rows, streams, vocabulary
from dermnlp.omop.database import connect
from dermnlp.omop.schema import tables
from dermnlp.omop.vocabulary import Vocabulary
from dermnlp.omop.writing import TableWriter
from dermnlp.records import adverse_events, phenotypes
from dermnlp.records.record import Header

FORMATS = ("duckdb", "parquet", "csv")
WRITTEN = (
    "note_nlp",
    "condition_occurrence",
    "drug_exposure",
    "procedure_occurrence",
    "measurement",
    "observation",
    "fact_relationship",
)
_DOMAIN = {
    "condition_occurrence": "domain.condition",
    "observation": "domain.observation",
    "drug_exposure": "domain.drug",
}
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class ExportResult:
    """What an export wrote: counts of notes, persons, mentions by type and rows by table, and its files."""

    notes: int
    persons: int
    mentions: dict[str, int]
    tables: dict[str, int]
    files: tuple[Path, ...]


def export(folder: Path, formats: tuple[str, ...], settings: Mapping[str, Any]) -> ExportResult:
    """Write the tables of the chunks in a run's folder; the files of an earlier export are replaced.

    Tables depend on the notes and mentions only, not on their chunks. Raises ValueError for an unknown format and
    ExportError for notes that can't be numbered; nothing is replaced then.
    """
    if wrong := [name for name in formats if name not in FORMATS]:
        raise ValueError(f"No format '{wrong[0]}'. There are: {', '.join(FORMATS)}.")
    with _work(Path(folder)) as work:
        counts, mentions = _tables(Path(folder), work, settings)
        written = files.place(Path(folder), work, formats)
    ordered = {name: counts[name] for name in tables()}
    return ExportResult(counts["note"], counts["person"], mentions, ordered, written)


def _tables(folder: Path, work: Path, settings: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, int]]:
    """All tables as Parquet files in `work`; gives the numbers of their rows, and of mentions by type."""
    with connect(work / "work.duckdb") as database:
        numbering.number(database, folder)
        numbering.sort(database, folder, work)
        counts = numbering.write(database, work)
        known = vocabulary.load(numbering.keys(database))
        counts |= _clinical(work, known)
        counts |= provenance.write(database, work, known, settings)
        return counts, numbering.counted(database)


@contextmanager
def _work(folder: Path) -> Iterator[Path]:
    """A folder for what isn't finished, inside the run's folder; one that a killed export left is removed."""
    for left in folder.glob(".export-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _clinical(work: Path, known: Vocabulary) -> dict[str, int]:
    """The tables that come from mentions, note by note."""
    with ExitStack() as stack:
        writers = {name: stack.enter_context(TableWriter(tables()[name], work)) for name in WRITTEN}
        for header, text, mentions in streams.notes(work):
            _note(header, text, mentions, known, writers)
    return {name: writer.rows for name, writer in writers.items()}


def _note(
    header: Header, text: str, mentions: Sequence[Mention], known: Vocabulary, writers: Mapping[str, TableWriter]
) -> None:
    """The rows of one note."""
    by_index = {mention.index: mention for mention in mentions}
    places: dict[int, Place] = {}
    end_rules: dict[int, str] = {}
    for record, stated in phenotypes.of_note(header, mentions):
        table, cells = rows.clinical(record, by_index[record.mention], known)
        number = writers[table].add(cells)
        places.update(dict.fromkeys(stated, (table, number)))
        end_rules[record.mention] = record.rule
    for mention in mentions:
        writers["note_nlp"].add(rows.note_nlp(header, text, mention, end_rules.get(mention.index, ""), known))
    writers["fact_relationship"].add_all(_facts(header, mentions, places, known))


def _facts(
    header: Header, mentions: Sequence[Mention], places: Mapping[int, Place], known: Vocabulary
) -> Iterator[dict[str, Any]]:
    """Each adverse event whose reaction and drug both have a row, in both directions, once."""
    events = adverse_events.of_note(header, mentions)
    pairs = ((places.get(event.reaction), places.get(event.drug)) for event in events)
    for reaction, drug in dict.fromkeys(pairs):
        if reaction and drug:
            yield _fact(reaction, drug, "relation.adverse_event_of", known)
            yield _fact(drug, reaction, "relation.has_adverse_event", known)


def _fact(one: Place, other: Place, relationship: str, known: Vocabulary) -> dict[str, Any]:
    return {
        "domain_concept_id_1": known.local[_DOMAIN[one[0]]],
        "fact_id_1": one[1],
        "domain_concept_id_2": known.local[_DOMAIN[other[0]]],
        "fact_id_2": other[1],
        "relationship_concept_id": known.local[relationship],
    }
