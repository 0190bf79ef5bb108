"""Misspelt names: words of a note that nothing knows, read as the name that is one or two edits away."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from dermnlp import lexicons
from dermnlp.phrases import Hit, Phrases, T, Words
from dermnlp.tokens import Forms, forms

STAGE, TOPIC = "tokens", "lookalikes"
REAL_WORD, BEGINNING, ENDING = "real_word", "beginning", "ending"
SHORTEST = 8
TWO_EDITS = 12
SWAPPED = 10
REACH = 12
KNOWN = 50_000
STEM = "x" * SHORTEST
WORD = re.compile(rf"[^\W\d_]{{{SHORTEST - 2},}}")
Near = tuple[int, tuple[str, ...]]
NOTHING: Near = (0, ())


class Vocabulary:
    """The words of names, each given by how it may be written and by the form that terms are compared by.

    `nearest` finds them by optimal string alignment: one edit from 8 letters on; two, with the first letter right, from 12 on, or from 10
    on when the letters are the same in another order. The first or the last letters (3 of 8, else 4) are always right.
    """

    def __init__(self, names: Mapping[str, str], never: Iterable[str], beginnings: Iterable[str], endings: Iterable[str]) -> None:
        self.names, self.never = names, frozenset(never)
        self.beginnings, self.endings = tuple(beginnings), tuple(endings)
        self.index: dict[tuple[str, int, bool], list[str]] = {}
        for name in names:
            for key in _keys(name, len(name)):
                self.index.setdefault(key, []).append(name)

    def nearest(self, folded: str, inflected: str) -> Near:
        """The number of edits from a word to the nearest names, and these; `NOTHING` when the word is real or none is near enough."""
        if inflected in self.never or not folded.isalpha():
            return NOTHING
        near = {pair for word in {folded, inflected} for pair in self._near(word) if self._alike(folded, inflected, pair[1])}
        fewest = min(near, default=(0, ""))[0]
        return fewest, tuple(sorted(name for edits, name in near if edits == fewest))

    def _near(self, word: str) -> Iterator[tuple[int, str]]:
        """The names within the limits of a word, each with its edits."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        most = 2 if len(word) >= SWAPPED else 1
        sizes = range(len(word) - most, len(word) + most + 1)
        names = {name for size in sizes for key in _keys(word, size) for name in self.index.get(key, ())}
        for name, edits, _ in process.extract(word, names, scorer=OSA.distance, score_cutoff=most, limit=None):
            far = edits > 1 and (name[0] != word[0] or (len(name) < TWO_EDITS and sorted(name) != sorted(word)))
            if not far:
                yield edits, self.names[name]

    def _alike(self, folded: str, inflected: str, name: str) -> bool:
        """Whether a name has the beginning and the ending that make the word what it is."""
        begins = all(name.startswith(part) for part in self.beginnings if folded.startswith(part))
        return begins and all(name.endswith(part) for part in self.endings if inflected.endswith(part))


def _keys(word: str, size: int) -> tuple[tuple[str, int, bool], tuple[str, int, bool]]:
    """The first and the last letters by which a name of a size is found."""
    letters = 3 if size == SHORTEST else 4
    return (word[:letters], size, True), (word[-letters:], size, False)


class Nearest(dict[str, Near | None]):
    """A bounded cache from a folded word to the names that it is near, None when it is near none or in the lexicons (`known`)."""

    def __init__(self, vocabulary: Vocabulary, compared: Forms) -> None:
        super().__init__()
        self.vocabulary, self.compared = vocabulary, compared
        self.known: set[str] = set()
        self.size = 0

    def __missing__(self, word: str) -> Near | None:
        if len(self) >= KNOWN:
            self.clear()
        inflected = self.compared[word]
        rare = len(word) >= SHORTEST - 1 and word not in self.known and inflected not in self.known
        near = self.vocabulary.nearest(word, inflected) if rare else NOTHING
        self[word] = found = near if near[1] else None
        return found

    def places(self, words: Words, known: set[str]) -> dict[int, Near]:
        """The places of the words that are near a name; `known` grows when another pipeline is loaded."""
        if len(known) != self.size:
            self.clear()
            self.known, self.size = known, len(known)
        near = {word: names for word in filter(self.__getitem__, words.distinct) if (names := self[word])}
        return {i: near[word] for i, word in enumerate(words.forms["word"]) if word in near} if near else {}


class Spelling:
    """The phrases that a note holds but for the spelling of a word."""

    def __init__(self, language: str, terms: Iterable[tuple[str, str]]) -> None:
        folded, compared = forms(language, inflected=False), forms(language, inflected=True)
        written = {word for term, match in terms if not match for word in WORD.findall(term)}
        short = {compared[word] for word in written if len(word) < SHORTEST}
        names: dict[str, str] = {}
        for word in written:
            if len(word) >= SHORTEST and compared[word] not in short:
                names.update(dict.fromkeys((folded[word], compared[word]), compared[word]))
        rows = [(row["term"], row["concept"]) for row in lexicons.terms(STAGE, TOPIC, language)]
        vocabulary = Vocabulary(
            {written: name for written, name in names.items() if len(written) >= SHORTEST},
            never=(compared[term] for term, kind in rows if kind == REAL_WORD),
            beginnings=(folded[term] for term, kind in rows if kind == BEGINNING),
            endings=(compared[STEM + term].removeprefix(STEM) for term, kind in rows if kind == ENDING),
        )
        self.nearest = Nearest(vocabulary, compared)

    def find(self, words: Words, phrases: Phrases[T]) -> Iterator[tuple[Hit[T], float]]:
        """Every phrase with a misspelt word in it, and how much of its misspelt words is right (0-1).

        Where words that are equally near make different phrases of the same tokens, none of them is told.
        """
        near = self.nearest.places(words, phrases.scanner.known)
        for place in near:
            for first, last, value in _phrases_at(place, words, near, phrases):
                wrong = [(near[i][0], len(words.raw[i])) for i in range(first, last + 1) if i in near]
                yield (first, last, value), 1 - sum(edits for edits, _ in wrong) / sum(letters for _, letters in wrong)


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
    around = Words(words.raw[low:high], [], {"": compared, "word": words.forms["word"][low:high]}, altered=True)
    for first, last, value in phrases.find(around):
        if low + first <= place <= low + last:
            yield low + first, low + last, value
