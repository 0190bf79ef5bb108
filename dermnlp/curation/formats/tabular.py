"""Tables with a term a row (CSV, TSV, Parquet, JSON lines): columns named as ours are taken, others by a mapping."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation import folders
from dermnlp.curation.cells import dotted
from dermnlp.curation.formats.entries import CELLS, Entry, Refused, Request, cells_of, slug
from dermnlp.lexicons import Row
from dermnlp.tables import Rejected, open_sources, rows
from dermnlp.tokens import fold

PLACE = ("stage", "topic", "language")
TERM = ("term", "match", "sense", "replacement", "shortest", "weight")
FIELDS = tuple(dict.fromkeys((*PLACE, *TERM, "concept", *(name for names in CELLS.values() for name in names))))


def read(source: str, request: Request) -> Iterator[Entry | Refused]:
    """The rows of a table; LexiconError for a field that there isn't, InputError for a column."""
    unknown = next((name for name in request.columns if name not in FIELDS), None)
    if unknown:
        raise lexicons.LexiconError(f"No field '{unknown}'. There are: {', '.join(FIELDS)}.{lexicons.hint(unknown, FIELDS)}")
    wanted = {"term": "term", **request.columns}
    names, languages = {name: name for name in FIELDS if name not in wanted}, _languages()
    for table in open_sources(Path(source), wanted, names):
        if "language" not in table.columns:
            request.spoken()
        for row in rows(table):
            if isinstance(row, Rejected):
                yield Refused(row.file, row.row, "", row.reason)
            else:
                cells = {field: str(value).strip() for field, value in row.cells.items() if value is not None}
                yield _entry(cells, row.line or row.row, table.path.name, request, languages)


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """A row for each term, with all the cells of its concept."""
    found = [entry for entry in entries if entry.term]
    used = {name for entry in found for cells in (entry.concept, entry.term) for name, value in cells.items() if value}
    columns = [name for name in FIELDS if name in used or name in PLACE]
    folders.save(path, columns, ({**entry.concept, **entry.term, **{name: getattr(entry, name) for name in PLACE}} for entry in found))
    return len(found)


def _entry(cells: Row, line: int, file: str, request: Request, languages: dict[str, str]) -> Entry:
    """The entry of a row; what the row leaves open is as the user says, a missing key is made of code or term."""
    stage = cells.get("stage") or request.stage
    language = cells.get("language") or request.language
    concept = cells_of(stage, cells)
    if stage == "entities":
        concept["type"] = request.types.get(concept.get("type", ""), concept.get("type", "")) or request.type
        if concept.get("icd10cm"):
            concept["icd10cm"] = dotted(concept["icd10cm"])
    concept["concept"] = request.concept or concept.get("concept") or slug(concept.get("name") or cells.get("term", ""))
    term = {name: cells.get(name, "") for name in TERM if name == "term" or cells.get(name)}
    return Entry(line, stage, cells.get("topic") or request.topic, languages.get(fold(language), language), concept, term, file)


def _languages() -> dict[str, str]:
    """How the languages may be written, with ours for each."""
    rows = (row for language in lexicons.LANGUAGES for row in lexicons.terms("language", "names", language))
    return {fold(row["term"]): row["concept"] for row in rows}
