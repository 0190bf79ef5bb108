"""When an ambiguous form means what: rows of words that must, or must not, stand around it."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.phrases import Phrases, Words
from dermnlp.tokens import forms

NUMBER, ANY_NUMBER = "<number>", "0"
REACH = 3
NEEDS = "needs"
NOTE, SENTENCE, BEFORE, AFTER = WINDOWS = ("note", "sentence", "before", "after")


class Surroundings:
    """The phrases that sense rules look for in one kind of window; `<number>` in a phrase is any number."""

    def __init__(self, language: str, rows: Iterable[tuple[str, str]], *, alone: bool) -> None:
        table = list(rows)
        numbered = ((term.replace(NUMBER, ANY_NUMBER), "", rule) for term, rule in table if NUMBER in term)
        self.forms = forms(language, inflected=True)
        self.plain = Phrases(language, ((term, "", rule) for term, rule in table if NUMBER not in term), alone=alone)
        self.numbered = Phrases(language, numbered, alone=True)

    def seen(self, words: Words) -> frozenset[str]:
        """The rules of which a phrase stands among these words."""
        found = {rule for _, _, rule in self.plain.find(words)}
        if self.numbered.size and any(word.isdigit() for word in words.raw):
            compared = [ANY_NUMBER if word.isdigit() else self.forms[word] for word in words.raw]
            found |= {rule for _, _, rule in self.numbered.find(Words(words.raw, [], {"": compared}))}
        return frozenset(found)


class Senses:
    """The sense rules of a language: which `needs` or forbids one of its phrases, and in which window of the note."""

    def __init__(self, language: str) -> None:
        self.rules: dict[str, tuple[str, bool]] = {}
        rows: dict[str, list[tuple[str, str]]] = {window: [] for window in WINDOWS}
        for topic in lexicons.topics("senses"):
            for name, row in lexicons.concepts("senses", topic).items():
                self.rules[name] = (row["window"], row["mode"] == NEEDS)
            for term in lexicons.terms("senses", topic, language):
                rows[self.rules[term["concept"]][0]].append((term["term"], term["concept"]))
        self.windows = {window: Surroundings(language, rows[window], alone=window != NOTE) for window in WINDOWS}

    def of_note(self, words: Words, sentences: list[int]) -> "SensesOfNote":
        """The rules as they hold in one note, whose sentences begin at these characters."""
        return SensesOfNote(self, words, sentences)


@lru_cache(maxsize=8)
def senses_of(language: str, state: tuple[object, ...]) -> Senses:
    """The sense rules of a language over some lexicon directories; kept, since all who ask share one scanner."""
    return Senses(language)


class SensesOfNote:
    """Answers which sense rules hold at places of one note, and looks at each window once."""

    def __init__(self, senses: Senses, words: Words, sentences: list[int]) -> None:
        self.senses, self.words, self.sentences = senses, words, sentences
        self.memory: dict[tuple[str, int], frozenset[str]] = {}

    def hold(self, names: tuple[str, ...], first: int, last: int) -> bool:
        """Whether all these rules hold for tokens [first, last]."""
        for name in names:
            window, needs = self.senses.rules[name]
            if (name in self._seen(window, first, last)) != needs:
                return False
        return True

    def _seen(self, window: str, first: int, last: int) -> frozenset[str]:
        """The rules of which a phrase stands in the window of a place."""
        words, low, high = self.words, 0, 0
        if window == SENTENCE:
            number = bisect_right(self.sentences, words.start[first])
            low = bisect_left(words.start, self.sentences[number - 1])
            high = bisect_left(words.start, self.sentences[number]) if number < len(self.sentences) else len(words.raw)
        elif window == BEFORE:
            low, high = max(0, first - REACH), first
        elif window == AFTER:
            low, high = last + 1, last + 1 + REACH
        key = (window, low)
        if key not in self.memory:
            near = words if window == NOTE else self._part(low, high)
            self.memory[key] = self.senses.windows[window].seen(near)
        return self.memory[key]

    def _part(self, low: int, high: int) -> Words:
        """Tokens [low, high) with the forms that they have in the note."""
        return Words(self.words.raw[low:high], [], {"": self.words.forms[""][low:high]})
