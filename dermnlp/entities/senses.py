"""When an ambiguous form means what: rows of words that must, or must not, stand around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass
from dermnlp import lexicons
from dermnlp.phrases import Phrases, Words

NUMBER = "<number>"
WINDOW = 3


@dataclass(frozen=True, slots=True)
class Sense:
    """A sense rule: `needs` or forbids one of its phrases in a window of the note."""

    name: str
    needs: bool
    window: str
    number: bool
    phrases: Phrases[bool]


class Senses:
    """The sense rules of a language; `holds` answers for one hit of a note."""

    def __init__(self, language: str) -> None:
        self.rules: dict[str, Sense] = {}
        whole_note: list[tuple[str, str, str]] = []
        for topic in lexicons.topics("senses"):
            rows = lexicons.terms("senses", topic, language)
            for name, row in lexicons.concepts("senses", topic).items():
                terms = [term["term"] for term in rows if term["concept"] == name]
                phrases = Phrases(language, ((term, "", True) for term in terms if term != NUMBER))
                self.rules[name] = Sense(name, row["mode"] == "needs", row["window"], NUMBER in terms, phrases)
                if row["window"] == "note":
                    whole_note += [(term, "", name) for term in terms]
        self.whole_note = Phrases(language, whole_note)

    def holds(self, names: tuple[str, ...], words: Words, first: int, last: int, sentence: Callable[[int], tuple[int, int]], memory: dict[str, bool]) -> bool:
        """Whether all these rules hold for tokens [first, last]; `memory` keeps the answers about the whole note."""
        return all(self._one(self.rules[name], words, first, last, sentence, memory) for name in names)

    def _one(self, rule: Sense, words: Words, first: int, last: int, sentence: Callable[[int], tuple[int, int]], memory: dict[str, bool]) -> bool:
        """Whether one rule holds."""
        if rule.window == "note":
            if not memory:
                memory.update(dict.fromkeys(self.rules, False), **{hit.value: True for hit in self.whole_note.find(words)})
            return memory[rule.name] == rule.needs
        if rule.window == "before":
            near = words.raw[max(0, first - WINDOW) : first]
        elif rule.window == "after":
            near = words.raw[last + 1 : last + 1 + WINDOW]
        else:
            low, high = sentence(words.start[first])
            near = words.raw[bisect_left(words.start, low) : bisect_left(words.start, high)]
        return _seen(rule, Words(near, [], [])) == rule.needs


def _seen(rule: Sense, words: Words) -> bool:
    """Whether a phrase of the rule stands among these words."""
    if rule.number and any(word.isdigit() for word in words.raw):
        return True
    return bool(rule.phrases.find(words))
