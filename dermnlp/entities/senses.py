"""When an ambiguous form means what: rows of words that must, or must not, stand around it."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.phrases import Words, shared, wordings
from dermnlp.tokens import Forms, forms

NUMBER, ANY_NUMBER = "<number>", "0"
REACH = 3
NEEDS = "needs"
NOTE, SENTENCE, BEFORE, AFTER = WINDOWS = "note", "sentence", "before", "after"


class Table:
    """Phrases by their first word: those of one word, and what follows in the longer ones."""

    def __init__(self) -> None:
        self.alone: set[str] = set()
        self.longer: defaultdict[str, list[list[str]]] = defaultdict(list)

    def add(self, first: str, *rest: str) -> None:
        """One phrase."""
        if rest:
            self.longer[first].append(list(rest))
        else:
            self.alone.add(first)

    def any_in(self, words: list[str]) -> bool:
        """Whether one of the phrases stands among words."""
        if not self.alone.isdisjoint(words):
            return True
        if self.longer.keys().isdisjoint(words):
            return False
        return any(words[i + 1 : i + 1 + len(rest)] == rest for i, word in enumerate(words) for rest in self.longer.get(word, ()))


class RulePhrases:
    """The phrases that a sense rule looks for; `<number>` in one is any number."""

    def __init__(self, terms: Iterable[str], compared: Forms) -> None:
        self.plain, self.numbered = Table(), Table()
        self.counts = False
        for term in terms:
            self.counts = self.counts or NUMBER in term
            for words in wordings(term.replace(NUMBER, ANY_NUMBER)):
                (self.numbered if NUMBER in term else self.plain).add(*map(compared.__getitem__, words))

    def among(self, words: Words, low: int, high: int) -> bool:
        """Whether one of them stands in the tokens [low, high)."""
        near = words.forms[""][low:high]
        if self.plain.any_in(near):
            return True
        if not self.counts:
            return False
        return self.numbered.any_in([ANY_NUMBER if raw.isdigit() else form for raw, form in zip(words.raw[low:high], near, strict=True)])


class Senses:
    """The sense rules of a language: which `needs` or forbids one of its phrases, and in which window of the note."""

    def __init__(self, language: str) -> None:
        self.rules: dict[str, tuple[str, bool]] = {}
        terms: defaultdict[str, list[str]] = defaultdict(list)
        for topic in lexicons.topics("senses"):
            for name, row in lexicons.concepts("senses", topic).items():
                self.rules[name] = (row["window"], row["mode"] == NEEDS)
            for row in lexicons.terms("senses", topic, language):
                terms[row["concept"]].append(row["term"])
        compared = forms(language, inflected=True)
        self.phrases = {name: RulePhrases(terms[name], compared) for name in self.rules}
        shared(language).known.update(compared[word] for own in terms.values() for term in own for words in wordings(term) for word in words)

    def of_note(self, words: Words, sentences: list[int]) -> "SensesOfNote":
        """The rules as they hold in one note, whose sentences begin at these characters."""
        return SensesOfNote(self, words, sentences)


@lru_cache(maxsize=8)
def senses_of(language: str, state: tuple[object, ...]) -> Senses:
    """The sense rules of a language over some lexicon directories; kept, since all who ask share them."""
    return Senses(language)


class SensesOfNote:
    """Answers which sense rules hold at places of one note, and looks once for those of a sentence or of the note."""

    def __init__(self, senses: Senses, words: Words, sentences: list[int]) -> None:
        self.senses, self.words, self.sentences = senses, words, sentences
        self.memory: dict[tuple[str, int], bool] = {}

    def hold(self, names: tuple[str, ...], first: int, last: int) -> bool:
        """Whether all these rules hold for tokens [first, last]."""
        return all(self._seen(name, first, last) == self.senses.rules[name][1] for name in names)

    def _seen(self, name: str, first: int, last: int) -> bool:
        """Whether a phrase of a rule stands in its window of a place."""
        window, phrases = self.senses.rules[name][0], self.senses.phrases[name]
        if window == BEFORE:
            return phrases.among(self.words, max(0, first - REACH), first)
        if window == AFTER:
            return phrases.among(self.words, last + 1, last + 1 + REACH)
        sentence = bisect_right(self.sentences, self.words.start[first]) if window == SENTENCE else 0
        if (name, sentence) not in self.memory:
            self.memory[name, sentence] = phrases.among(self.words, *self._limits(sentence))
        return self.memory[name, sentence]

    def _limits(self, sentence: int) -> tuple[int, int]:
        """The first token of a sentence, counted from 1, and the one behind it; those of the note for 0."""
        starts, sentences = self.words.start, self.sentences
        if not sentence:
            return 0, len(starts)
        return bisect_left(starts, sentences[sentence - 1]), bisect_left(starts, sentences[sentence]) if sentence < len(sentences) else len(starts)
