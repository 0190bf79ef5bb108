"""Pairs of a reaction and a drug that may be an adverse event, and what the note writes between and around them."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from spacy.tokens import Doc

from dermnlp.extensions import Found
from dermnlp.phrases import Hit, Words, visible
from dermnlp.relations.known_effects import NONE, KnownEffects
from dermnlp.sections import Section, section_at
from dermnlp.sentences import sentence_at
from dermnlp.tokens import YEAR, text_of

REACTION_TYPES = ("FINDING", "DIAGNOSIS")
SIGNS = {"DRUG": "<drug>", "FINDING": "<reaction>", "DIAGNOSIS": "<reaction>", "PROCEDURE": "<procedure>", "SCORE": "<score>"}
LINE, NUMBER = "<line>", "<number>"
SENTENCES, OTHER_SECTION = 4, 2  # how many sentences a known effect may follow its drug, and how many in another section or ahead of it
WORDS = 70
AROUND = 10
COVERING = frozenset({"denied", "intolerance", "dechallenge"})  # their words mean nothing else inside them
CONTEXT = 4
BEFORE, AFTER = 7, 9  # words in which cues are looked for before and after the two
RUN = 5  # the words between two coordinated mentions


@dataclass(frozen=True, slots=True)
class Place:
    """A mention with its first and last token and its section."""

    mention: Found
    first: int
    last: int
    section: Section | None


@dataclass(slots=True)
class Pair:
    """A reaction and a drug, and what stands between, before and after them.

    `path` holds the words between, mentions as signs, without what is coordinated with either end; `between`, `before` and `after` hold
    the kinds of the cues there.
    """

    reaction: Place
    drug: Place
    known: bool
    strange: bool  # neither has a group, so that nothing is known of them
    ahead: bool  # the drug stands ahead of the reaction
    sentences: int
    nearest: bool
    repeated: bool
    path: tuple[str, ...] = ()
    between: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    depth: int = 0
    drug_context: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())  # the words before and after the drug, nearest first
    reaction_context: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last token of the two."""
        return min(self.reaction.first, self.drug.first), max(self.reaction.last, self.drug.last)


@dataclass(slots=True)
class Stretch:
    """A stretch of tokens as signs; `places` says at which sign each token begins."""

    first: int
    signs: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def at(self, token: int) -> int:
        """The sign that a token of the stretch begins at."""
        return self.places[token - self.first]


def candidates(doc: Doc, mentions: Sequence[Found], drugs: Sequence[Found], effects: KnownEffects) -> list[Pair]:
    """The pairs worth looking at, by reaction: known effects some sentences away, others in the sentence or right after the drug."""
    reactions = [m for m in mentions if m.type in REACTION_TYPES and not m.negated and not m.family]
    near = list(_near(reactions, drugs, effects))
    if not near:
        return []
    words = visible(doc)
    sections = doc.user_data.get("sections", [])
    starts = [section.start for section in sections]
    involved = {id(mention): mention for reaction, drug, *_ in near for mention in (reaction, drug)}
    places = {key: _place(mention, words, sections, starts) for key, mention in involved.items()}
    pairs = (_pair(places[id(reaction)], places[id(drug)], known, nearest, drugs, effects) for reaction, drug, known, nearest in near)
    return [pair for pair in pairs if pair is not None]


def _near(reactions: Sequence[Found], drugs: Sequence[Found], effects: KnownEffects) -> Iterator[tuple[Found, Found, bool, bool]]:
    """Reactions and drugs near enough for what is known of them, whether it is known, and whether no drug stands between."""
    numbers, starts = [drug.sentence for drug in drugs], [drug.start for drug in drugs]
    known_of = list(map(effects.of, drugs))
    for reaction in reactions:
        group = effects.reactions.get(reaction.concept, NONE)
        split = bisect_left(starts, reaction.start)
        first = bisect_left(numbers, reaction.sentence - SENTENCES)
        end = bisect_right(numbers, reaction.sentence + OTHER_SECTION)
        for place in range(first, end):
            drug = drugs[place]
            nearest = place == split - 1 if place < split else place == split
            known = group in known_of[place]
            sentences = abs(drug.sentence - reaction.sentence)
            if sentences == 0 or known or (sentences == 1 and nearest and place < split):
                yield reaction, drug, known, nearest


