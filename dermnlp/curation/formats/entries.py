"""What a reader gives and a writer takes: terms with their place in the source; and what is refused, with the reason."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from dermnlp import lexicons
from dermnlp.curation.cells import CLOSED
from dermnlp.lexicons import Row
from dermnlp.tokens import fold

CELLS = {
    "entities": ("type", "name", "icd10cm", "inn", "hpo", "omop", "attributes", "role", "route", "form", "source"),
    "context": ("direction", "reach", "types", "scope", "codes"),
    "senses": ("mode", "window"),
    "sections": ("name", "attributes", "types"),
    "attributes": (
        "scale", "kind", "scheme", "label", "minimum", "maximum", "near", "omop", "direction", "assessor", "value", "source",
        "name", "block", "mg", "days", "number",
    ),
    "relations": ("part", "event", "side", "form", "reason", "implies", "codes", "group", "reactions"),
}  # fmt: skip
"""The columns of the concepts of each stage beside their key."""
DIRECTIONS = {direction: direction for direction in ("before", "after", "pseudo", "stop")} | {"clause": "stop", "head": "stop", "ahead": "before"}
_NO_KEY = re.compile(r"[^a-z0-9.]+")
_CONTROL = re.compile(r"[\u0000-\u001f\u007f\u00ad\u200b-\u200f\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A term: its line or rule number in a source, where it belongs, its concept's cells and its own.

    `concept` and `term` hold the cells by column, the key under `concept` of the first; `term` is empty where a concept comes
    without one. `kept`: the concept's row stands as it is, also over one of ours. `alias`: a concept of ours that alone has the
    same OMOP id may take its place.
    """

    place: int
    stage: str
    topic: str
    language: str
    concept: Row
    term: Row
    file: str = ""
    kept: bool = False
    alias: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """A line or rule that is left out, whole or in part, and why."""

    file: str
    place: int
    term: str
    reason: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a user says of a source: language, type, topic, stage and concept of its terms, and how its names are ours."""

    language: str = ""
    type: str = ""
    topic: str = ""
    stage: str = "entities"
    concept: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    types: Mapping[str, str] = field(default_factory=dict)
    domains: tuple[str, ...] = ()
    vocabularies: tuple[str, ...] = ()
    standard: bool = True
    progress: Callable[[int, int], None] = lambda done, total: None

    def spoken(self) -> str:
        """The language that was given; LexiconError without one."""
        if not self.language:
            raise lexicons.LexiconError(f"Which language are these terms in? Give --language {' or '.join(lexicons.LANGUAGES)}.")
        return self.language


def clean(text: str) -> str:
    """A cell without control characters and surplus blanks, its accents composed."""
    return " ".join(_CONTROL.sub(" ", unicodedata.normalize("NFC", text)).split())


def cells_of(stage: str, given: Mapping[str, Any]) -> Row:
    """The cells of a concept among those of a row or rule: the columns of its stage, and `source` only in our words."""
    cells = {name: str(given[name]) for name in ("concept", *CELLS.get(stage, ())) if given.get(name)}
    if stage == "entities" and cells.get("source", "") not in CLOSED["entities", "source"]:
        del cells["source"]
    return cells


def slug(text: str) -> str:
    """A key made of a name: lower case, digits, `_` and `.`."""
    plain = fold(text).replace("ñ", "n")
    return _NO_KEY.sub("_", plain).strip("_.")


def json_of(path: Path) -> Any:
    """What a file holds as JSON; LexiconError when it is none in UTF-8."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise lexicons.LexiconError(f"'{path}' is no JSON in UTF-8: {error}.") from None


def exchange(name: str) -> tuple[tuple[str, str, str], ...]:
    """The rows (ours, kind, theirs) of a table of `lexicons/exchange`."""
    path = lexicons.roots()[0] / "exchange" / name / "concepts.csv"
    return _exchange(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _exchange(path: Path, changed: int) -> tuple[tuple[str, str, str], ...]:
    """The rows of a table as it stands since a change, kept: a reader asks once a rule."""
    return tuple((row["concept"], row.get("kind", ""), row["theirs"]) for row in lexicons.read(path))


def table(name: str, kind: str = "") -> dict[str, list[str]]:
    """Ours by theirs for one kind of a table of `lexicons/exchange`."""
    found: dict[str, list[str]] = {}
    for ours, of, theirs in exchange(name):
        if of == kind:
            found.setdefault(theirs, []).append(ours)
    return found


def nearest(direction: str) -> str:
    """The direction of a cue that comes nearest to one of ours in formats that know four; '' for words that only change the cue beside them."""
    return DIRECTIONS.get(direction, "")
