"""Rows to regular expressions: terms with `<blocks>` that stand for other rows of their topic."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.tokens import fold_in_place, split, text_of

STAGE = "attributes"
State = tuple[object, ...]
NUMBER = r"\d{1,3}(?:\.\d{3})+(?![\d,])|\d+(?:[.,´'’]\d+)?|½|¼"
DIGITS = re.compile(r"\d+(?:[.,]\d+)*")
BLOCK = re.compile(r"<(\w+)>")
EDGE = r"(?<![^\W_])"  # neither a letter nor a digit stands before
END = r"(?![^\W\d_])"  # no letter follows
CLOSED = r"(?![^\W_]|[\u0300-\u036f])"  # neither a letter or digit nor an accent of its own follows


def numbers_of(doc: Doc) -> list[int]:
    """The characters at which the numbers of a Doc begin, looked up once."""
    if "numbers" not in doc.user_data:
        doc.user_data["numbers"] = [match.start() for match in DIGITS.finditer(text_of(doc))]
    return doc.user_data["numbers"]


@lru_cache(maxsize=32)
def _rows(topic: str, language: str, state: State) -> dict[str, list[str]]:
    """The folded terms of a topic by concept."""
    table: dict[str, list[str]] = {}
    for row in lexicons.terms(STAGE, topic, language):
        table.setdefault(row["concept"], []).append(fold_in_place(row["term"]))
    return table


@lru_cache(maxsize=64)
def _union(topic: str, language: str, concept: str, state: State) -> str:
    terms = sorted(_rows(topic, language, state).get(concept, ()), key=lambda term: (-len(term), term))
    return "|".join(_regex(term, topic, language, state) for term in terms)


def union(topic: str, language: str, concept: str) -> str:
    """A regular expression for any term of a concept, in text folded in place; '' when there is none."""
    return _union(topic, language, concept, lexicons.state())


def openings(topic: str, language: str, concept: str) -> frozenset[str]:
    """The folded first words of a concept's terms, blocks followed; numbers are left out."""
    table = _rows(topic, language, lexicons.state())

    def first(term: str) -> set[str]:
        block = BLOCK.match(term)
        if not block:
            return {split(term)[0]}
        return {word for part in table.get(block[1], ()) for word in first(part)}

    return frozenset(word for term in table.get(concept, ()) for word in first(term))


def alternatives(terms: Iterable[str]) -> str:
    """A regular expression for any of these plain terms, longest first."""
    return "|".join(_regex(fold_in_place(term), "", "", ()) for term in sorted(terms, key=lambda term: (-len(term), term)))


def _regex(term: str, topic: str, language: str, state: State) -> str:
    """One term: blanks are any white space, none at all beside a number, a block or a sign."""
    parts = BLOCK.split(term)
    out = []
    for i, part in enumerate(parts):
        out.append(_block(part, topic, language, state) if i % 2 else _plain(part))
    return "".join(out)


def _plain(part: str) -> str:
    """The letters and signs between blocks."""
    text = re.escape(part).replace(r"\ ", " ").replace(r"\-", r"[ \t]?[-–][ \t]?").replace("/", r"[ \t]?/[ \t]?")
    text = re.sub(r"^ | $|(?<=[^\w ]) | (?=[^\w ])", r"\\s*", text)
    return text.replace(" ", r"\s+")


def _block(name: str, topic: str, language: str, state: State) -> str:
    """A block: `n` is a number, any other the union of the topic's rows of that concept."""
    if name == "n":
        return f"(?:{NUMBER})"
    if name == "unit":
        return f"(?:{_union(topic, language, 'unit', state)}|{_union(topic, language, 'weak_unit', state)})"
    return f"(?:{_union(topic, language, name, state)})"
