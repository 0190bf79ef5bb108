"""When an ambiguous form means what: rows of words that must, or must not, stand around it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from dermnlp import lexicons
from dermnlp.phrases import Phrases, Words
from dermnlp.tokens import forms

NUMBER, ANY_NUMBER = "<number>", "0"
REACH = 3
NEEDS = "needs"
NOTE, SENTENCE, BEFORE, AFTER = "note", "sentence", "before", "after"


class Senses:
    """The sense rules of a language: which `needs` or forbids one of its phrases, and in which window of the note.

    `<number>` in a phrase is any number; such phrases are looked for in the window, all others in one pass over the note.
    """

    def __init__(self, language: str) -> None:
        self.rules: dict[str, tuple[str, bool]] = {}
        plain: list[tuple[str, str, str]] = []
        numbered: dict[str, list[tuple[str, str, bool]]] = {}
        for rule, term in self._rows(language):
            if NUMBER in term:
                numbered.setdefault(rule, []).append((term.replace(NUMBER, ANY_NUMBER), "", True))
            else:
                plain.append((term, "", rule))
        self.forms = forms(language, inflected=True)
        self.plain = Phrases(language, plain)
        self.numbered = {rule: Phrases(language, rows, alone=True) for rule, rows in numbered.items()}

    def _rows(self, language: str) -> Iterator[tuple[str, str]]:
        """Every (rule, phrase); notes the rules on the way."""
        for topic in lexicons.topics("senses"):
            for name, row in lexicons.concepts("senses", topic).items():
                self.rules[name] = (row["window"], row["mode"] == NEEDS)
            for term in lexicons.terms("senses", topic, language):
                yield term["concept"], term["term"]


class SensesOfNote:
    """Answers which sense rules hold at places of one note, whose sentences begin at the characters `sentences`."""

    def __init__(self, senses: Senses, words: Words, sentences: list[int]) -> None:
        self.senses, self.words, self.sentences = senses, words, sentences
        self.places: dict[str, list[tuple[int, int]]] = {}
        for first, last, rule in senses.plain.find(words):
            self.places.setdefault(rule, []).append((first, last))

    def hold(self, names: tuple[str, ...], first: int, last: int) -> bool:
        """Whether all these rules hold for tokens [first, last]."""
        for name in names:
            window, needs = self.senses.rules[name]
            low, high = self._window(window, first, last)
            if self._stands(name, low, high) != needs:
                return False
        return True

    def _stands(self, rule: str, low: int, high: int) -> bool:
        """Whether a phrase of the rule lies within tokens [low, high)."""
        if any(low <= first and last < high for first, last in self.places.get(rule, ())):
            return True
        numbered = self.senses.numbered.get(rule)
        return bool(numbered) and bool(numbered.find(self._with_numbers(self.words.raw[low:high])))

    def _with_numbers(self, raw: list[str]) -> Words:
        """Words in which all numbers are one."""
        compared = [ANY_NUMBER if word.isdigit() else self.senses.forms[word] for word in raw]
        return Words(raw, [], [], [], {"": compared})

    def _window(self, window: str, first: int, last: int) -> tuple[int, int]:
        """The tokens [low, high) of a window around a place."""
        words = self.words
        if window == NOTE:
            return 0, len(words.raw)
        if window == BEFORE:
            return max(0, first - REACH), first
        if window == AFTER:
            return last + 1, last + 1 + REACH
        number = bisect_right(self.sentences, words.start[first])
        high = bisect_left(words.start, self.sentences[number]) if number < len(self.sentences) else len(words.raw)
        return bisect_left(words.start, self.sentences[number - 1]), high
