"""Unions of many terms, matched at a place by the few of them that begin with its first word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from dermnlp import lexicons
from dermnlp.attributes.patterns import BLOCK, NUMBER, block_source, plain_source, rows
from dermnlp.tokens import split

FIRST = re.compile(r"[\d½¼¾]|[^\W\d_]+|\S")
ANY_NUMBER = ""  # stands for the first word of a term that begins with a number
Start = tuple[str, str]
"""The word that a term begins with, and the rest of the term."""


class Opened:
    """A union of the terms of a concept or block in text folded in place; `before` and `behind` are what must stand around a term.

    `words` are the first words of its terms; of those that begin with any number, none. Terms that begin alike are tried `together`,
    which is faster and right where no shorter term stands for part of a longer one of another kind.
    """

    def __init__(self, topic: str, language: str, concept: str, before: str, behind: str, *, together: bool = False) -> None:
        self.topic, self.language, self.before, self.behind, self.together = topic, language, before, behind, together
        self.state = lexicons.state()
        self.table = rows(topic, language, self.state)
        self.terms = [term for term, _ in self.table.get(concept, ())]
        self.starts: dict[str, list[tuple[int, str]]] = {}
        for number, term in enumerate(self.terms):
            for word, rest in self._starts(term):
                self.starts.setdefault(word, []).append((number, rest))
        self.words = frozenset(self.starts) - {ANY_NUMBER}
        self.patterns: dict[str, re.Pattern[str] | None] = {}

    def match(self, text: str, at: int) -> re.Match[str] | None:
        """The term that stands at a character."""
        first = FIRST.match(text, at)
        if not first:
            return None
        word = first[0] if first[0].isalpha() or not first[0].isnumeric() else ANY_NUMBER
        if word not in self.patterns:
            if word and word not in self.words:
                return None
            self.patterns[word] = self._pattern(word)
        pattern = self.patterns[word]
        return pattern.match(text, at) if pattern else None

    def _pattern(self, word: str) -> re.Pattern[str] | None:
        """The terms that can begin with a word; a guard looks at the second word before any is tried."""
        starts = [one for known, ones in self.starts.items() if known == word or (not word and known.isdecimal()) for one in ones]
        glued = [number for known in self.words if word.startswith(known) and known != word for number, rest in self.starts[known] if rest.lstrip().startswith("<")]
        if not starts and not glued:
            return None
        terms = [self.terms[number] for number in sorted({*glued, *(number for number, _ in starts)})]
        guard = "" if glued else self._guard(word, [rest.lstrip() for _, rest in starts])
        split_terms = [BLOCK.split(term) for term in terms]
        if self.together:
            ranks = list(dict.fromkeys(tuple(parts[:2]) for parts in split_terms))
            split_terms.sort(key=lambda parts: ranks.index(tuple(parts[:2])))
        return re.compile(f"{self.before}{guard}(?:{self._factored(split_terms)}){self.behind}")

    def _guard(self, word: str, rests: list[str]) -> str:
        """What must stand at the place: the word, and the beginning of what follows it in any of the terms."""
        if not all(rests):
            return ""
        seconds = sorted({second for rest in set(rests) for second, _ in self._starts(rest)}, key=lambda second: (-len(second), second))
        follows = "|".join(r"[\d½¼¾]" if not second else "[-–]" if second == "-" else re.escape(second) for second in seconds)
        return rf"(?=(?:{re.escape(word) or NUMBER})\s*(?:{follows}))"

    def _starts(self, term: str) -> Iterator[Start]:
        """The words that a term can begin with, blocks followed."""
        block = BLOCK.match(term)
        if not block:
            word = split(term)[0]
            yield word, term[len(word) :]
        elif block[1] == "n":
            yield ANY_NUMBER, term[block.end() :]
        else:
            for name in (block[1], "weak_unit") if block[1] == "unit" else (block[1],):
                for part, _ in self.table.get(name, ()):
                    yield from ((word, rest + term[block.end() :]) for word, rest in self._starts(part))

    def _factored(self, terms: Iterable[list[str]]) -> str:
        """Terms, split at their blocks, as one regular expression that reads the block that neighbours begin with once."""
        groups = groupby(terms, key=lambda parts: tuple(parts[:2]))
        return "|".join(self._group(opening, [parts[2:] for parts in same]) for opening, same in groups)

    def _group(self, opening: tuple[str, ...], rests: list[list[str]]) -> str:
        """The terms that begin alike: with the same letters and the same block, if any."""
        source = plain_source(opening[0])
        if len(opening) == 1:
            return source
        return f"{source}(?:{block_source(opening[1], self.topic, self.language, self.state)})(?:{self._factored(rests)})"