def _place(mention: Found, words: Words, sections: list[Section], starts: list[int]) -> Place:
    first = bisect_right(words.start, mention.start) - 1
    return Place(mention, first, bisect_left(words.start, mention.end, first) - 1, section_at(sections, starts, mention.start))


def _pair(reaction: Place, drug: Place, known: bool, nearest: bool, drugs: Sequence[Found], effects: KnownEffects) -> Pair | None:
    """The pair, unless too many words or another section lie between."""
    one, other = reaction.mention, drug.mention
    ahead, sentences = other.start < one.start, abs(one.sentence - other.sentence)
    gap = reaction.first - drug.last if ahead else drug.first - reaction.last
    if gap > WORDS or (sentences > OTHER_SECTION and reaction.section is not drug.section):
        return None
    return Pair(reaction, drug, known, not any(effects.groups(one, other)), ahead, sentences, nearest, _repeated(one, other, drugs))


def _repeated(reaction: Found, drug: Found, drugs: Sequence[Found]) -> bool:
    """Whether the same drug is named again nearer to the reaction."""
    distance = abs(drug.start - reaction.start)
    return any(rival.concept == drug.concept and abs(rival.start - reaction.start) < distance for rival in drugs if rival is not drug)


def describe(doc: Doc, pairs: Sequence[Pair], mentions: Sequence[Found], hits: Sequence[Hit[str]], joiners: tuple[frozenset[str], frozenset[str]]) -> None:
    """Fill in what stands between and around the two of each pair; `joiners` are the words of a coordination, the real ones and all."""
    words = visible(doc)
    stretches = list(_stretches(doc, words, pairs, mentions))
    cues = _clear(words, hits, stretches, mentions)
    firsts = [cue[0] for cue in cues]
    begins = [stretch.first for stretch in stretches]
    for pair in pairs:
        stretch = stretches[bisect_right(begins, pair.span[0]) - 1]
        begin = bisect_left(words.start, sentence_at(doc, min(pair.reaction.mention.start, pair.drug.mention.start))[0])
        _describe(pair, stretch, begin, cues, firsts, joiners)


def _describe(pair: Pair, stretch: Stretch, begin: int, cues: list[Hit[str]], firsts: list[int], joiners: tuple[frozenset[str], frozenset[str]]) -> None:
    one, other = (pair.drug, pair.reaction) if pair.ahead else (pair.reaction, pair.drug)
    low, high = one.last + 1, other.first
    between = stretch.signs[stretch.at(low) : stretch.at(high)] if low < high else []

    def kinds(first: int, end: int) -> frozenset[str]:
        return frozenset([cue[2] for cue in cues[bisect_left(firsts, first) : bisect_left(firsts, end)]])

    pair.path = _uncoordinated(between, joiners, "<drug>" if pair.ahead else "<reaction>", "<reaction>" if pair.ahead else "<drug>")
    pair.depth = max(-1, min(1, between.count("(") - between.count(")")))
    pair.between = kinds(low, high)
    pair.before = kinds(max(one.first - BEFORE, begin), one.first)
    pair.after = kinds(other.last + 1, other.last + 1 + AFTER)
    pair.drug_context, pair.reaction_context = _context(stretch, pair.drug), _context(stretch, pair.reaction)


