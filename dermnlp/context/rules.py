"""The cues of a language as rules: what each does, which way, how far, and for what."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.mentions import ATTRIBUTED, OTHER, UNTYPED
from dermnlp.phrases import Phrases

STAGE = "context"
ATTRIBUTE = {"negation": "Negated", "uncertainty": "Uncertain", "temporality": "Historical", "experiencer": "Family"}
NEGATED, UNCERTAIN, HISTORICAL = "Negated", "Uncertain", "Historical"
STOPS = ("stop", "clause", "head")
AHEAD, JOINED = "ahead", "joined"
COMPOSED, COMPOSING = ("before", "after"), (JOINED, "annul_last", "annul_next")
NO_LIMIT = 10_000
PHRASE = "phrase"
JUDGED = ATTRIBUTED | {UNTYPED, OTHER}
DISEASES = {"DIAGNOSIS", "FINDING"}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a cue does: its attribute, its direction (as in `lexicons/README.md`), how far it reaches, and for which types.

    A phrase's cue doesn't reach over a comma ("not tender, red"). `codes` are how the ICD-10-CM codes begin that it is for; none: all.
    `gives` are the types that take the attribute from it, or from a cue that joins it.
    """

    name: str
    attribute: str
    direction: str
    reach: int
    types: frozenset[str]
    phrase: bool
    codes: tuple[str, ...]
    stops: bool
    gives: frozenset[str]


@lru_cache(maxsize=8)
def cues(language: str, state: tuple[object, ...]) -> Phrases[Rule]:
    """The cues of a language over all categories."""
    return Phrases(language, _rows(language))


@lru_cache(maxsize=8)
def joiners(language: str, state: tuple[object, ...]) -> frozenset[str]:
    """The words that join the items of a list."""
    return frozenset(row["term"] for row in lexicons.terms("sentences", "joiners", language))


@lru_cache(maxsize=8)
def listed(language: str, state: tuple[object, ...]) -> dict[str, int]:
    """The reach of each rule that holds for the next items of a list too, by the rule's name."""
    rules = (rule for _, _, rule in _rows(language))
    return {one.name: one.reach for one in rules if one.direction == "before" and one.reach < NO_LIMIT and one.attribute in (UNCERTAIN, HISTORICAL)}


def _rows(language: str) -> Iterator[tuple[str, str, Rule]]:
    """Each cue of a language with its match and its rule."""
    for category in lexicons.topics(STAGE):
        concepts = lexicons.concepts(STAGE, category)
        joined = frozenset[str]().union(*(_types(row["types"], JOINED) for row in concepts.values() if row["direction"] == JOINED))
        rules = {name: _rule(category, row, joined) for name, row in concepts.items()}
        for row in lexicons.terms(STAGE, category, language):
            if row["concept"] in rules:
                yield row["term"], row.get("match") or "word", rules[row["concept"]]


def _rule(category: str, row: dict[str, str], joined: frozenset[str]) -> Rule:
    """A concept's row as a rule; `joined` are the types of the cues that may join it."""
    types, direction = _types(row["types"], row["direction"]), row["direction"]
    return Rule(
        name=f"{STAGE}/{category}:{row['concept']}",
        attribute=ATTRIBUTE[category],
        direction=direction,
        reach=int(row["reach"] or NO_LIMIT),
        types=types,
        phrase=row.get("scope") == PHRASE,
        codes=tuple(part for part in (row.get("codes") or "").split(";") if part),
        stops=direction in STOPS,
        gives=types | joined if direction in COMPOSED else types if direction == AHEAD else frozenset(),
    )


def _types(cell: str, direction: str) -> frozenset[str]:
    """The types that a cue is for; a span without type takes all cues, but not the stops that are for treatments alone."""
    types = frozenset(part for part in cell.split(";") if part) or ATTRIBUTED
    if types & DISEASES:
        return types | {UNTYPED, OTHER}
    return types if direction in STOPS else types | {UNTYPED}
