"""What can be wrong with the lexicons, told with file, line, column and what would be right."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation.cells import CLOSED, check_concept, check_term
from dermnlp.curation.faults import Fault, File, read
from dermnlp.curation.lookalikes import Lookalikes
from dermnlp.curation.shadows import Shadows
from dermnlp.lexicons import LANGUAGES, Row

ENTITIES = "entities"
LOOKALIKES = ("tokens", "lookalikes")
WITHOUT_CONCEPTS = ("exchange", "omop", "terminology")
WITHOUT_TERMS = (("relations", "drug_groups"), ("relations", "reaction_groups"), ("relations", "known_effects"))  # their keys are other topics'


@dataclass(frozen=True, slots=True)
class _Scope:
    """What is known beyond a topic: sense rules, the topic of each key of entities, who holds which form, names; and whose rows are sound."""

    senses: set[str]
    homes: dict[str, str]
    shadows: dict[str, Shadows]
    lookalikes: Lookalikes
    sound: Path | None


def check(over: Iterable[str | Path] = (), *, ours: bool = True) -> Iterator[Fault]:
    """Every fault of the lexicons, ours with `over` laid on top, all of them in one go; without `ours` what the rows over ours bring."""
    with lexicons.use(over), lexicons.settled():
        yield from _check_stages()
        senses = {name for topic in lexicons.topics("senses") for name in lexicons.concepts("senses", topic)}
        shadows = {language: Shadows(language) for language in LANGUAGES if ours or _touched(ENTITIES, f"*/{language}.csv")}
        scope = _Scope(senses, {}, shadows, Lookalikes(complete=ours), None if ours else lexicons.roots()[0])
        for stage, topic in topics():
            if ours or _touched(stage, "*" if stage == ENTITIES else topic):  # topics of entities share keys and forms
                files: dict[str, list[File]] = {}
                for path, root in _paths(stage, topic):
                    try:
                        files.setdefault(path.stem, []).append(read(path, root))
                    except (UnicodeDecodeError, csv.Error) as error:
                        message = "isn't UTF-8. Save it as CSV, UTF-8." if isinstance(error, UnicodeDecodeError) else str(error)
                        yield Fault(path.relative_to(root).as_posix(), 1, message, root=root)
                yield from _check_topic(stage, topic, files, scope)


def own_faults(over: Iterable[str | Path]) -> list[Fault]:
    """The faults of a user's own directories, those of ours left out, and what is no more than a hint."""
    ours = lexicons.roots()[0]
    return [fault for fault in check(over, ours=False) if fault.root != ours and not fault.hint]


def topics() -> Iterator[tuple[str, str]]:
    """Every (stage, topic) that holds concepts."""
    for stage in sorted(set(_stages()) - set(WITHOUT_CONCEPTS)):
        folders = {path.name for root in lexicons.roots() for path in (root / stage).glob("*") if path.is_dir()}
        for topic in sorted(folders):
            yield stage, topic


def _touched(stage: str, pattern: str) -> bool:
    """Whether a directory over ours has a folder or file of this pattern in a stage."""
    return any(any((root / stage).glob(pattern)) for root in lexicons.roots()[1:])


def _check_stages() -> Iterator[Fault]:
    """Folders of a user's directory that are no stage."""
    stages = _stages()
    for root in lexicons.roots()[1:]:
        for path in sorted(root.iterdir()):
            if path.is_dir() and path.name not in stages and not path.name.startswith("."):
                known = f"There are: {', '.join(stages)}.{lexicons.hint(path.name, stages)}"
                yield Fault(path.name, 0, f"is no stage. {known}", root=root)


def _stages() -> list[str]:
    """The stages that there are: our folders, and those with a closed vocabulary."""
    return sorted({*lexicons.stages(), *(where.partition("/")[0] for where, _ in CLOSED)})


def _paths(stage: str, topic: str) -> Iterator[tuple[Path, Path]]:
    """The row files of a topic with the directory each belongs to, ours first."""
    for root in lexicons.roots():
        for path in sorted((root / stage / topic).glob("*.csv")):
            yield path, root


