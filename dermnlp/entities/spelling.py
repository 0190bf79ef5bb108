"""Misspelt names: words of a note that nothing knows, read as the name that is one or two edits away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.phrases import Hit, Phrases, T, Words
from dermnlp.tokens import forms

STAGE, TOPIC = "tokens", "lookalikes"
REAL_WORD, BEGINNING, ENDING = "real_word", "beginning", "ending"
SHORTEST = 8
TWO_EDITS = 12
SWAPPED = 10
REACH = 12
KNOWN = 50_000
STEM = "x" * SHORTEST
LONG_WORD = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")
Near = tuple[int, tuple[str, ...]]
NOTHING: Near = (0, ())


class Vocabulary:
    """The words of names, each given by how it may be written and by the form that terms are compared by.

    `nearest` finds them by optimal string alignment: one edit from 8 letters on, two from 12 on, or from 10 on when the letters are
    the same in another order. Only a word one edit away may begin with another letter.
    """

    def __init__(self, names: Mapping[str, str], never: Iterable[str], beginnings: Iterable[str], endings: Iterable[str]) -> None:
        self.names, self.never = names, frozenset(never)
        self.beginnings, self.endings = tuple(beginnings), tuple(endings)
        self.begins: dict[tuple[str, int], list[str]] = {}
        self.rests: dict[str, list[str]] = {}
        for name in names:
            self.begins.setdefault((name[0], len(name)), []).append(name)
            self.rests.setdefault(name[1:], []).append(name)
        self.nearest = lru_cache(maxsize=KNOWN)(self._nearest)

    def _nearest(self, folded: str, inflected: str) -> Near:
        """The number of edits from a word to the nearest names, and these; `NOTHING` when the word is real or none is near enough."""
        if inflected in self.never or not folded.isalpha():
            return NOTHING
        near = {pair for word in (folded, inflected) for pair in self._near(word) if self._alike(folded, inflected, pair[1])}
        fewest = min(near, default=(0, ""))[0]
        return fewest, tuple(sorted(name for edits, name in near if edits == fewest))

    def _near(self, word: str) -> Iterator[tuple[int, str]]:
        """The names within the limits of a word, each with its edits."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        sizes = range(len(word) - 2, len(word) + 3)
        names = [name for size in sizes for name in self.begins.get((word[0], size), ())] + self._begins_otherwise(word)
        for name, edits, _ in process.extract(word, names, scorer=OSA.distance, score_cutoff=2, limit=None):
            if edits == 1 or len(name) >= TWO_EDITS or (len(name) >= SWAPPED and sorted(name) == sorted(word)):
                yield edits, self.names[name]

    def _alike(self, folded: str, inflected: str, name: str) -> bool:
        """Whether a name has the beginning and the ending that make the word what it is."""
        begins = all(name.startswith(part) for part in self.beginnings if folded.startswith(part))
        return begins and all(name.endswith(part) for part in self.endings if inflected.endswith(part))

    def _begins_otherwise(self, word: str) -> list[str]:
        """The names that differ in how they begin and in nothing else."""
        names = {*self.rests.get(word[1:], ()), *self.rests.get(word, ())}
        names.update(name for name in self.rests.get(word[0] + word[2:], ()) if name[0] == word[1])
        names.update(name for name in self.begins.get((word[1], len(word) - 1), ()) if name == word[1:])
        return [name for name in names if name[0] != word[0]]


class Spelling:
    """The phrases that a note holds but for the spelling of a word."""

    def __init__(self, language: str, terms: Iterable[tuple[str, str]]) -> None:
        folded, compared = forms(language, inflected=False), forms(language, inflected=True)
        names: dict[str, str] = {}
        for word in {word for term, match in terms if not match for word in LONG_WORD.findall(term)}:
            names.update(dict.fromkeys((folded[word], compared[word]), compared[word]))
        rows = [(row["term"], row["concept"]) for row in lexicons.terms(STAGE, TOPIC, language)]
        self.vocabulary = Vocabulary(
            {written: name for written, name in names.items() if len(written) >= SHORTEST},
            never=(compared[term] for term, kind in rows if kind == REAL_WORD),
            beginnings=(folded[term] for term, kind in rows if kind == BEGINNING),
            endings=(compared[STEM + term].removeprefix(STEM) for term, kind in rows if kind == ENDING),
        )

    def find(self, words: Words, phrases: Phrases[T]) -> Iterator[tuple[Hit[T], float]]:
        """Every phrase with a misspelt word in it, and how much of its misspelt words is right (0-1).

        Where words that are equally near make different phrases of the same tokens, none of them is told.
        """
        near = self._misspelt(words, phrases.scanner.known)
        for place in near:
            for first, last, value in _phrases_at(place, words, near, phrases):
                wrong = [(near[i][0], len(words.raw[i])) for i in range(first, last + 1) if i in near]
                yield (first, last, value), 1 - sum(edits for edits, _ in wrong) / sum(letters for _, letters in wrong)

    def _misspelt(self, words: Words, known: set[str]) -> dict[int, Near]:
        """The places of words that no lexicon knows and that are near a name, each with its nearest names."""
        folded, nearest = words.forms["word"], self.vocabulary.nearest
        rare = [i for i, form in enumerate(words.forms[""]) if len(form) >= SHORTEST - 2 and form not in known]
        found = {i: nearest(folded[i], words.forms[""][i]) for i in rare if len(folded[i]) >= SHORTEST - 1 and folded[i] not in known}
        return {i: near for i, near in found.items() if near[1]}


def _phrases_at(place: int, words: Words, near: dict[int, Near], phrases: Phrases[T]) -> Iterator[Hit[T]]:
    """The phrases over a misspelt word, read in each way that it may be meant."""
    found: dict[tuple[int, int], list[list[T]]] = {}
    for name in near[place][1]:
        read: dict[tuple[int, int], list[T]] = {}
        for first, last, value in _read(place, name, words, near, phrases):
            told = read.setdefault((first, last), [])
            told += [] if value in told else [value]
        for span, values in read.items():
            found.setdefault(span, []).append(values)
    for (first, last), readings in found.items():
        if all(values == readings[0] for values in readings):
            yield from ((first, last, value) for value in readings[0])


def _read(place: int, name: str, words: Words, near: dict[int, Near], phrases: Phrases[T]) -> Iterator[Hit[T]]:
    """The phrases over a misspelt word when it is meant as this name."""
    low, high = max(0, place - REACH), place + REACH + 1
    meant = {i: names[0] for i, (_, names) in near.items()} | {place: name}
    compared = [meant.get(i, form) for i, form in enumerate(words.forms[""][low:high], low)]
    around = Words(words.raw[low:high], [], {"": compared, "word": words.forms["word"][low:high]})
    for first, last, value in phrases.find(around):
        if low + first <= place <= low + last:
            yield low + first, low + last, value
