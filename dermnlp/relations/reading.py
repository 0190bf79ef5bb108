"""A note as the rules of treatment events read it: tokens, what covers them, sentences and sections as tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import repeat
from operator import attrgetter
from typing import TypeVar

from spacy.tokens import Doc

from dermnlp.attributes.date_grammar import TODAY
from dermnlp.extensions import Found
from dermnlp.phrases import Hit, Words, visible
from dermnlp.relations.event_rows import Rule, Vocabulary
from dermnlp.sections import Section, section_at
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import YEAR, text_of

PLAIN = frozenset({"DOSE", "ROUTE", "FREQUENCY", "SCORE", "BODY_SITE"})
SILENT = frozenset({"allergies", "family_history"})
ORDINALS = frozenset({"º", "ª", "°"})
ILLS = frozenset({"FINDING", "DIAGNOSIS"})
BEFORE, AFTER = 1, 2  # the sentences around a treatment that may hold its cues
REACH = 2  # the sentences around a cue that may hold its reason
RANKS = {"DRUG": 3, "DIAGNOSIS": 2, "FINDING": 2, "PROCEDURE": 2}
T = TypeVar("T")


@dataclass(slots=True)
class Spot:
    """A cue at tokens [first, last], its rules, and what was made of it: `start` is the first token of the words that say the event."""

    first: int
    last: int
    rules: tuple[Rule, ...]
    start: int
    event: str
    form: str
    kind: str = ""
    anchor: int = -1
    forward: bool = True
    used: bool = False
    run: list[int] = field(default_factory=list)

    sides: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """The sides of the drug that its rules allow."""
        self.sides = frozenset([rule.side for rule in self.rules])

    def settle(self) -> None:
        """Keep the form of the rule that fits the side on which the treatment stands."""
        fitting = {"before", "beside", "any"} if self.forward else {"both", "after", "until", "any"}
        forms = [rule.form for rule in self.rules if rule.side in fitting]
        if forms and self.form == self.rules[0].form and self.form not in forms:
            self.form = forms[0]


class Stretches:
    """The parts of a note within so many sentences of a treatment, as characters and as tokens [low, high)."""

    def __init__(self, begins: list[int], end: int, starts: list[int], numbers: Iterable[int], before: int, after: int) -> None:
        self.characters: list[tuple[int, int]] = []
        count, reach = len(begins), 0
        for number in numbers:
            low, high = max(reach, number - before), min(count, number + after + 1)
            if low < high:
                first = self.characters.pop()[0] if self.characters and low == reach else begins[low]
                self.characters.append((first, begins[high] if high < count else end))
                reach = high
        self.tokens = [(bisect_left(starts, low), bisect_left(starts, high)) for low, high in self.characters]

    def hits(self, hits: list[Hit[T]]) -> list[Hit[T]]:
        """The hits, in the order of the text, that begin in them."""
        parts = ((bisect_left(hits, (low,)), bisect_left(hits, (high,))) for low, high in self.tokens) if hits else ()
        return [hit for low, high in parts for hit in hits[low:high]]

    def mentions(self, mentions: list[Found]) -> list[Found]:
        """The mentions, in the order of the text, that begin in them."""
        begin = attrgetter("start")
        parts = ((bisect_left(mentions, low, key=begin), bisect_left(mentions, high, key=begin)) for low, high in self.characters)
        return [mention for low, high in parts for mention in mentions[low:high]]


class SectionBySentence(dict[int, Section | None]):
    """The section of each sentence, looked up when it is asked for."""

    def __init__(self, doc: Doc, begins: list[int]) -> None:
        super().__init__()
        self.begins, self.sections = begins, doc.user_data.get("sections", [])
        self.starts = [section.start for section in self.sections]

    def __missing__(self, number: int) -> Section | None:
        self[number] = section = section_at(self.sections, self.starts, self.begins[number])
        return section


class _Bounds(dict[int, tuple[int, int]]):
    """The first token of each token's sentence and the one after its last, looked up when they are asked for."""

    def __init__(self, sentences: list[int]) -> None:
        super().__init__()
        self.sentences = sentences

    def __missing__(self, token: int) -> tuple[int, int]:
        number = bisect_right(self.sentences, token, hi=len(self.sentences) - 1) - 1
        self[token] = bounds = (self.sentences[number], self.sentences[number + 1])
        return bounds


