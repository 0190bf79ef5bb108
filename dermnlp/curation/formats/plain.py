"""Plain text with a term a line; what follows a '#' at the start of a line is a comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dermnlp import encodings
from dermnlp.curation.formats.entries import Entry, Request, slug
from dermnlp.tables import write_whole


def read(source: str, request: Request) -> Iterator[Entry]:
    """The lines, under the concept that the user names, else each a concept of its own."""
    path, language = Path(source), request.spoken()
    for line, text in enumerate(encodings.decode(path.read_bytes()).splitlines(), 1):
        term = text.strip()
        if term and not term.startswith("#"):
            concept = {"concept": request.concept or slug(term)}
            if request.type:
                concept["type"] = request.type
            if language == "en" and not request.concept:
                concept["name"] = term
            yield Entry(line, request.stage, request.topic, language, concept, {"term": term}, path.name)


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """The terms of one language, those of each concept under its key."""
    language, groups = request.spoken(), dict[str, list[str]]()
    for entry in entries:
        if entry.term and entry.language == language:
            groups.setdefault(f"{entry.stage}/{entry.topic}: {entry.concept['concept']}", []).append(entry.term["term"])
    write_whole(path, "".join(f"# {name}\n" + "".join(f"{term}\n" for term in terms) for name, terms in groups.items()))
    return sum(map(len, groups.values()))
