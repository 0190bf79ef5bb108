"""Adverse events: what a drug did, as the note says it."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.extensions import Found, Link
from dermnlp.phrases import Hit, Phrases, Words, visible
from dermnlp.sentences import sentence_number

STAGE = "relations"
TOPIC = "adverse_events"
REACTION_TYPES = ("FINDING", "DIAGNOSIS")


@dataclass(frozen=True, slots=True)
class Cue:
    """A causal cue: `cause` stands between a reaction and its drug, `effect` between a drug and its reaction."""

    name: str
    direction: str


class AdverseEvents:
    """Adds Adverse_event by causal cues within the sentence; `span` is the largest number of words between a reaction and its drug."""

    def __init__(self, language: str, span: int) -> None:
        self.span = span
        self.cues = _cues(language, lexicons.state())

    def add(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> None:
        """Each reaction to the drug that a causal cue of its sentence names."""
        words = visible(doc)
        sentences = {m.sentence for m in drugs} & {m.sentence for m in mentions if m.type in REACTION_TYPES}
        if not sentences:
            return
        for hit in self._clear(words, [m for m in mentions if m.sentence in sentences]):
            at = words.start[hit[0]]
            near = [m for m in mentions if abs(m.start - at) < 200 and m.sentence == sentence_number(doc, at)]
            left = [m for m in near if m.end <= at]
            right = [m for m in near if m.start > at]
            pair = self._pair(words, hit, left, right)
            if pair:
                _relate(*pair, hit[2].name)

    def _clear(self, words: Words, mentions: list[Found]) -> list[Hit[Cue]]:
        """The longest cues that don't lie in a mention."""
        taken: set[int] = set()
        kept = []
        for hit in sorted(self.cues.find(words), key=lambda hit: (hit[0] - hit[1], hit[0])):
            cells = set(range(hit[0], hit[1] + 1))
            if taken.isdisjoint(cells):
                taken |= cells
                kept.append(hit)
        inside = [(m.start, m.end) for m in mentions]
        return [hit for hit in kept if not any(s <= words.start[hit[0]] < e for s, e in inside)]

    def _pair(self, words: Words, hit: Hit[Cue], left: list[Found], right: list[Found]) -> tuple[list[Found], list[Found]] | None:
        """The reactions and the drugs that a cue joins, nearest first on each side."""
        if hit[2].direction == "cause":
            reactions, drugs = self._run(words, left[::-1], REACTION_TYPES), self._run(words, right, ("DRUG",))
        else:
            reactions, drugs = self._run(words, right, REACTION_TYPES), self._run(words, left[::-1], ("DRUG",))
        if not reactions or not drugs or self._distance(words, reactions[0], drugs[0]) > self.span:
            return None
        return reactions, drugs

    def _run(self, words: Words, mentions: list[Found], types: tuple[str, ...]) -> list[Found]:
        """The first mention of these types and those coordinated with it."""
        chosen: list[Found] = []
        for mention in mentions:
            if mention.type in types:
                if chosen and self._distance(words, chosen[-1], mention) > 2:
                    break
                chosen.append(mention)
            elif mention.type in ("DRUG", *REACTION_TYPES):
                break
        return chosen

    def _distance(self, words: Words, one: Found, other: Found) -> int:
        """The number of words between two mentions."""
        first, last = sorted((one, other), key=lambda m: m.start)
        return bisect_right(words.start, last.start) - bisect_right(words.start, first.end - 1) - 1


def _relate(reactions: list[Found], drugs: list[Found], rule: str) -> None:
    """Adverse_event from each reaction that isn't denied, nor a relative's, to each drug."""
    for reaction in reactions:
        if not (reaction.negated or reaction.family):
            for drug in drugs:
                if not any(known.type == "Adverse_event" and known.target is drug for known in reaction.relations):
                    reaction.relations = (*reaction.relations, Link("Adverse_event", drug, rule))


@lru_cache(maxsize=8)
def _cues(language: str, state: tuple[object, ...]) -> Phrases[Cue]:
    """The causal cues of a language."""
    rows = []
    kinds = lexicons.concepts(STAGE, TOPIC)
    for row in lexicons.terms(STAGE, TOPIC, language):
        if row["concept"] in kinds:
            cue = Cue(f"{STAGE}/{TOPIC}:{row['concept']}", kinds[row["concept"]]["direction"])
            rows.append((row["term"], "word", cue))
    return Phrases(language, rows)