class Reading:
    """The tokens of a note with what covers them; `targets` are the treatments, numbered in the order of the text."""

    def __init__(self, doc: Doc, mentions: list[Found], targets: list[Found], words: Vocabulary) -> None:
        self.words: Words = visible(doc)
        self.text, self.vocabulary, self.targets = text_of(doc), words, targets
        self.raw, self.starts, self.forms = self.words.raw, self.words.start, self.words.forms["word"]
        self.begins = starts = sentence_starts(doc)
        self.treated = sorted({bisect_right(starts, target.start) - 1 for target in targets})
        self.cued, self.reasoned = self.around(BEFORE, AFTER), self.around(BEFORE + REACH, AFTER + REACH)
        self.cover = self._cover(self.reasoned.mentions(mentions))
        self.number = {id(target): index for index, target in enumerate(targets)}
        self.at = [self.tokens(target) for target in targets]
        self.firsts = [span[0] for span in self.at]
        self.lasts = [span[-1] for span in self.at]
        self.sentences = [*map(bisect_left, repeat(self.starts), starts), len(self.starts)]
        self.section = SectionBySentence(doc, starts)
        self.bounds = _Bounds(self.sentences).__getitem__  # the first token of a token's sentence and the one after its last
        self.conditions = [hit[0] for hit in words.conditions.find(self.words)]
        dates = doc.user_data.get("dates", ())
        self.dates = [(self.token(date.start), self.token(date.end - 1), "" if date.role == TODAY else date.value) for date in dates]
        self.until = {self.token(date.start): date.last for date in dates if date.last}
        self.dated = {token for first, last, _ in self.dates for token in range(first, last + 1)}

    def around(self, before: int, after: int) -> Stretches:
        """The sentences with a treatment, and so many before and after each of them."""
        return Stretches(self.begins, len(self.text), self.starts, self.treated, before, after)

    def _cover(self, mentions: list[Found]) -> dict[int, Found]:
        """The mention over each token; of two the one of the higher rank, else the first."""
        cover: dict[int, Found] = {}
        starts, first = self.starts, 0
        for mention in mentions:
            first = bisect_right(starts, mention.start, first) - 1
            for token in range(first, bisect_left(starts, mention.end, first)):
                known = cover.setdefault(token, mention)
                if known is not mention and RANKS.get(mention.type, 1) > RANKS.get(known.type, 1):
                    cover[token] = mention
        return cover

    def token(self, at: int) -> int:
        """The token that holds a character."""
        return bisect_right(self.starts, at) - 1

    def tokens(self, mention: Found) -> range:
        """The tokens of a mention."""
        return range(self.token(mention.start), self.token(mention.end - 1) + 1)

    def sentence(self, token: int) -> int:
        """The number of the sentence of a token."""
        return bisect_right(self.sentences, token, hi=len(self.sentences) - 1) - 1

    def target(self, token: int) -> int:
        """The number of the treatment that covers a token, -1 if none does."""
        return self.number.get(id(self.cover.get(token)), -1)

    def in_sentence(self, number: int) -> list[int]:
        """The treatments of a sentence."""
        low, high = self.sentences[number], self.sentences[number + 1]
        return list(range(bisect_left(self.firsts, low), bisect_left(self.firsts, high)))

    def near(self, number: int, step: int, reach: int = 2) -> list[int]:
        """The sentences before (step -1) or after (1) one, nearest first, inside its section."""
        found = []
        for other in range(number + step, number + step * (reach + 1), step):
            if not 0 <= other < len(self.sentences) - 1 or not self._goes_on(number, other):
                break
            found.append(other)
        return found

    def _goes_on(self, one: int, two: int) -> bool:
        """Whether a sentence belongs to the section of another, or to one that opens in the same line after it ("Motivo: …")."""
        first, second = self.section[one], self.section[two]
        if first is second or second is None or two < one:
            return first is second
        return two == one + 1 and "\n" not in self.text[self.starts[self.sentences[one]] : second.start]

    def heard(self, token: int) -> bool:
        """Whether a token stands in a section that tells of the patient's treatments, outside its header."""
        section = self.section[self.sentence(token)]
        if section is not None and section.start <= self.starts[token] < section.body:
            closed = self.text[section.body - 1] == ":" or self.text[section.body : section.body + 1] in {"\n", "\r"}
            return not closed and section.concept not in SILENT
        return section is None or section.concept not in SILENT

    def fills(self, token: int) -> bool:
        """Whether a token says nothing between a cue and its drug: a small word, a number, a dose, a date."""
        mention = self.cover.get(token)
        if mention is not None:
            return mention.type in PLAIN
        if self.raw[token] in ORDINALS:
            return True
        return self.vocabulary.fills(self.forms[token]) or token in self.dated

    def joins(self, token: int) -> bool:
        """Whether a token is a word that coordinates ("and")."""
        return self.forms[token].isalpha() and self.vocabulary.begins("joiner", self.forms, token) > 0

    def dates_in(self, low: int, high: int) -> list[tuple[int, int, str]]:
        """The dates that begin in the tokens [low, high) and have a value."""
        return [date for date in self.dates if low <= date[0] < high and date[2]]

    def years(self, low: int, high: int) -> list[tuple[int, int, str]]:
        """The years in the tokens [low, high) that are no part of a date."""
        if YEAR not in self.forms[low:high]:
            return []
        return [(token, token, self.raw[token]) for token in range(low, high) if self.is_year(token) and token not in self.dated]

    def holds(self, low: int, high: int) -> bool:
        """Whether a treatment may lie in the tokens [low, high)."""
        index = bisect_left(self.lasts, low)
        return index < len(self.at) and self.at[index][0] < high

    def conditioned(self, low: int, high: int) -> bool:
        """Whether the words of a condition may begin in the tokens [low, high)."""
        index = bisect_left(self.conditions, low)
        return index < len(self.conditions) and self.conditions[index] < high

    def is_year(self, token: int) -> bool:
        """Whether a token is a year of four digits."""
        return self.forms[token] == YEAR

    def end(self, token: int) -> int:
        """The character after a token."""
        return self.starts[token] + len(self.raw[token])

