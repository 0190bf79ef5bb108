"""ATHENA's vocabularies as a site downloads them: CONCEPT, CONCEPT_SYNONYM and CONCEPT_RELATIONSHIP, in one pass each.

The files are tab-separated without quoting ('"' is a character like others) and may mix their line ends.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation.cells import SHORT, known_codes
from dermnlp.curation.formats.entries import Entry, Refused, Request, clean, slug, table
from dermnlp.omop import vocabulary
from dermnlp.tables import write_whole
from dermnlp.tokens import split

NAME = "athena"
CONCEPT, SYNONYM, RELATIONSHIP = "CONCEPT.csv", "CONCEPT_SYNONYM.csv", "CONCEPT_RELATIONSHIP.csv"
DATES = "19700101", "20991231", ""
COLUMNS = {
    CONCEPT: (
        "concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "standard_concept", "concept_code",
        "valid_start_date", "valid_end_date", "invalid_reason",
    ),
    SYNONYM: ("concept_id", "concept_synonym_name", "language_concept_id"),
    RELATIONSHIP: ("concept_id_1", "concept_id_2", "relationship_id"),
}  # fmt: skip
DEFAULT, ICD10CM, MAPS_TO = ("Condition",), "ICD10CM", "Maps to"
LANGUAGES = {str(number): language for language, number in vocabulary.LANGUAGES.items()}
WORDS, LENGTH = 8, 80
STEP = 1 << 16
SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class _Concept:
    """A concept that passes the filter, and its line."""

    line: int
    name: str
    type: str
    key: str
    drug: bool
    own: bool = False


def read(source: str, request: Request) -> Iterator[Entry | Refused]:
    """The names and synonyms of the concepts that pass the filter; LexiconError when none does or the files aren't there."""
    folder = _Folder(Path(source), request)
    yield from folder.concepts()
    codes = folder.codes() if folder.icd10cm else {}
    if request.language in ("", "en"):
        for number, concept in folder.chosen.items():
            if not concept.own:
                yield _entry(number, concept, codes, "en", concept.name, concept.line, CONCEPT)
    yield from folder.synonyms(codes)


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """CONCEPT and CONCEPT_SYNONYM of local concepts (ids above 2,000,000,000, as in the OMOP tables) in a folder."""
    vocabularies, rows, synonyms = vocabulary.load([]), dict[int, tuple[object, ...]](), list[tuple[object, ...]]()
    for entry in entries:
        key = entry.concept["concept"]
        number = vocabularies.local.get(key)
        if entry.stage == "entities" and entry.term and number is not None and entry.language in vocabulary.LANGUAGES:
            row = vocabularies.concepts[number]
            rows[number] = (number, row.concept_name, row.domain_id, row.vocabulary_id, row.concept_class_id, "", key, *DATES)
            synonyms.append((number, entry.term["term"], vocabulary.LANGUAGES[entry.language]))
    path.mkdir(parents=True, exist_ok=True)
    for name, found in ((CONCEPT, rows.values()), (SYNONYM, synonyms)):
        write_whole(path / name, "".join("\t".join(map(str, cells)) + "\n" for cells in (COLUMNS[name], *found)))
    return len(synonyms)


