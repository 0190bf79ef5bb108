"""Relations: what belongs to a drug, and what a drug did."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.extensions import Found, found
from dermnlp.phrases import Hit, Phrases, Words, visible
from dermnlp.sentences import sentence_number
from dermnlp.tokens import text_of

STAGE = "relations"
ATTRIBUTE_TYPES = ("DOSE", "ROUTE", "FREQUENCY")
REACTION_TYPES = ("FINDING", "DIAGNOSIS")


@dataclass(frozen=True, slots=True)
class Cue:
    """A causal cue: `cause` stands between a reaction and its drug, `effect` between a drug and its reaction."""

    name: str
    direction: str


class Relations:
    """Adds Drug_attribute and Adverse_event by nearness and causal cues within the sentence.

    A drug that follows its attribute is taken when at most `ahead` characters lie between; `span` is the largest number of words between a
    reaction and its drug.
    """

    def __init__(self, nlp: Language, name: str, *, ahead: int = 4, span: int = 14) -> None:
        self.ahead = ahead
        self.span = span
        self.cues = _cues(nlp.lang, lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        drugs = [mention for mention in mentions if mention.type == "DRUG"]
        if drugs:
            self._attributes(doc, mentions, drugs)
            self._adverse_events(doc, mentions, drugs)
        return doc

    def _attributes(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> None:
        """Each dose, route and frequency to its drug."""
        starts = [drug.start for drug in drugs]
        for mention in mentions:
            if mention.type in ATTRIBUTE_TYPES:
                position = bisect_right(starts, mention.start)
                before = drugs[position - 1] if position else None
                after = drugs[position] if position < len(drugs) else None
                drug = self._owner(doc, mention, before, after)
                if drug:
                    drug.relations = (*drug.relations, ("Drug_attribute", mention, "relations/nearest_drug"))

    def _owner(self, doc: Doc, mention: Found, before: Found | None, after: Found | None) -> Found | None:
        """The drug that an attribute belongs to: the one right after it, else the last one before it."""
        if after and (before is None or mention.start - before.end > self.ahead):
            between = text_of(doc)[mention.end : after.start]
            if len(between) <= self.ahead and not set(between) & set(",;\n"):
                return after
        if before and mention.sentence - before.sentence <= 1:
            return before
        return after if after and after.sentence == mention.sentence and before is None else None

    def _adverse_events(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> None:
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
                if not any(known[0] == "Adverse_event" and known[1] is drug for known in reaction.relations):
                    reaction.relations = (*reaction.relations, ("Adverse_event", drug, rule))


@lru_cache(maxsize=8)
def _cues(language: str, state: tuple[object, ...]) -> Phrases[Cue]:
    """The causal cues of a language."""
    rows = []
    for topic in lexicons.topics(STAGE):
        kinds = lexicons.concepts(STAGE, topic)
        for row in lexicons.terms(STAGE, topic, language):
            if row["concept"] in kinds:
                cue = Cue(f"{STAGE}/{topic}:{row['concept']}", kinds[row["concept"]]["direction"])
                rows.append((row["term"], "word", cue))
    return Phrases(language, rows)