def _context(stretch: Stretch, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The signs before and after a mention, nearest first."""
    first, after = stretch.at(place.first), stretch.at(place.last + 1)
    return tuple(stretch.signs[max(0, first - CONTEXT) : first][::-1]), tuple(stretch.signs[after : after + CONTEXT])


def _stretches(doc: Doc, words: Words, pairs: Sequence[Pair], mentions: Sequence[Found]) -> Iterator[Stretch]:
    """The stretches of the note that the pairs lie in, those that touch joined."""
    length = len(words.start)
    spans = sorted((max(0, first - AROUND), min(length, last + 1 + AROUND)) for first, last in (pair.span for pair in pairs))
    joined: list[list[int]] = []
    for first, end in spans:
        if joined and first <= joined[-1][1]:
            joined[-1][1] = max(joined[-1][1], end)
        else:
            joined.append([first, end])
    starts = [mention.start for mention in mentions]
    text = text_of(doc)
    for first, end in joined:
        limit = words.start[end] if end < length else len(text)
        inside = mentions[bisect_left(starts, words.start[first]) : bisect_left(starts, limit)]
        yield _signs(text, words, first, end, inside)


def _signs(text: str, words: Words, first: int, end: int, mentions: Sequence[Found]) -> Stretch:
    """A stretch: mentions as the signs of their types, doses, routes and sites left out, a mark at each new line."""
    given: dict[int, str] = {}
    for mention in mentions:
        token = bisect_right(words.start, mention.start) - 1
        last = bisect_left(words.start, mention.end, token) - 1
        if token not in given:
            given[token] = "<denied>" if mention.negated and mention.type in REACTION_TYPES else SIGNS.get(mention.type, "")
            given.update((inner, "") for inner in range(token + 1, last + 1))
    written = words.forms["word"][first:end]
    for token, sign in given.items():
        if first <= token < end:
            written[token - first] = sign
    lines = set(_lines(text, words, first, end))
    stretch, before = Stretch(first), ""
    signs, places = stretch.signs, stretch.places
    for token, sign in enumerate(written, first):
        places.append(len(signs))
        if token in lines:
            signs.append(before := LINE)
        if sign == YEAR or sign.isdigit():
            sign = NUMBER
        if sign and not sign == before == NUMBER:
            signs.append(before := sign)
    places.append(len(signs))
    return stretch


def _lines(text: str, words: Words, first: int, end: int) -> Iterator[int]:
    """The tokens in (first, end) that a new line stands before."""
    at = text.find("\n", words.start[first], words.start[end - 1])
    while at >= 0:
        token = bisect_right(words.start, at, first, end)
        yield token
        at = text.find("\n", words.start[token], words.start[end - 1])


def _clear(words: Words, hits: Sequence[Hit[str]], stretches: Iterable[Stretch], mentions: Sequence[Found]) -> list[Hit[str]]:
    """The cues that begin in the stretches, and lie neither in a mention nor in the words of a covering cue."""
    parts = ((bisect_left(hits, (one.first,)), bisect_left(hits, (one.first + len(one.places) - 1,))) for one in stretches)
    inside = [hit for low, high in parts for hit in hits[low:high]]
    if not inside:
        return []
    covering = [(first, last) for first, last, kind in hits if kind in COVERING]
    starts, ends = [m.start for m in mentions], list(accumulate([m.end for m in mentions], max))

    def within(first: int, last: int) -> bool:
        at = words.start[first]
        position = bisect_right(starts, at) - 1
        if position >= 0 and ends[position] > at:
            return True
        return any(low <= first and last <= high and (low, high) != (first, last) for low, high in covering) if covering else False

    return [cue for cue in inside if not within(cue[0], cue[1])]


def _uncoordinated(between: list[str], joiners: tuple[frozenset[str], frozenset[str]], first: str, last: str) -> tuple[str, ...]:
    """The words between without the mentions that are coordinated with either end, which are mentions of that sign."""
    if first not in between and last not in between:
        return tuple(between)
    reverse = _stripped(_stripped(between, joiners, last)[::-1], joiners, first)
    return tuple(reverse[::-1])


def _stripped(between: list[str], joiners: tuple[frozenset[str], frozenset[str]], sign: str) -> list[str]:
    """The words up to the first mention of the coordination that they end in."""
    real, all_ = joiners
    while True:
        end = len(between)
        while end and between[end - 1] in all_:
            end -= 1
        joined = between[end:]
        if not end or between[end - 1] != sign or not 0 < len(joined) <= RUN or real.isdisjoint(joined):
            return between
        between = between[: end - 1]