def _check_topic(stage: str, topic: str, files: dict[str, list[File]], scope: _Scope) -> Iterator[Fault]:
    """The faults of one topic over all directories."""
    concepts: dict[str, Row] = {}
    for file in files.get("concepts", []):
        doubtful = file.root != scope.sound
        yield from _check_form(file) if doubtful else ()
        for line, row in file.rows:
            yield from _check_key(stage, topic, file, line, row, concepts, scope.homes)
            yield from check_concept(stage, topic, file, line, row) if doubtful else ()
    terms = {language: found for language, found in files.items() if language != "concepts"}
    for language, found in terms.items():
        for file in found:
            if file.root != scope.sound:
                yield from _check_terms(stage, topic, language, file, concepts, scope)
            if stage == ENTITIES and language in scope.shadows:
                yield from scope.shadows[language].check(topic, file, concepts)
                scope.lookalikes.add(language, file, concepts)
    yield from _check_languages(stage, topic, terms)


def _check_terms(stage: str, topic: str, language: str, file: File, concepts: dict[str, Row], scope: _Scope) -> Iterator[Fault]:
    """The faults of a file of terms in itself."""
    yield from _check_form(file)
    for line, row in file.rows:
        yield from check_term(stage, file, line, row, concepts, scope.senses)
    if (stage, topic) == LOOKALIKES:
        yield from scope.lookalikes.check(language, file)
    elif stage != ENTITIES or language not in scope.shadows:
        yield from _check_repeats(file)
    if not file.rows and language in LANGUAGES:
        yield file.fault(1, "", "has no rows. A topic has terms in every supported language.")


def _check_languages(stage: str, topic: str, terms: dict[str, list[File]]) -> Iterator[Fault]:
    """A missing language, or two languages with the same file; no more than hints where the topic is a user's own."""
    if (stage, topic) in WITHOUT_TERMS:
        return
    ours = lexicons.roots()[0]
    root = ours if (ours / stage / topic).is_dir() else lexicons.roots()[-1]
    for language in LANGUAGES:
        if language not in terms:
            message = f"has no {language}.csv. A topic has terms in every supported language."
            yield Fault(f"{stage}/{topic}", 0, message, root=root, hint=root != ours)
    content = {language: [[row for _, row in file.rows] for file in found] for language, found in terms.items()}
    if len(content) > 1 and content.get("es") and content.get("es") == content.get("en") and content["es"] != [[]]:
        message = "is the same file as en.csv. Write the terms of each language."
        yield Fault(f"{stage}/{topic}/es.csv", 0, message, root=root, hint=root != ours)


def _check_form(file: File) -> Iterator[Fault]:
    """White space around a value or doubled in it, and rows with too many fields."""
    for line, row in file.rows:
        if row.get(""):
            yield file.fault(line, "", "has more fields than the header. Quote a value that holds a comma.")
        for column, value in row.items():
            if not column:
                continue
            if value != value.strip():
                yield file.fault(line, column, f"has white space around the {column}. Remove it.")
            elif value != " ".join(value.split()):
                yield file.fault(line, column, f"has more than one blank in the {column}. Leave one.")


def _check_key(
    stage: str, topic: str, file: File, line: int, row: Row, concepts: dict[str, Row], seen: dict[str, str]
) -> Iterator[Fault]:
    """A key that is missing, repeated in a file, or another topic's."""
    key = row.get("concept", "")
    if not key:
        yield file.fault(line, "concept", "has no concept. Give the row a key.")
    if key in concepts and file.holds_before(line, key):
        yield file.fault(line, "concept", f"repeats the concept '{key}'. Keep one row.")
    where = f"{stage}/{topic}"
    if stage == ENTITIES and seen.setdefault(key, where) != where:
        yield file.fault(line, "concept", f"repeats the concept '{key}' of {seen[key]}. A key has one meaning over all topics.")
    concepts[key] = row


def _check_repeats(file: File) -> Iterator[Fault]:
    """Rows that stand twice."""
    known: dict[tuple[tuple[str, str], ...], int] = {}
    for line, row in file.rows:
        first = known.setdefault(tuple(sorted(row.items())), line)
        if first != line:
            yield file.fault(line, "term", f"repeats line {first}. Keep one row.")
