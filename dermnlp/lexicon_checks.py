"""What can be wrong with the lexicons, told with file, line and what would be right."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dermnlp import lexicons
from dermnlp.lexicons import LANGUAGES
from dermnlp.mentions import ATTRIBUTES, TYPES
from dermnlp.tokens import fold, split

MATCHES = ("", "word", "exact")
WITHOUT_CONCEPTS = ("omop",)
COLUMNS = {"entities": ("term", "concept", "match", "sense")}
CLOSED = {
    ("entities", "type"): (*TYPES, "MODIFIER"),
    ("entities", "role"): ("", "head", "bare", "sited", "bare_sited", "part", "region", "symptom"),
    ("context", "direction"): ("before", "after", "pseudo", "stop"),
    ("senses", "mode"): ("needs", "forbids"),
    ("senses", "window"): ("note", "sentence", "before", "after"),
    ("relations", "direction"): ("cause", "effect"),
}
SHORT = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault: the file, the line (1 is the header), and what is wrong and would be right."""

    file: str
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """A topic with its number of concepts and its numbers of terms by language."""

    stage: str
    topic: str
    concepts: int
    terms: dict[str, int]


@dataclass(frozen=True, slots=True)
class _File:
    """One row file as read: its rows with their line numbers."""

    path: Path
    root: Path
    rows: list[tuple[int, dict[str, str]]]

    @property
    def name(self) -> str:
        return self.path.relative_to(self.root).as_posix()


def inventory(over: Iterable[str | Path] = ()) -> list[Inventory]:
    """Every topic of every stage, ours with `over` laid on top."""
    found = []
    with lexicons.use(over):
        for stage, topic in _topics():
            counts = {language: len(lexicons.terms(stage, topic, language)) for language in lexicons.languages(stage, topic)}
            found.append(Inventory(stage, topic, len(lexicons.concepts(stage, topic)), counts))
    return found


def check(over: Iterable[str | Path] = ()) -> Iterator[Fault]:
    """Every fault of the lexicons, ours with `over` laid on top, all of them in one go."""
    with lexicons.use(over):
        yield from _check_stages()
        seen: dict[str, str] = {}
        senses = {name for topic in lexicons.topics("senses") for name in lexicons.concepts("senses", topic)}
        for stage, topic in _topics():
            files: dict[str, list[_File]] = {}
            for root in lexicons.roots():
                for path in sorted((root / stage / topic).glob("*.csv")):
                    try:
                        files.setdefault(path.stem, []).append(_read(path, root))
                    except UnicodeDecodeError:
                        yield Fault(path.relative_to(root).as_posix(), 1, "isn't UTF-8. Save it as CSV, UTF-8.")
                    except csv.Error as error:
                        yield Fault(path.relative_to(root).as_posix(), 1, str(error))
            yield from _check_topic(stage, topic, files, senses, seen)


def _check_stages() -> Iterator[Fault]:
    """Folders of a user's directory that are no stage."""
    stages = _stages()
    for root in lexicons.roots()[1:]:
        for path in sorted(root.iterdir()):
            if path.is_dir() and path.name not in stages and not path.name.startswith("."):
                yield Fault(path.name, 0, f"is no stage. There are: {', '.join(stages)}.")


def _stages() -> list[str]:
    """The stages that there are: our folders, and those with a closed vocabulary."""
    ours = {path.name for path in lexicons.roots()[0].iterdir() if path.is_dir()}
    return sorted(ours | {stage for stage, _ in CLOSED})


def _topics() -> Iterator[tuple[str, str]]:
    """Every (stage, topic) that holds concepts."""
    for stage in sorted(set(_stages()) - set(WITHOUT_CONCEPTS)):
        folders = {path.name for root in lexicons.roots() for path in (root / stage).glob("*") if path.is_dir()}
        for topic in sorted(folders):
            yield stage, topic


