"""negspaCy's termsets: negations before and after, pseudo-negations and terminations, as JSON or by name from its package."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from dermnlp import lexicons
from dermnlp.curation.formats.entries import Entry, Refused, Request, exchange, json_of
from dermnlp.tables import write_whole

NAME = "negspacy"
PREFIX = f"{NAME}:"


def read(source: str, request: Request) -> Iterator[Entry | Refused]:
    """The terms of a termset, numbered from 1 over its lists; LexiconError when there is none of that name or form."""
    terms = _package(source.removeprefix(PREFIX)) if source.startswith(PREFIX) else _file(Path(source))
    ours = {theirs: key for key, _, theirs in exchange(NAME)}
    unknown = [name for name in terms if name not in ours]
    if unknown or not terms:
        raise lexicons.LexiconError(f"'{source}' is no termset of negspaCy: it has {', '.join(unknown) or 'nothing'}. A termset has: {', '.join(ours)}.")
    language = request.language or (source.removeprefix(PREFIX).partition("_")[0] if source.startswith(PREFIX) else "") or request.spoken()
    number = 0
    for name, values in terms.items():
        for value in values:
            number += 1
            if isinstance(value, str):
                yield Entry(number, "context", "negation", language, {"concept": ours[name]}, {"term": value}, f"{source}: {name}")
            else:
                yield Refused(f"{source}: {name}", number, "", "is no text")


def write(path: Path, entries: Iterable[Entry], request: Request) -> int:
    """The cues of negation of one language by direction; reach and types have no place in a termset."""
    language, lists = request.spoken(), {key.partition(".")[2]: theirs for key, _, theirs in exchange(NAME)}
    data: dict[str, list[str]] = {name: [] for name in lists.values()}
    for entry in entries:
        if entry.term and (entry.stage, entry.topic, entry.language) == ("context", "negation", language):
            data[lists[entry.concept["direction"]]].append(entry.term["term"])
    write_whole(path, json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    return sum(map(len, data.values()))


def _package(name: str) -> Mapping[str, list[Any]]:
    """A termset of the installed package."""
    try:
        from negspacy.termsets import LANGUAGES
    except ImportError:
        raise lexicons.LexiconError("negspaCy isn't installed. Install it (pip install negspacy), or give a termset as JSON.") from None
    if name not in LANGUAGES:
        raise lexicons.LexiconError(f"No termset '{name}' in negspaCy. There are: {', '.join(LANGUAGES)}.{lexicons.hint(name, LANGUAGES)}")
    return LANGUAGES[name]


def _file(path: Path) -> Mapping[str, list[Any]]:
    data = json_of(path)
    return data if isinstance(data, dict) and all(isinstance(value, list) for value in data.values()) else {}
