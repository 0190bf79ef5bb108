"""The rows of treatment events and of reasons for stopping: cues, reasons, and the small words around them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.phrases import Phrases
from dermnlp.tokens import YEAR, fold, split

STAGE = "relations"
EVENTS, REASONS = "treatment_events", "stop_reasons"
PSEUDO, PROCEDURE = "pseudo", "procedure"


@dataclass(frozen=True, slots=True)
class Rule:
    """A cue: its event, the side of the drug it stands on, its form, and `part`: what else is particular to it."""

    name: str
    part: str
    event: str
    side: str
    form: str
    accented: bool = False


@dataclass(frozen=True, slots=True)
class Reason:
    """Words for a reason; `implies` is the event that they say by themselves, else ''."""

    name: str
    kind: str
    implies: str


class Vocabulary:
    """The small words of a language by part, each term a tuple of folded words."""

    def __init__(self, language: str) -> None:
        self.parts: dict[str, set[tuple[str, ...]]] = {}
        for topic in (EVENTS, REASONS):
            kinds = lexicons.concepts(STAGE, topic)
            for row in lexicons.terms(STAGE, topic, language):
                if row["concept"].startswith("word."):
                    words = tuple(fold(word) for word in split(row["term"]))
                    self.parts.setdefault(kinds[row["concept"]]["part"], set()).add(words)
        self.heads = defaultdict(dict, {part: _lengths(terms, 0) for part, terms in self.parts.items()})
        self.tails = defaultdict(dict, {part: _lengths(terms, -1) for part, terms in self.parts.items()})
        self.firsts = {words[0] for words in self.parts["condition"]}
        self.conditions = Phrases(language, ((" ".join(term), "word", "") for term in sorted(self.parts["condition"])))
        self.fillers = frozenset({YEAR, *(term[0] for term in self.parts["filler"] if len(term) == 1)})

    def begins(self, part: str, forms: Sequence[str], at: int) -> int:
        """The number of words of the longest term of a part that begins at a token, 0 if none does."""
        if not 0 <= at < len(forms) or not (lengths := self.heads[part].get(forms[at])):
            return 0
        terms = self.parts[part]
        return next((length for length in lengths if tuple(forms[at : at + length]) in terms), 0)

    def ends(self, part: str, forms: Sequence[str], at: int) -> int:
        """The number of words of the longest term of a part that ends before a token, 0 if none does."""
        if at < 1 or not (lengths := self.tails[part].get(forms[at - 1])):
            return 0
        terms = self.parts[part]
        return next((length for length in lengths if length <= at and tuple(forms[at - length : at]) in terms), 0)

    def said(self, part: str, forms: Sequence[str], low: int, high: int) -> bool:
        """Whether a term of a part begins in the tokens [low, high)."""
        heads = self.heads[part]
        if heads.keys().isdisjoint(forms[low:high]):
            return False
        return any(forms[token] in heads and self.begins(part, forms, token) for token in range(low, high))

    def fills(self, form: str) -> bool:
        """Whether a word may stand between a cue and its drug without a meaning of its own."""
        return form in self.fillers or form.isdigit()


def _lengths(terms: set[tuple[str, ...]], end: int) -> dict[str, tuple[int, ...]]:
    """The numbers of words, longest first, of the terms by the word at one end of them."""
    table: dict[str, set[int]] = {}
    for term in terms:
        table.setdefault(term[end], set()).add(len(term))
    return {word: tuple(sorted(lengths, reverse=True)) for word, lengths in table.items()}


@dataclass(frozen=True, slots=True)
class Rows:
    """All that the rows of a language say."""

    cues: Phrases[Rule]
    reasons: Phrases[Reason]
    words: Vocabulary
    codes: tuple[tuple[str, str], ...]
    procedures: tuple[str, ...]


def rows(language: str) -> Rows:
    """The rows of a language."""
    return _rows(language, lexicons.state())


@lru_cache(maxsize=8)
def _rows(language: str, state: tuple[object, ...]) -> Rows:
    events, reasons = lexicons.concepts(STAGE, EVENTS), lexicons.concepts(STAGE, REASONS)
    cues = [
        (row["term"], row["match"], Rule(f"{STAGE}/{EVENTS}:{row['concept']}", kind["part"], kind["event"], kind["side"], kind["form"], not row["term"][-1:].isascii()))
        for row in lexicons.terms(STAGE, EVENTS, language)
        if (kind := events.get(row["concept"])) and (kind["event"] or kind["part"] == PSEUDO)
    ]
    causes = [
        (row["term"], row["match"], Reason(f"{STAGE}/{REASONS}:{row['concept']}", kind["reason"], kind["implies"]))
        for row in lexicons.terms(STAGE, REASONS, language)
        if (kind := reasons.get(row["concept"])) and kind["reason"]
    ]
    codes = sorted(((code, row["reason"]) for row in reasons.values() for code in row["codes"].split(";") if code), key=lambda pair: -len(pair[0]))
    return Rows(Phrases(language, cues), Phrases(language, causes), Vocabulary(language), tuple(codes), _procedures())


def _procedures() -> tuple[str, ...]:
    """The keys of the procedures that are courses of treatment; a key covers those below it."""
    return tuple(key.removeprefix(f"{PROCEDURE}.") for key, row in lexicons.concepts(STAGE, EVENTS).items() if row["part"] == PROCEDURE)
