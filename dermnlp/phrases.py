"""Many phrases looked up in one pass over a Doc's tokens: a trie of words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, count
from typing import Any, Generic, TypeVar

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.tokens import YEAR, forms, forms_of, split, words_of

T = TypeVar("T")
MATCHES = ("", "word", "exact")
LINE_END = re.compile(r"[\r\n]")
_END = 0
_owners = count()


Hit = tuple[int, int, T]
"""A phrase found at tokens [first, last] (both included) of the words that were scanned, and its value."""


@dataclass(slots=True)
class Words:
    """The tokens of a Doc that aren't blank, where they begin, and the forms that phrases are compared by.

    `found` keeps what a scanner found in them, so that all who share it cost one pass.
    """

    raw: list[str]
    start: list[int]
    forms: dict[str, list[str]] = field(default_factory=dict)
    found: dict[int, dict[int, list[Hit[Any]]]] = field(default_factory=dict)


class Scanner:
    """One trie for the phrases of many owners, walked once per text; each owner is told its own hits. `known` are all words of theirs."""

    def __init__(self, language: str) -> None:
        self.tables = {"": forms(language, inflected=True), "word": forms(language, inflected=False)}
        self.roots: dict[str, dict[Any, Any]] = {match: {} for match in MATCHES}
        self.known: set[str] = set()
        self.number = next(_owners)

    def add(self, owner: int, term: str, match: str, value: object) -> None:
        """One phrase of an owner; a hyphen between two words of it may be missing in the text."""
        words = split(term.replace(YEAR, "2000"))
        for variant in {tuple(words), tuple(_without_hyphens(words))}:
            node, compared = self.roots[match], self._forms(match, variant)
            self.known.update(compared)
            for word in compared:
                node = node.setdefault(word, {})
            if node is not self.roots[match]:
                node.setdefault(_END, []).append((owner, value))

    def scan(self, words: Words) -> dict[int, list[Hit[Any]]]:
        """Every phrase at every place by owner, overlaps included, by kind of match and then by place."""
        if self.number not in words.found:
            hits: defaultdict[int, list[Hit[Any]]] = defaultdict(list)
            for match in MATCHES:
                if self.roots[match]:
                    if match not in words.forms:
                        words.forms[match] = self._forms(match, words.raw)
                    _scan(self.roots[match], words.forms[match], hits)
            words.found[self.number] = hits
        return words.found[self.number]

    def _forms(self, match: str, words: Sequence[str]) -> list[str]:
        """The words as this kind of match compares them."""
        if match == "exact":
            return list(words)
        return list(map(self.tables[match].__getitem__, words))


class Phrases(Generic[T]):
    """Phrases with a value each. `match`: '' any inflection, 'word' any case and accents, 'exact' letter for letter.

    Those of a pipeline share one scanner per language (`alone=False`): looking up all of them costs one pass over a note.
    """

    def __init__(self, language: str, rows: Iterable[tuple[str, str, T]], *, alone: bool = False) -> None:
        self.scanner = Scanner(language) if alone else _shared(language, lexicons.state())
        self.owner = next(_owners)
        self.size = 0
        for term, match, value in rows:
            self.scanner.add(self.owner, term, match, value)
            self.size += 1

    def find(self, words: Words) -> list[Hit[T]]:
        """Every phrase at every place, overlaps included, by kind of match and then by place."""
        return self.scanner.scan(words).get(self.owner, [])


@lru_cache(maxsize=8)
def _shared(language: str, state: tuple[object, ...]) -> Scanner:
    """The scanner of a language over some lexicon directories."""
    return Scanner(language)


def _without_hyphens(words: list[str]) -> Iterator[str]:
    """The words without the hyphens that join two of them; that of "(-)" stays."""
    sides = zip(["", *words], words, [*words[1:], ""], strict=False)
    return (word for before, word, after in sides if word != "-" or not (before.isalnum() and after.isalnum()))


def _scan(root: dict[Any, Any], forms: list[str], hits: defaultdict[int, list[Hit[Any]]]) -> None:
    """Walk the trie from every token that begins a phrase."""
    length = len(forms)
    for first in compress(range(length), map(root.__contains__, forms)):
        node = root[forms[first]]
        last = first
        while node is not None:
            if _END in node:
                for owner, value in node[_END]:
                    hits[owner].append((first, last, value))
            last += 1
            node = node.get(forms[last]) if last < length else None


def visible(doc: Doc) -> Words:
    """The tokens of a Doc that aren't blank; made once."""
    if "visible" not in doc.user_data:
        words, starts = words_of(doc)
        folded, inflected, shown = forms_of(doc)
        compared = {"word": list(compress(folded, shown)), "": list(compress(inflected, shown))}
        doc.user_data["visible"] = Words(list(compress(words, shown)), list(compress(starts, shown)), compared)
    return doc.user_data["visible"]


def crosses_blank_line(text: str, words: Words, first: int, last: int) -> bool:
    """Whether a hit at tokens [first, last] runs over a blank line, and so is none."""
    if not LINE_END.search(text, words.start[first], words.start[last]):
        return False
    ends = (words.start[i] + len(words.raw[i]) for i in range(first, last))
    gaps = (text[end:start] for end, start in zip(ends, words.start[first + 1 : last + 1], strict=True))
    return any(max(gap.count("\n"), gap.count("\r")) > 1 for gap in gaps)
