"""A note as the rules of treatment events read it: tokens, what covers them, sentences and sections as tokens."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from spacy.tokens import Doc

from dermnlp.attributes.date_grammar import TODAY
from dermnlp.extensions import Found
from dermnlp.phrases import Words, visible
from dermnlp.relations.event_rows import Rule, Vocabulary
from dermnlp.sections import section_at
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import YEAR, text_of

PLAIN = frozenset({"DOSE", "ROUTE", "FREQUENCY", "SCORE", "BODY_SITE"})
SILENT = frozenset({"allergies", "family_history"})
ORDINALS = frozenset({"º", "ª", "°"})
ILLS = frozenset({"FINDING", "DIAGNOSIS"})


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

    @property
    def sides(self) -> frozenset[str]:
        """The sides of the drug that its rules allow."""
        return frozenset(rule.side for rule in self.rules)

    def settle(self) -> None:
        """Keep the form of the rule that fits the side on which the treatment stands."""
        fitting = {"before", "beside", "any"} if self.forward else {"both", "after", "until", "any"}
        forms = [rule.form for rule in self.rules if rule.side in fitting]
        if forms and self.form == self.rules[0].form and self.form not in forms:
            self.form = forms[0]


class Reading:
    """The tokens of a note with what covers them; `targets` are the treatments, numbered in the order of the text."""

    def __init__(self, doc: Doc, mentions: list[Found], targets: list[Found], words: Vocabulary) -> None:
        self.words: Words = visible(doc)
        self.text, self.vocabulary, self.targets = text_of(doc), words, targets
        self.raw, self.starts, self.forms = self.words.raw, self.words.start, self.words.forms["word"]
        self.cover: dict[int, Found] = {}
        for mention in mentions:
            for token in self.tokens(mention):
                known = self.cover.get(token)
                if known is None or _rank(mention) > _rank(known):
                    self.cover[token] = mention
        self.number = {id(target): index for index, target in enumerate(targets)}
        self.at = [self.tokens(target) for target in targets]
        starts = sentence_starts(doc)
        self.sentences = [bisect_left(self.starts, start) for start in starts] + [len(self.starts)]
        sections = doc.user_data.get("sections", [])
        begins = [section.start for section in sections]
        self.section = [section_at(sections, begins, start) for start in starts]
        dates = doc.user_data.get("dates", ())
        self.dates = [(self.token(date.start), self.token(date.end - 1), "" if date.role == TODAY else date.value) for date in dates]
        self.until = {self.token(date.start): date.last for date in dates if date.last}
        self.dated = {token for first, last, _ in self.dates for token in range(first, last + 1)}

    def token(self, at: int) -> int:
        """The token that holds a character."""
        return bisect_right(self.starts, at) - 1

    def tokens(self, mention: Found) -> range:
        """The tokens of a mention."""
        return range(self.token(mention.start), self.token(mention.end - 1) + 1)

    def sentence(self, token: int) -> int:
        """The number of the sentence of a token."""
        return bisect_right(self.sentences, token, hi=len(self.sentences) - 1) - 1

    def bounds(self, token: int) -> tuple[int, int]:
        """The first token of a token's sentence and the one after its last."""
        number = self.sentence(token)
        return self.sentences[number], self.sentences[number + 1]

    def target(self, token: int) -> int:
        """The number of the treatment that covers a token, -1 if none does."""
        return self.number.get(id(self.cover.get(token)), -1)

    def in_sentence(self, number: int) -> list[int]:
        """The treatments of a sentence."""
        low, high = self.sentences[number], self.sentences[number + 1]
        return [index for index, span in enumerate(self.at) if low <= span[0] < high]

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

    def is_year(self, token: int) -> bool:
        """Whether a token is a year of four digits."""
        return self.forms[token] == YEAR

    def end(self, token: int) -> int:
        """The character after a token."""
        return self.starts[token] + len(self.raw[token])


def _rank(mention: Found) -> int:
    """Which of two mentions over one token counts: treatments, then ills, then the rest."""
    return {"DRUG": 3, "DIAGNOSIS": 2, "FINDING": 2, "PROCEDURE": 2}.get(mention.type, 1)
