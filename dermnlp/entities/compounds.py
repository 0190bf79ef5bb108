"""Compounds: a combining form ("eritemato-", "papulo-") before an adjective or a lesion noun that the lexicon has alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.entities.matcher import HEAD, MODIFIER, STAGE, Entry, entries, record
from dermnlp.extensions import Found
from dermnlp.phrases import Words, visible
from dermnlp.tokens import CACHE, fold, forms, split

SHORTEST = 4


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What compounds are made of: combining forms, those that are words too, and the words that may end one, without inflection."""

    forms: frozenset[str]
    words: frozenset[str]
    pattern: re.Pattern[str]
    last: dict[str, Entry]


class Compounds(dict[str, Entry | None]):
    """Finds compounds written as one word, with hyphens or with blanks; a bounded cache from a word to what it ends in."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.parts = _vocabulary(language, lexicons.state())
        self.inflected = forms(language, inflected=True)

    def __missing__(self, word: str) -> Entry | None:
        if len(self) >= CACHE:
            self.clear()
        self[word] = entry = self._last_part(word)
        return entry

    def find(self, doc: Doc) -> Iterator[Found]:
        """Every compound of the note as a candidate of the type of its last part."""
        words = visible(doc)
        begin = {*self.parts.forms.intersection(words.distinct), *filter(self.__getitem__, words.distinct)}
        for first, word in enumerate(words.forms["word"]) if begin else ():
            if word not in begin:
                continue
            if word in self.parts.forms:
                yield from self._apart(words, first)
            elif entry := self[word]:
                yield record(words, first, first, entry)

    def _apart(self, words: Words, first: int) -> Iterator[Found]:
        """The compound that begins with a combining form at `first`, if an adjective or noun ends it."""
        shown, last = words.forms["word"], first
        while last < len(shown) and (shown[last] in self.parts.forms or shown[last] == "-"):
            last += 1
        if last < len(shown) and (shown[first] not in self.parts.words or shown[last - 1] == "-"):
            entry = self.parts.last.get(self.inflected[shown[last]]) or self[shown[last]]
            if entry:
                yield record(words, first, last, entry)

    def _last_part(self, word: str) -> Entry | None:
        """What a word ends in after its combining forms: None if it has none, or nothing known follows."""
        rest = word
        while found := self.parts.pattern.match(rest):
            rest = rest[found.end() :]
            if len(rest) >= SHORTEST and (entry := self.parts.last.get(self.inflected[rest])):
                return entry
        return None


@lru_cache(maxsize=8)
def _vocabulary(language: str, state: tuple[object, ...]) -> Vocabulary:
    """The combining forms of a language with the adjectives and nouns that they take."""
    rows = {fold(row["term"]) for row in lexicons.terms("tokens", "combining_forms", language)}
    pattern = re.compile("|".join(map(re.escape, sorted(rows, key=len, reverse=True))) or r"(?!)")
    inflected = forms(language, inflected=True)
    last: dict[str, Entry] = {}
    words: set[str] = set()
    for term, match, entry in entries(language, lexicons.topics(STAGE)):
        ends = (entry.type == MODIFIER or entry.role == HEAD) and match != "exact" and not entry.senses and " " not in term.strip()
        if ends and len(split(term)) == 1:
            last.setdefault(inflected[fold(term)], entry)
            words.add(fold(term))
    return Vocabulary(frozenset(rows), frozenset(rows & words), pattern, last)
