"""A directory with the layout of our lexicons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation import folders
from dermnlp.curation.checks import WITHOUT_CONCEPTS
from dermnlp.curation.formats.entries import Entry, Refused, Request
from dermnlp.lexicons import Row


def read(source: str, request: Request) -> Iterator[Entry | Refused]:
    """Every row, concepts before terms; LexiconError when the directory is none of lexicons, or a file of it can't be read."""
    root = Path(source)
    with lexicons.use([root]):
        stages = [stage for stage in lexicons.stages() if stage not in WITHOUT_CONCEPTS]
    for stage in stages:
        for folder in sorted(path for path in (root / stage).glob("*") if path.is_dir()):
            yield from _topic(root, stage, folder, request.language)


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """The rows into a directory; those that it has stay."""
    topics: dict[tuple[str, str], folders.Topic] = {}
    keys: set[tuple[str, str, str]] = set()
    for entry in entries:
        topic = topics.setdefault((entry.stage, entry.topic), folders.Topic(entry.stage, entry.topic))
        key = entry.concept.get("concept", "")
        if (entry.stage, entry.topic, key) not in keys and key != lexicons.SWITCHED_OFF:
            keys.add((entry.stage, entry.topic, key))
            topic.concepts.append(entry.concept)
        if entry.term:
            topic.terms.setdefault(entry.language, []).append({**entry.term, "concept": key})
    return folders.write(path, topics.values()).terms


def _topic(root: Path, stage: str, folder: Path, language: str) -> Iterator[Entry]:
    """The rows of one folder."""
    concepts: dict[str, Row] = {}
    for path in sorted(folder.glob("*.csv"), key=lambda path: (path.stem != "concepts", path.stem)):
        name = path.relative_to(root).as_posix()
        for line, row in lexicons.numbered(path):
            if path.stem == "concepts":
                concepts[row["concept"]] = row
                yield Entry(line, stage, folder.name, "", row, {}, name, kept=True)
            elif language in ("", path.stem):
                key = row.pop("concept")
                yield Entry(line, stage, folder.name, path.stem, concepts.get(key, {"concept": key}), row, name, kept=True)
