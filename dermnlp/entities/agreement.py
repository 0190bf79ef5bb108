"""Lexicon and tagger together: what the tagger adds, redraws, names otherwise, and what of the lexicon it lets fall.

Five limits by type, all of them probabilities of the tagger: a span of its own is taken from `add` on; it takes the place of a shorter
one of its type from `redraw` on, of a longer one from `shorten` on, and of one of another type when it is surer by `retype`; a candidate
of the lexicon falls when the tagger holds it for less likely than `doubt`. A type without a limit is left to lexicon and rules.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from dermnlp.extensions import Found

Support = Callable[[str, int, int], float | None]
NEVER = 2.0
SOURCE = "tagger"


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits by type."""

    add: Mapping[str, float] = field(default_factory=dict)
    redraw: Mapping[str, float] = field(default_factory=dict)
    shorten: Mapping[str, float] = field(default_factory=dict)
    retype: Mapping[str, float] = field(default_factory=dict)
    doubt: Mapping[str, float] = field(default_factory=dict)


class Line:
    """Mentions in the order of the text, found by where they stand."""

    def __init__(self, mentions: Iterable[Found] = ()) -> None:
        self.mentions = sorted(mentions, key=lambda mention: mention.start)
        self.starts = [mention.start for mention in self.mentions]
        self.longest = max((mention.end - mention.start for mention in self.mentions), default=0)

    def add(self, mention: Found) -> None:
        """Put a mention in its place."""
        place = bisect_right(self.starts, mention.start)
        self.starts.insert(place, mention.start)
        self.mentions.insert(place, mention)
        self.longest = max(self.longest, mention.end - mention.start)

    def remove(self, mention: Found) -> None:
        """Take out this very mention."""
        place = next(at for at in range(bisect_left(self.starts, mention.start), len(self.starts)) if self.mentions[at] is mention)
        del self.starts[place], self.mentions[place]

    def touching(self, other: Found) -> list[Found]:
        """The mentions that share a character with another."""
        near = self.mentions[bisect_right(self.starts, other.start - self.longest) : bisect_left(self.starts, other.end)]
        return [mention for mention in near if mention.end > other.start]


class Agreement:
    """Settles between the mentions of the lexicon and the rules (`known`) and those of the tagger (`tagged`).

    A type of `nested` may hold a `site` within it: the two are no rivals.
    """

    def __init__(self, limits: Limits, *, site: str, nested: frozenset[str]) -> None:
        self.limits, self.site, self.nested = limits, site, nested

    def settle(self, known: Sequence[Found], tagged: Sequence[Found], support: Support) -> list[Found]:
        """The mentions that stay, each with how sure the tagger is of it where it has a say."""
        ours, kept = Line(known), Line()
        for mention in known:
            chance = support(mention.type, mention.start, mention.end)
            if chance is not None:
                mention.confidence = round(chance, 4)
            if chance is None or chance >= self.limits.doubt.get(mention.type, 0.0):
                kept.add(mention)
        for new in sorted(tagged, key=lambda one: (-one.confidence, one.start, one.type)):
            rivals = [mention for mention in kept.touching(new) if self._rivals(mention, new)]
            if self._wins(new, rivals):
                for rival in rivals:
                    kept.remove(rival)
                kept.add(_heir(new, ours.touching(new)))
        return kept.mentions

    def _rivals(self, one: Found, other: Found) -> bool:
        """Whether two mentions that touch the same characters cannot stand side by side."""
        for inner, outer in ((one, other), (other, one)):
            inside = outer.start <= inner.start and inner.end <= outer.end and inner.end - inner.start < outer.end - outer.start
            if inside and inner.type == self.site and outer.type in self.nested:
                return False
        return True

    def _wins(self, new: Found, rivals: Sequence[Found]) -> bool:
        """Whether a span of the tagger takes the place of its rivals; of none, its own."""
        if not rivals:
            return new.confidence >= self.limits.add.get(new.type, NEVER)
        return all(self._beats(new, rival) for rival in rivals)

    def _beats(self, new: Found, rival: Found) -> bool:
        if rival.source == SOURCE or rival.type not in self.limits.add:
            return False
        if rival.type != new.type:
            return new.confidence - rival.confidence >= self.limits.retype.get(new.type, NEVER)
        longer = new.end - new.start > rival.end - rival.start
        return new.key != rival.key and new.confidence >= (self.limits.redraw if longer else self.limits.shorten).get(new.type, NEVER)


def _heir(new: Found, others: Sequence[Found]) -> Found:
    """The tagger's span, where no term is like it, with the concept of the longest candidate of its type that lies in it, or that it lies in."""
    own = [] if new.concept else [one for one in others if one.type == new.type and one.concept and _one_in_the_other(one, new)]
    if own:
        nearest = max(own, key=lambda one: (min(one.end, new.end) - max(one.start, new.start), -one.start))
        new.concept, new.codes = nearest.concept, nearest.codes
        new.negated, new.uncertain = nearest.negated, nearest.uncertain
        new.historical, new.family = nearest.historical, nearest.family
    return new


def _one_in_the_other(one: Found, other: Found) -> bool:
    return (one.start <= other.start and other.end <= one.end) or (other.start <= one.start and one.end <= other.end)