class _Folder:
    """A download, read file after file; the bytes read so far are told to `request.progress`."""

    def __init__(self, path: Path, request: Request) -> None:
        self.request, self.chosen, self.icd10cm = request, dict[str, _Concept](), dict[str, str]()
        self.files = {file.name.upper(): file for file in path.iterdir() if file.is_file()} if path.is_dir() else {}
        if CONCEPT.upper() not in self.files:
            raise lexicons.LexiconError(f"'{path}' holds no {CONCEPT}. Give the folder into which the ATHENA download was unpacked.")
        if request.language not in ("", "en") and SYNONYM.upper() not in self.files:
            raise lexicons.LexiconError(f"'{path}' holds no {SYNONYM}, where terms in '{request.language}' would be: names in {CONCEPT} are English.")
        self.total, self.done = sum(self.files[name.upper()].stat().st_size for name in COLUMNS if name.upper() in self.files), 0

    def concepts(self) -> Iterator[Refused]:
        """Choose the concepts, and note the ICD-10-CM codes; lines that can't be read are refused."""
        domains = self._domains()
        classes = table(NAME, "class")
        limited = {type_ for types in classes.values() for type_ in types}
        seen: Counter[str] = Counter()
        for line, row in self._rows(CONCEPT):
            if isinstance(row, str):
                yield Refused(CONCEPT, line, "", row)
                continue
            number, name, domain, vocabulary_id, class_, standard, code, *_, invalid = row
            seen[f"{domain} ({vocabulary_id})"] += 1
            if vocabulary_id == ICD10CM:
                self.icd10cm[number] = code
            own = vocabulary_id == vocabulary.LOCAL_VOCABULARY
            if domain not in domains or invalid or (self.request.standard and standard != "S" and not own):
                continue
            if self.request.vocabularies and vocabulary_id not in self.request.vocabularies:
                continue
            if not own and domains[domain] in limited and domains[domain] not in classes.get(class_, ()):
                continue
            type_, key = (class_, code) if own else (domains[domain], slug(f"{vocabulary_id}.{code}"))
            self.chosen[number] = _Concept(line, name, type_, key, type_ == "DRUG", own)
        if not self.chosen:
            there = ", ".join(name for name, _ in seen.most_common(10)) or "none"
            raise lexicons.LexiconError(f"No concept of '{', '.join(domains)}' passes the filter. Domains (and vocabularies) that there are: {there}.")

    def synonyms(self, codes: dict[str, str]) -> Iterator[Entry | Refused]:
        """The synonyms of the chosen concepts in the languages that are asked for."""
        if SYNONYM.upper() not in self.files:
            return
        for line, row in self._rows(SYNONYM):
            if isinstance(row, str):
                yield Refused(SYNONYM, line, "", row)
            elif row[0] in self.chosen:
                language = LANGUAGES.get(row[2], "")
                if language and self.request.language in ("", language):
                    yield _entry(row[0], self.chosen[row[0]], codes, language, row[1], line, SYNONYM)

    def codes(self) -> dict[str, str]:
        """The ICD-10-CM code of each chosen concept that has one: of several, the one that all others lie under."""
        if RELATIONSHIP.upper() not in self.files:
            return {}
        targets: dict[str, set[str]] = {}
        for _, row in self._rows(RELATIONSHIP):
            if not isinstance(row, str) and row[2] == MAPS_TO and row[0] in self.icd10cm:
                targets.setdefault(row[0], set()).add(row[1])
        codes: dict[str, list[str]] = {}
        for source, found in targets.items():
            if len(found) == 1 and self.icd10cm[source] in known_codes("icd10cm"):
                codes.setdefault(min(found), []).append(self.icd10cm[source])
        shortest = {number: min(found, key=len) for number, found in codes.items()}
        return {number: code for number, code in shortest.items() if all(other.startswith(code) for other in codes[number])}

    def _domains(self) -> dict[str, str]:
        """Our type for each domain that is asked for."""
        known = {theirs: ours[0] for theirs, ours in table(NAME, "domain").items()} | dict(self.request.types)
        asked = self.request.domains or DEFAULT
        unknown = next((name for name in asked if name not in known), None)
        if unknown:
            named = lexicons.hint(unknown, known)
            raise lexicons.LexiconError(f"The domain '{unknown}' has no type of ours. Known are: {', '.join(known)}; name others by --map '{unknown}=FINDING'.{named}")
        return {name: known[name] for name in asked}

    def _rows(self, name: str) -> Iterator[tuple[int, list[str] | str]]:
        """Each line's number and the cells that are needed, or why it can't be read."""
        with self.files[name.upper()].open("rb") as stream:
            first = next(stream, b"")
            header = first.decode("utf-8-sig", "replace").strip().lower().split("\t")
            missing = [column for column in COLUMNS[name] if column not in header and column not in COLUMNS[CONCEPT][7:9]]
            if missing:
                raise lexicons.LexiconError(f"'{self.files[name.upper()]}' has no column {missing[0]}. There are: {', '.join(header)}. ATHENA's files have tabs between columns.")
            places = [header.index(column) for column in COLUMNS[name] if column in header]
            self.done += len(first)
            for line, data in enumerate(stream, 2):
                self.done += len(data)
                if not line % STEP:
                    self.request.progress(self.done, self.total)
                cells = data.decode("utf-8", "replace").rstrip("\r\n").split("\t")
                if len(cells) == len(header):
                    yield line, [cells[place] for place in places]
                elif cells != [""]:
                    yield line, f"has {len(cells)} fields where the header has {len(header)}"
        if self.done > STEP:
            self.request.progress(self.done, self.total)


@lru_cache(maxsize=1)
def _tags() -> re.Pattern[str]:
    """SNOMED's semantic tags at the end of a name."""
    tags = "|".join(re.escape(tag) for tag in table(NAME, "tag"))
    return re.compile(rf"\s*\((?:{tags})\)$", re.IGNORECASE)


def _entry(number: str, concept: _Concept, codes: dict[str, str], language: str, name: str, line: int, file: str) -> Entry | Refused:
    """A name as a term, or why it is none."""
    term = clean(_tags().sub("", name.strip()))
    english = clean(_tags().sub("", concept.name.strip()))
    reason = _reason(term)
    if reason:
        return Refused(file, line, term, reason)
    local = int(number) >= vocabulary.FIRST_LOCAL
    cells = {"concept": concept.key, "type": concept.type, "name": english, "omop": "" if local else number}
    if concept.type == "DIAGNOSIS":
        cells["icd10cm"] = codes.get(number, "")
    if concept.drug:
        cells["inn"] = english.lower()
    return Entry(line, "entities", "", language, cells, {"term": term}, file, alias=not local)


def _reason(term: str) -> str:
    """Why a name is no term that stands in notes ('' if it is one)."""
    words = split(term)
    if len(term) > LENGTH or len(SPACE.split(term)) > WORDS:
        return f"is longer than {WORDS} words or {LENGTH} characters, and would never stand in a note"
    if len(words) == 1 and len(term) <= SHORT and not (term.isupper() and term.isalpha()):
        return f"is one word of at most {SHORT} letters, and would match too much"
    return ""

