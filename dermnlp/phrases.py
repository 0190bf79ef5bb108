"""Many phrases looked up in one pass over a Doc's tokens: a trie of words."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import compress, count
from operator import itemgetter
from typing import Any, Generic, TypeVar

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.tokens import YEAR, forms, forms_of, split, words_of

T = TypeVar("T")
MATCHES = ("", "word", "exact")
LINE_END = re.compile(r"[\r\n]")
KNOWN = 50_000
_LAST = [""]  # no word, behind those of a text
_NOTHING: dict[str, Node] = {}  # the leaves share it
_owners = count()


Hit = tuple[int, int, T]
"""A phrase found at tokens [first, last] (both included) of the words that were scanned, and its value."""
Told = tuple[int, Any]
"""An owner, and the value that a phrase has for it."""
Checked = tuple[int, list[str], int, Any]
"""The number of the kind of match, the words as that kind compares them, and what is told when they are the same."""
Opening = tuple[tuple[Told, ...], dict[str, "Node"]]
"""What a word is as a phrase of its own, and what may follow it."""


class Node:
    """The phrases that end with a word of the trie, and the words that may follow it.

    The trie is one of forms without inflection; phrases whose kind of match asks for more are `checked` where they end.
    """

    __slots__ = ("told", "checked", "following")

    def __init__(self) -> None:
        self.told: tuple[Told, ...] = ()
        self.checked: tuple[Checked, ...] = ()
        self.following = _NOTHING

    def child(self, word: str) -> Node:
        """The node of the phrases that go on with a word."""
        if self.following is _NOTHING:
            self.following = {}
        if word not in self.following:
            self.following[word] = Node()
        return self.following[word]


@dataclass(slots=True)
class Words:
    """The tokens of a Doc that aren't blank, where they begin, and the forms that phrases are compared by.

    `distinct` are its words, folded, each of them once. `found` keeps what a scanner found in them, so that all who share it cost one pass. `altered` when forms are not those of the tokens.
    """

    raw: list[str]
    start: list[int]
    forms: dict[str, list[str]] = field(default_factory=dict)
    found: dict[int, dict[int, list[Hit[Any]]]] = field(default_factory=dict)
    altered: bool = False
    distinct: frozenset[str] = frozenset()

    def end(self, i: int) -> int:
        """The character behind a token."""
        return self.start[i] + len(self.raw[i])


class Scanner:
    """One trie for the phrases of many owners, walked once per text; each owner is told its own hits. `known` are all words of theirs."""

    def __init__(self, language: str) -> None:
        self.openings = Openings(language)
        self.known: set[str] = set()
        self.number = next(_owners)

    def add(self, owner: int, term: str, match: str, value: object) -> None:
        """One phrase of an owner; a hyphen between two words of it may be missing in the text."""
        for words in wordings(term):
            self.known.update(self.openings.add(match, words, (owner, value)))

    def scan(self, words: Words) -> dict[int, list[Hit[Any]]]:
        """Every phrase at every place by owner, overlaps included, in the order of the text; of equal ones by kind of match."""
        if self.number not in words.found:
            words.found[self.number] = self._scan(words)
        return words.found[self.number]

    def _scan(self, words: Words) -> dict[int, list[Hit[Any]]]:
        """Walk the trie from every token that begins a phrase."""
        hits: defaultdict[int, list[Hit[Any]]] = defaultdict(list)
        forms = words.forms[""] + _LAST
        kinds = (forms, words.forms["word"], words.raw)
        openings = self.openings.altered(words) if words.altered else list(map(self.openings.__getitem__, words.raw))
        for first, (alone, following) in zip(compress(count(), openings), filter(None, openings), strict=True):
            for owner, value in alone:
                hits[owner].append((first, first, value))
            last = first + 1
            while node := following.get(forms[last]):
                for owner, value in node.told:
                    hits[owner].append((first, last, value))
                following, last = node.following, last + 1
                for kind, written, owner, value in node.checked:
                    if kinds[kind][first:last] == written:
                        hits[owner].append((first, last - 1, value))
        return hits


class Openings(dict[str, Opening | None]):
    """The trie of a scanner; a bounded cache from a token to what it opens, None when it opens no phrase."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self.inflected, self.folded = forms(language, inflected=True), forms(language, inflected=False)
        self.root = Node()

    def __missing__(self, word: str) -> Opening | None:
        if len(self) >= KNOWN:
            self.clear()
        self[word] = opening = self._of(self.inflected[word], self.folded[word], word)
        return opening

    def add(self, match: str, words: Sequence[str], told: Told) -> list[str]:
        """Put in a phrase of at least one word; its words as its kind of match compares them."""
        self.clear()
        node = self.root
        inflected = [self.inflected[word] for word in words]
        for word in inflected:
            node = node.child(word)
        if not match:
            node.told += (told,)
            return inflected
        written = list(words) if match == "exact" else [self.folded[word] for word in words]
        node.checked = tuple(sorted((*node.checked, (MATCHES.index(match), written, *told)), key=itemgetter(0)))
        return written

    def altered(self, words: Words) -> list[Opening | None]:
        """What words open whose forms are not those of their tokens."""
        return list(map(self._of, words.forms[""], words.forms["word"], words.raw))

    def _of(self, *forms: str) -> Opening | None:
        """What a word opens, from its form in each kind of match."""
        node = self.root.following.get(forms[0])
        if node is None:
            return None
        checked = tuple((owner, value) for kind, written, owner, value in node.checked if written == [forms[kind]])
        told = node.told + checked
        return (told, node.following) if told or node.following else None


