"""When an ambiguous form means what: rows of words that must, or must not, stand around it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from dermnlp import lexicons
from dermnlp.phrases import Phrases, Words
from dermnlp.tokens import forms

NUMBER, ANY_NUMBER = "<number>", "0"
WINDOW = 3
NOTE = "note"


class Surroundings:
    """The phrases that sense rules look for; `<number>` in a phrase is any number."""

    def __init__(self, language: str, rows: Iterable[tuple[str, str]], *, alone: bool = True) -> None:
        table = list(rows)
        self.forms = forms(language, inflected=True)
        numbered = ((term.replace(NUMBER, ANY_NUMBER), "", rule) for term, rule in table if NUMBER in term)
        self.plain = Phrases(language, ((term, "", rule) for term, rule in table if NUMBER not in term), alone=alone)
        self.numbered = Phrases(language, numbered, alone=True)

    def seen(self, words: Words) -> set[str]:
        """The rules of which a phrase stands among these words."""
        found = {hit.value for hit in self.plain.find(words)}
        if self.numbered.size and any(word.isdigit() for word in words.raw):
            compared = [ANY_NUMBER if word.isdigit() else self.forms[word] for word in words.raw]
            numbers = Words(words.raw, [], [], [], {"": compared})
            found |= {hit.value for hit in self.numbered.find(numbers)}
        return found


@dataclass(frozen=True, slots=True)
class Sense:
    """A sense rule: `needs` or forbids one of its phrases in a window of the note."""

    name: str
    needs: bool
    window: str
    phrases: Surroundings


class Senses:
    """The sense rules of a language; `holds` answers for one hit of a note."""

    def __init__(self, language: str) -> None:
        self.rules: dict[str, Sense] = {}
        whole_note: list[tuple[str, str]] = []
        for topic in lexicons.topics("senses"):
            rows = lexicons.terms("senses", topic, language)
            for name, row in lexicons.concepts("senses", topic).items():
                terms = [(term["term"], name) for term in rows if term["concept"] == name]
                self.rules[name] = Sense(name, row["mode"] == "needs", row["window"], Surroundings(language, terms))
                whole_note += terms if row["window"] == NOTE else []
        self.whole_note = Surroundings(language, whole_note, alone=False)

    def holds(
        self,
        names: tuple[str, ...],
        words: Words,
        place: tuple[int, int],
        sentence: Callable[[int], tuple[int, int]],
        memory: dict[str, bool],
    ) -> bool:
        """Whether all these rules hold for tokens [first, last]; `memory` keeps the answers about the whole note."""
        return all(self._one(self.rules[name], words, place, sentence, memory) for name in names)

    def _one(
        self,
        rule: Sense,
        words: Words,
        place: tuple[int, int],
        sentence: Callable[[int], tuple[int, int]],
        memory: dict[str, bool],
    ) -> bool:
        """Whether one rule holds."""
        first, last = place
        if rule.window == NOTE:
            if not memory:
                memory.update(dict.fromkeys(self.rules, False), **dict.fromkeys(self.whole_note.seen(words), True))
            return memory[rule.name] == rule.needs
        if rule.window == "before":
            near = words.raw[max(0, first - WINDOW) : first]
        elif rule.window == "after":
            near = words.raw[last + 1 : last + 1 + WINDOW]
        else:
            low, high = sentence(words.start[first])
            near = words.raw[bisect_left(words.start, low) : bisect_left(words.start, high)]
        return bool(rule.phrases.seen(Words(near, [], []))) == rule.needs
