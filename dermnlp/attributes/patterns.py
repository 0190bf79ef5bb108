"""Rows to regular expressions: terms with `<blocks>` that stand for other rows of their topic."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.tokens import fold_in_place, text_of

STAGE = "attributes"
State = tuple[object, ...]
NUMBER = r"\d?[½¼¾]|\d{1,3}(?:\.\d{3})+(?![\d,])|\d{1,3}(?:,\d{3}){2,}(?!\d)|\d+(?:[.,´'’]\d+)?"
DIGITS = re.compile(r"[0-9½¼¾](?:(?<=[0-9])[0-9]*+(?:[.,][0-9]++)*+)?")  # begins with one set of characters, which is four times as fast
FIGURES = re.compile(rb"00*+(?:[.]0++)*+")  # the same in bytes marked by `MARKS`, which takes a fifth of the time
MARKS = bytes(ord("0") if code in b"0123456789" else ord(".") if code in b".," else ord(" ") for code in range(256))
FRACTIONS = "½¼¾"
BLOCK = re.compile(r"<(\w+)>")
EDGE = r"(?<![^\W_])"  # neither a letter nor a digit stands before
END = r"(?![^\W\d_])"  # no letter follows
CLOSED = r"(?![^\W_]|[\u0300-\u036f])"  # neither a letter or digit nor an accent of its own follows


def numbers_of(doc: Doc) -> list[int]:
    """The characters at which the numbers of a Doc begin, looked up once."""
    if "numbers" not in doc.user_data:
        doc.user_data["numbers"] = list(_numbers(text_of(doc)))
    return doc.user_data["numbers"]


def _numbers(text: str) -> Iterator[int]:
    """The characters at which numbers begin."""
    if any(map(text.__contains__, FRACTIONS)):
        matches: Iterable[re.Match[str] | re.Match[bytes]] = DIGITS.finditer(text)
    else:
        matches = FIGURES.finditer(text.encode("latin-1", "replace").translate(MARKS))
    return (match.start() for match in matches)


@lru_cache(maxsize=32)
def rows(topic: str, language: str, state: State) -> dict[str, list[tuple[str, str]]]:
    """The folded terms of a topic with their concept, by block: what `block` of the concept names, else the concept."""
    blocks = {key: (row.get("block") or key).split(";") for key, row in lexicons.concepts(STAGE, topic).items()}
    table: dict[str, list[tuple[str, str]]] = {}
    for row in lexicons.terms(STAGE, topic, language):
        for block in blocks.get(row["concept"], ()):
            table.setdefault(block, []).append((fold_in_place(row["term"]), row["concept"]))
    return {block: sorted(dict(terms).items(), key=lambda term: (-len(term[0]), term)) for block, terms in table.items()}


@lru_cache(maxsize=64)
def _union(topic: str, language: str, concept: str, state: State) -> str:
    return _any_of(_regex(term, topic, language, state) for term, _ in rows(topic, language, state).get(concept, ()))


def union(topic: str, language: str, concept: str) -> str:
    """A regular expression for any term of a concept or block, in text folded in place; '' when there is none."""
    return _union(topic, language, concept, lexicons.state())


@dataclass(frozen=True, slots=True)
class Template:
    """A term as the source of a regular expression with a group for each of its blocks."""

    concept: str
    source: str
    blocks: tuple[str, ...]


@lru_cache(maxsize=32)
def templates(topic: str, language: str, state: State) -> dict[str, tuple[Template, ...]]:
    """The terms of a topic by block, longest first, to read what is written in theirs."""
    table = rows(topic, language, state)
    return {
        block: tuple(Template(concept, _regex(term, topic, language, state, "("), tuple(BLOCK.findall(term))) for term, concept in terms)
        for block, terms in table.items()
    }


def alternatives(terms: Iterable[str]) -> str:
    """A regular expression for any of these plain terms, longest first."""
    return _any_of(_regex(fold_in_place(term), "", "", ()) for term in sorted(terms, key=lambda term: (-len(term), term)))


def _any_of(sources: Iterable[str]) -> str:
    """Alternatives, those that begin with the same letter together: most places of a text then cost one look at a letter."""
    parts: list[str] = []
    letters: dict[str, list[str]] = {}
    for source in (*sources, ""):
        if source[:1].isalnum():
            letters.setdefault(source[0], []).append(source[1:])
            continue
        parts += [letter + (f"(?:{'|'.join(rests)})" if len(rests) > 1 else rests[0]) for letter, rests in letters.items()]
        letters = {}
        if source:
            parts.append(source)
    return "|".join(parts)


def _regex(term: str, topic: str, language: str, state: State, group: str = "(?:") -> str:
    """One term: blanks are any white space, none at all beside a number, a block or a sign; each block in a group."""
    parts = BLOCK.split(term)
    return "".join(f"{group}{block_source(part, topic, language, state)})" if i % 2 else plain_source(part) for i, part in enumerate(parts))


def plain_source(part: str) -> str:
    """The letters and signs between blocks."""
    text = re.escape(part).replace(r"\ ", " ").replace(r"\-", r"[ \t]?[-–][ \t]?").replace("/", r"[ \t]?/[ \t]?").replace(",", r"[ \t]?,")
    text = re.sub(r"^ | $|(?<=[^\w ]) | (?=[^\w ])", r"\\s*", text)
    return text.replace(" ", r"\s+")


def block_source(name: str, topic: str, language: str, state: State) -> str:
    """A block: `n` is a number, any other the union of the topic's rows of that concept."""
    if name == "n":
        return NUMBER
    if name == "unit":
        return f"{_union(topic, language, 'unit', state)}|{_union(topic, language, 'weak_unit', state)}"
    return _union(topic, language, name, state) or "(?!)"