class Phrases(Generic[T]):
    """Phrases with a value each. `match`: '' any inflection, 'word' any case and accents, 'exact' letter for letter.

    Those of a pipeline share one scanner per language (`alone=False`): looking up all of them costs one pass over a note.
    """

    def __init__(self, language: str, rows: Iterable[tuple[str, str, T]], *, alone: bool = False) -> None:
        self.scanner = Scanner(language) if alone else shared(language)
        self.owner = next(_owners)
        self.size = 0
        for term, match, value in rows:
            self.scanner.add(self.owner, term, match, value)
            self.size += 1

    def find(self, words: Words) -> list[Hit[T]]:
        """Every phrase at every place, overlaps included, in the order of the text; of equal ones by kind of match."""
        return self.scanner.scan(words).get(self.owner, [])


@lru_cache(maxsize=8)
def _shared(language: str, state: tuple[object, ...]) -> Scanner:
    """The scanner of a language over some lexicon directories."""
    return Scanner(language)


def shared(language: str) -> Scanner:
    """The scanner that the components of a language share."""
    return _shared(language, lexicons.state())


def wordings(term: str) -> set[tuple[str, ...]]:
    """The words of a phrase, with the hyphens between them and without."""
    words = split(term.replace(YEAR, "2000"))
    return {tuple(words), tuple(_without_hyphens(words))} - {()} if "-" in words or not words else {tuple(words)}


def _without_hyphens(words: list[str]) -> Iterator[str]:
    """The words without the hyphens that join two of them; that of "(-)" stays."""
    sides = zip(["", *words], words, [*words[1:], ""], strict=False)
    return (word for before, word, after in sides if word != "-" or not (before.isalnum() and after.isalnum()))


def visible(doc: Doc) -> Words:
    """The tokens of a Doc that aren't blank; made once."""
    if "visible" not in doc.user_data:
        words, starts = words_of(doc)
        folded, inflected, shown = forms_of(doc)
        compared = {"word": list(compress(folded, shown)), "": list(compress(inflected, shown))}
        raw, start = list(compress(words, shown)), list(compress(starts, shown))
        doc.user_data["visible"] = Words(raw, start, compared, distinct=frozenset(compared["word"]))
    return doc.user_data["visible"]


def crosses_blank_line(text: str, words: Words, first: int, last: int) -> bool:
    """Whether a hit at tokens [first, last] runs over a blank line, and so is none."""
    if not LINE_END.search(text, words.start[first], words.start[last]):
        return False
    ends = map(words.end, range(first, last))
    gaps = (text[end:start] for end, start in zip(ends, words.start[first + 1 : last + 1], strict=True))
    return any(max(gap.count("\n"), gap.count("\r")) > 1 for gap in gaps)
