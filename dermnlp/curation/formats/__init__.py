"""Other people's vocabularies, read into rows of ours and written from them; a format is a module with `read` and `write`."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from dermnlp import lexicons
from dermnlp.curation import folders
from dermnlp.curation.checks import topics
from dermnlp.curation.formats.draft import Draft
from dermnlp.curation.formats.entries import Entry, Refused, Request, slug
from dermnlp.curation.formats.gate import settle
from dermnlp.curation.formats.ground import Ground

FORMATS = {
    "csv": "tabular",
    "list": "plain",
    "medspacy": "medspacy",
    "negspacy": "negspacy",
    "athena": "athena",
    "dermnlp": "own",
}
"""The module of each format."""
ENDINGS = {".csv": "csv", ".tsv": "csv", ".parquet": "csv", ".jsonl": "csv", ".txt": "list"}


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import adds; what it leaves out with the reasons; how much was known or stood twice.

    `yielding` gives way to rows of ours, `second` are cues that ours have in another category.
    """

    format: str
    topics: list[folders.Topic]
    refused: list[Refused]
    known: int
    repeated: int
    yielding: list[Refused]
    second: list[Refused]

    @property
    def concepts(self) -> int:
        """How many concepts are new."""
        return sum(len(topic.concepts) for topic in self.topics)

    @property
    def terms(self) -> int:
        """How many terms are new."""
        return sum(len(rows) for topic in self.topics for rows in topic.terms.values())


def load(source: str, directory: Path, request: Request, format: str = "") -> Imported:
    """What `source` would add to a directory of lexicons (which needn't exist yet): nothing is written.

    LexiconError when the source can't be read in its format, FileNotFoundError when there is none.
    """
    _there(source)
    format = format or guess(source)
    reader = _module(format)
    request = replace(request, topic=request.topic or slug(Path(source).stem) or format)
    over = [directory] if directory.is_file() or (directory.is_dir() and any(directory.iterdir())) else []
    with lexicons.use(over):
        draft = Draft(Ground(over))
        for found in reader.read(source, request):
            if isinstance(found, Refused):
                draft.refused.append(found)
            else:
                draft.add(found if found.topic else replace(found, topic=request.topic))
    yielding = settle(draft)
    refused = sorted(draft.refused, key=lambda one: (one.file, one.place))
    return Imported(format, list(draft.topics()), refused, draft.known, draft.repeated, yielding, draft.second)


def export(path: Path, format: str, request: Request, over: Iterable[str | Path] = (), topics: Iterable[str] = (), stages: Iterable[str] = ()) -> int:
    """Write ours, with `over` on top, to a file (or folder) of a format; how many terms."""
    writer = _module(format)
    with lexicons.use(over):
        return writer.write(path, entries(request, set(topics), set(stages)), request)


def entries(request: Request, topics_: set[str], stages: set[str]) -> Iterator[Entry]:
    """The terms of the lexicons as they stand now, of these topics and stages (all where none is named)."""
    there = list(topics())
    _known("topic", topics_, [topic for _, topic in there])
    _known("stage", stages, [stage for stage, _ in there])
    for stage, topic in there:
        if (not topics_ or topic in topics_) and (not stages or stage in stages):
            concepts = lexicons.concepts(stage, topic)
            for language in lexicons.languages(stage, topic):
                if request.language in ("", language):
                    for line, row in enumerate(lexicons.terms(stage, topic, language), 2):
                        key = row.pop("concept")
                        if key in concepts and request.concept in ("", key):
                            yield Entry(line, stage, topic, language, concepts[key], row)


def guess(source: str) -> str:
    """The format of a source by its name and content; LexiconError when it can't be told."""
    path, prefix = Path(source), source.partition(":")[0]
    if prefix in FORMATS and not path.exists():
        return prefix
    if path.is_dir():
        names = {part.name.upper() if part.is_file() else part.name for part in path.iterdir()}
        found = "athena" if "CONCEPT.CSV" in names else "dermnlp" if names & set(lexicons.stages()) else ""
    elif path.suffix.lower() == ".json":
        found = _of_json(path)
    else:
        found = ENDINGS.get(path.suffix.lower(), "")
    if not found:
        raise lexicons.LexiconError(f"Can't tell the format of '{source}'. Give --format: {', '.join(FORMATS)}.")
    return found


def _of_json(path: Path) -> str:
    """medspaCy's rules or negspaCy's termset, by the keys of a file."""
    try:
        keys = set(json.loads(path.read_text(encoding="utf-8-sig")))
    except (ValueError, TypeError):
        return ""
    if keys & {"target_rules", "context_rules", "section_rules"}:
        return "medspacy"
    return "negspacy" if keys & {"preceding_negations", "following_negations"} else ""


def _module(format: str) -> ModuleType:
    """The module of a format; LexiconError when there is none."""
    if format not in FORMATS:
        raise lexicons.LexiconError(f"No format '{format}'. There are: {', '.join(FORMATS)}.{lexicons.hint(format, FORMATS)}")
    return importlib.import_module(f"{__name__}.{FORMATS[format]}")


def _there(source: str) -> None:
    """FileNotFoundError when there is no such file or folder, with those that there are."""
    path = Path(source)
    if path.exists() or (source.partition(":")[0] == "negspacy" and ":" in source):
        return
    folder = next(parent for parent in path.parents if parent.is_dir())
    names = sorted(part.name for part in folder.iterdir() if not part.name.startswith("."))
    child = path.relative_to(folder).parts[0]
    raise FileNotFoundError(f"No file or folder '{source}'. In '{folder}' there are: {', '.join(names[:20]) or 'none'}.{lexicons.hint(child, names)}")


def _known(what: str, asked: set[str], there: list[str]) -> None:
    """LexiconError for a topic or stage that there isn't."""
    for name in asked - set(there):
        raise lexicons.LexiconError(f"No {what} '{name}'. There are: {', '.join(dict.fromkeys(there))}.{lexicons.hint(name, there)}")