def _read(path: Path, root: Path) -> _File:
    """The rows of a file; missing fields are empty, surplus ones kept under the key ''."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.DictReader(lines, restkey="", restval="", strict=True)
        fault = lexicons.header_fault(path.stem, reader.fieldnames or [])
        if fault:
            raise csv.Error(fault)
        rows = [(reader.line_num, {key: "; ".join(v) if isinstance(v, list) else v for key, v in row.items()}) for row in reader]
    return _File(path, root, rows)


def _check_topic(stage: str, topic: str, files: dict[str, list[_File]], senses: set[str], seen: dict[str, str]) -> Iterator[Fault]:
    """The faults of one topic over all directories."""
    keys: set[str] = set()
    for file in files.get("concepts", []):
        yield from _check_form(file)
        yield from _check_concepts(stage, f"{stage}/{topic}", file, keys, seen)
    terms = {language: found for language, found in files.items() if language != "concepts"}
    for language, found in terms.items():
        known: dict[tuple[str, ...], int] = {}
        for file in found:
            yield from _check_form(file)
            yield from _check_terms(stage, file, keys, senses, known)
            if not file.rows and language in LANGUAGES:
                yield Fault(file.name, 1, "has no rows. A topic has terms in every supported language.")
    yield from _check_languages(stage, topic, terms)


def _check_languages(stage: str, topic: str, terms: dict[str, list[_File]]) -> Iterator[Fault]:
    """A missing language, or two languages with the same file."""
    for language in LANGUAGES:
        if language not in terms:
            yield Fault(f"{stage}/{topic}", 0, f"has no {language}.csv. A topic has terms in every supported language.")
    content = {language: [[row for _, row in file.rows] for file in found] for language, found in terms.items()}
    if len(content) > 1 and content.get("es") and content.get("es") == content.get("en") and content["es"] != [[]]:
        yield Fault(f"{stage}/{topic}/es.csv", 0, "is the same file as en.csv. Write the terms of each language.")


def _check_form(file: _File) -> Iterator[Fault]:
    """White space around a value, and rows with too many fields."""
    for line, row in file.rows:
        if row.get(""):
            yield Fault(file.name, line, "has more fields than the header. Quote a value that holds a comma.")
        for column, value in row.items():
            if column and value != value.strip():
                yield Fault(file.name, line, f"has white space around the {column}. Remove it.")


def _check_concepts(stage: str, topic: str, file: _File, keys: set[str], seen: dict[str, str]) -> Iterator[Fault]:
    """Duplicate keys, and values outside the closed vocabularies."""
    for line, row in file.rows:
        key = row.get("concept", "")
        if not key:
            yield Fault(file.name, line, "has no concept. Give the row a key.")
        if key in keys and file.root == lexicons.roots()[0]:
            yield Fault(file.name, line, f"repeats the concept '{key}'. Keep one row.")
        if stage == "entities" and seen.setdefault(key, topic) != topic:
            yield Fault(file.name, line, f"repeats the concept '{key}' of {seen[key]}. A key has one meaning over all topics.")
        keys.add(key)
        for (where, column), allowed in CLOSED.items():
            if where == stage and row.get(column, "") not in allowed:
                yield Fault(file.name, line, f"has the {column} '{row.get(column, '')}'. There are: {', '.join(a or '(empty)' for a in allowed)}.")
        for part in (part for part in row.get("attributes", "").split(";") if part):
            if part not in ATTRIBUTES:
                yield Fault(file.name, line, f"has the attribute '{part}'. There are: {', '.join(ATTRIBUTES)}.")
        if stage == "entities" and row.get("type") == "DRUG" and not row.get("inn"):
            yield Fault(file.name, line, f"has no inn. Give the INN of '{key}', or class: and the name of its class.")


def _check_terms(stage: str, file: _File, keys: set[str], senses: set[str], known: dict[tuple[str, ...], int]) -> Iterator[Fault]:
    """Unknown concepts and senses, duplicates, ambiguous abbreviations, terms that can't match."""
    for line, row in file.rows:
        term, concept, match = row.get("term", ""), row.get("concept", ""), row.get("match", "")
        if not split(term):
            yield Fault(file.name, line, "has no term. Remove the row.")
            continue
        if concept != lexicons.SWITCHED_OFF and concept not in keys:
            yield Fault(file.name, line, f"has the unknown concept '{concept}'. Add it to concepts.csv or use one that is there.")
        if match not in MATCHES:
            yield Fault(file.name, line, f"has the match '{match}'. There are: (empty), word, exact.")
        named = [name for name in row.get("sense", "").split(";") if name]
        for name in named:
            if name not in senses:
                yield Fault(file.name, line, f"has the unknown sense '{name}'. Add it to senses/<topic>/concepts.csv.")
        if stage == "entities":
            yield from _check_ambiguity(file, line, term, concept, match, named, known)


def _check_ambiguity(file: _File, line: int, term: str, concept: str, match: str, senses: list[str], known: dict[tuple[str, ...], int]) -> Iterator[Fault]:
    """Terms twice in a file, and short forms in any case without a sense rule."""
    form = term if match == "exact" else fold(term)
    key = (form, concept, ";".join(senses))
    new = key not in known
    if not new:
        yield Fault(file.name, line, f"repeats line {known[key]}. Keep one row.")
    known.setdefault(key, line)
    bare = (form, "", "without a sense")
    if not senses and known.setdefault(bare, line) != line and new:
        yield Fault(file.name, line, f"gives the term of line {known[bare]} another concept. Give one of them a sense rule.")
    if not senses and match != "exact" and term.isalpha() and term.isupper() and len(term) <= SHORT:
        yield Fault(file.name, line, f"is a short form in capitals without exact match or sense. Write match=exact, and a sense rule if '{term}' means other things.")
