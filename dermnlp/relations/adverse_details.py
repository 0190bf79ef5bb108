"""What else is written of an adverse event: how certain it is, how it went, what became of the drug, and whether it was serious."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.extensions import Found
from dermnlp.phrases import Hit, Phrases, Words, visible
from dermnlp.relations.pairs import REACTION_TYPES, Pair
from dermnlp.sentences import sentence_at
from dermnlp.tokens import text_of

STAGE = "relations"
TOPICS = ("certainty", "outcomes", "actions", "seriousness")
ACTIONS = ("stopped", "held", "reduced", "switched", "continued")
STATED, SUSPECTED, NOT_EXCLUDED = "stated", "suspected", "not_excluded"
REACH = 12  # words from the reaction to its outcome
AHEAD = 2  # words from an outcome to the reaction behind it
BECAUSE = ("adverse_event", "intolerance")
Cue = tuple[str, str]


class AdverseDetails:
    """Reads the details of the adverse events of a language."""

    def __init__(self, language: str) -> None:
        self.cues = _cues(language, lexicons.state())

    def of(self, doc: Doc, pair: Pair, mentions: Sequence[Found]) -> dict[str, str]:
        """The details of a pair that is an adverse event; what isn't written isn't there, but for the certainty."""
        words = visible(doc)
        reaction, drug = pair.reaction, pair.drug
        begin = sentence_at(doc, min(reaction.mention.start, drug.mention.start))[0]
        end = sentence_at(doc, max(reaction.mention.start, drug.mention.start))[1]
        after = sentence_at(doc, end)[1] if end < len(text_of(doc)) else end
        hits = list(_within(words, self.cues.find(words), begin, after))
        here = [hit for hit in hits if words.start[hit[0]] < end]
        details = {
            "certainty": _certainty(here, pair),
            "outcome": _outcome(hits, pair, words, end, mentions),
            "action": _event(drug.mention) or _action(hits, pair, words, end, mentions),
            "serious": _first([hit for hit in hits if hit[2][0] == "seriousness"]),
        }
        return {name: value for name, value in details.items() if value}


def _within(words: Words, hits: Sequence[Hit[Cue]], begin: int, end: int) -> Iterator[Hit[Cue]]:
    """The longest cues of each topic in the characters [begin, end)."""
    reach: dict[str, int] = {}
    inside = [hit for hit in hits if begin <= words.start[hit[0]] < end]
    for hit in sorted(inside, key=lambda hit: (hit[0], -hit[1])):
        topic = hit[2][0]
        if hit[0] > reach.get(topic, -1):
            reach[topic] = hit[1]
            yield hit


def _first(hits: Sequence[Hit[Cue]]) -> str:
    return hits[0][2][1] if hits else ""


def _certainty(hits: Sequence[Hit[Cue]], pair: Pair) -> str:
    """How sure the note is: what stands between the two or right before or after them, or the doubt of the reaction itself."""
    first, last = pair.span
    near = [hit[2][1] for hit in hits if hit[2][0] == "certainty" and first - 6 <= hit[0] <= last + 4]
    if NOT_EXCLUDED in near:
        return NOT_EXCLUDED
    return SUSPECTED if near or pair.reaction.mention.uncertain or pair.drug.mention.uncertain else STATED


def _outcome(hits: Sequence[Hit[Cue]], pair: Pair, words: Words, end: int, mentions: Sequence[Found]) -> str:
    """The first outcome after the reaction, in its sentence or at the beginning of the next, or the one right before it."""
    place = pair.reaction
    cues = [hit for hit in hits if hit[2][0] == "outcomes"]
    before = [hit for hit in cues if 0 < place.first - hit[1] <= AHEAD and not _other(words, hit, place.mention, mentions, REACTION_TYPES)]
    last = max(place.last, pair.drug.last)
    after = [hit for hit in cues if place.last < hit[0] <= last + REACH]
    free = [hit for hit in after if not _denied(words, hit, place.mention, mentions)]
    return _first(before) or _first(free)


def _denied(words: Words, hit: Hit[Cue], reaction: Found, mentions: Sequence[Found]) -> bool:
    """Whether another sentence names a finding of its own before the outcome."""
    at = words.start[hit[0]]
    return any(m.type in REACTION_TYPES and reaction.sentence < m.sentence and reaction.end <= m.start < at for m in mentions)


def _action(hits: Sequence[Hit[Cue]], pair: Pair, words: Words, end: int, mentions: Sequence[Found]) -> str:
    """The action nearest to the two with no other drug between, first of all in their own sentences."""
    first, last = pair.span
    cues = [hit for hit in hits if hit[2][0] == "actions" and not _other(words, hit, pair.drug.mention, mentions, ("DRUG",))]
    own = [hit for hit in cues if words.start[hit[0]] < end]
    return _first(sorted(own or cues, key=lambda hit: (max(first - hit[1], hit[0] - last, 0), hit[0])))


def _other(words: Words, hit: Hit[Cue], mention: Found, mentions: Sequence[Found], types: tuple[str, ...]) -> bool:
    """Whether a mention of these types stands between a cue and a mention."""
    at = words.start[hit[0]]
    low, high = (at, mention.start) if at < mention.start else (mention.end, at)
    return any(m.type in types and low <= m.start < high and m is not mention for m in mentions)


def _event(drug: Found) -> str:
    """What an event of the drug says became of it, rather one for an adverse event."""
    kinds = [event for event in drug.events if event.kind in ACTIONS]
    because = [event for event in kinds if event.reason in BECAUSE]
    return because[0].kind if because else ""


@lru_cache(maxsize=8)
def _cues(language: str, state: tuple[object, ...]) -> Phrases[Cue]:
    """The words for each detail, by topic and value."""
    rows = ((row["term"], "word", (topic, row["concept"])) for topic in TOPICS for row in lexicons.terms(STAGE, topic, language))
    return Phrases(language, rows)
