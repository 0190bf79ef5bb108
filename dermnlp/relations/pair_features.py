"""What the pair model looks at: each pair as names of features."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from operator import attrgetter

from dermnlp.extensions import FLAGS, Found
from dermnlp.relations.known_effects import KnownEffects
from dermnlp.relations.pairs import Pair, Place

_values = attrgetter(*FLAGS)
LIMITS = (0, 1, 2, 3, 4, 6, 8, 11, 15, 20, 30, 45)
SHORT, LONGEST = 6, 30


@dataclass(frozen=True, slots=True)
class Features:
    """Names the features of the pairs of a note; `counts` says how often the note names each concept."""

    effects: KnownEffects
    counts: Mapping[str, int]
    mentions: dict[int, list[str]] = field(default_factory=dict)

    def of(self, pair: Pair, rules: Iterable[str]) -> list[str]:
        """All features of a pair, and the rules that speak for it."""
        order = "D" if pair.ahead else "R"
        features = ["bias", *(f"rule={name}" for name in rules)]
        features += self._of_mention(pair.drug, "drug", pair.drug_context)
        features += self._of_mention(pair.reaction, "reaction", pair.reaction_context)
        features += self._knowledge(pair, order)
        features += _words(pair, order)
        features += _cues(pair, order)
        return features

    def _of_mention(self, place: Place, role: str, context: tuple[tuple[str, ...], tuple[str, ...]]) -> list[str]:
        """The features of a mention by itself, made once."""
        key = id(place.mention)
        if key not in self.mentions:
            self.mentions[key] = self._mention(place, role, context)
        return self.mentions[key]

    def _mention(self, place: Place, role: str, context: tuple[tuple[str, ...], tuple[str, ...]]) -> list[str]:
        mention = place.mention
        features = [f"{role}={mention.concept}", f"{role} flags={flags(mention)}"]
        for side, words in zip(("before", "after"), context, strict=True):
            features.append(f"{role} {side} next={words[0] if words else ''}")
            features += [f"{role} {side}={word}" for word in dict.fromkeys(words)]
        if role == "reaction":
            features += [
                f"reaction type={mention.type}",
                f"section={place.section.concept if place.section else ''}",
                f"named={min(3, self.counts[mention.concept])}",
                f"category={mention.codes.get('ICD10CM', '')[:3]}",
            ]
        return features

    def _knowledge(self, pair: Pair, order: str) -> list[str]:
        drugs, reactions = self.effects.groups(pair.reaction.mention, pair.drug.mention)
        known = "known" if pair.known else "other" if drugs and reactions else "unknown"
        near = "nearest" if pair.nearest else "farther"
        where = f"{order}{pair.sentences}"
        taken = flags(pair.drug.mention)
        features = [
            f"drugs={drugs}",
            f"reactions={reactions}",
            f"groups={drugs} {reactions}",
            f"{where} {near}",
            f"{known} {where} {near}",
            f"{known} {order} {near}",
            f"{known} {order} distance={limit(len(pair.path))}",
            f"{known} {order} section={pair.reaction.section.concept if pair.reaction.section else ''}",
            f"{known} {order} drug flags={taken}",
            f"{order} flags={flags(pair.reaction.mention)} {taken}",
        ]
        if pair.repeated:
            features.append("repeated")
        if pair.reaction.section is not pair.drug.section:
            features.append(f"{order} other section")
        return features


def _words(pair: Pair, order: str) -> list[str]:
    """The words between, each by itself and in twos, or all of them when they are few."""
    path = pair.path
    drugs, reactions = path.count("<drug>"), path.count("<reaction>") + path.count("<denied>")
    features = [
        f"{order} distance={limit(len(path))}",
        f"{order}{pair.sentences} distance={limit(len(path))}",
        f"{order}{pair.sentences} drugs={min(drugs, 2)}",
        f"{order} reactions={min(reactions, 3)}",
        f"{order} depth={pair.depth}",
    ]
    if len(path) <= SHORT:
        features.append(f"{order} path={' '.join(path)}")
    if len(path) <= LONGEST:
        twos = set(map(" ".join, zip(("^", *path), (*path, "$"), strict=True)))
        features += [*map(f"{order} word=".__add__, set(path)), *map(f"{order} words=".__add__, twos)]
    if path:
        features += [f"{order} first={path[0]}", f"{order} last={path[-1]}"]
    return features


def _cues(pair: Pair, order: str) -> list[str]:
    """The kinds of the cues between, before and after."""
    where = f"{order}{min(pair.sentences, 1)}"
    size = "short" if len(pair.path) <= LIMITS[8] else "long"
    features = [f"cue={kind}" for kind in pair.between]
    for kind in pair.between or ("",):
        features += [f"{order} cue={kind}", f"{order}{pair.sentences} {size} cue={kind}"]
    features += [f"{where} before={kind}" for kind in pair.before]
    features += [f"{where} after={kind}" for kind in pair.after]
    return features


def flags(mention: Found) -> str:
    """The attributes of a mention in one word."""
    return "+".join(compress(FLAGS, _values(mention)))


def limit(number: int) -> int:
    """The bucket of a distance."""
    return LIMITS[min(bisect_left(LIMITS, number), len(LIMITS) - 1)]


def counted(mentions: Sequence[Found]) -> Counter[str]:
    """How often each concept is named."""
    return Counter([mention.concept for mention in mentions])
