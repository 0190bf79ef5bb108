"""What drugs are known to do: which groups of reactions the labels of a group of drugs name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.extensions import Found

STAGE = "relations"
NONE = ""


@dataclass(frozen=True, slots=True)
class KnownEffects:
    """The group of each drug and of each reaction by concept, and the reactions known of each group of drugs."""

    drugs: Mapping[str, str]
    reactions: Mapping[str, str]
    effects: Mapping[str, frozenset[str]]

    def groups(self, reaction: Found, drug: Found) -> tuple[str, str]:
        """The groups of a drug and of a reaction, empty where they have none."""
        return self.drugs.get(drug.concept, NONE), self.reactions.get(reaction.concept, NONE)

    def of(self, drug: Found) -> frozenset[str]:
        """The groups of reactions that the drug's group is known to cause."""
        return self.effects.get(self.drugs.get(drug.concept, NONE), frozenset())


def load() -> KnownEffects:
    """The groups and effects of the lexicons that are read at this moment."""
    return _load(lexicons.state())


@lru_cache(maxsize=4)
def _load(state: tuple[object, ...]) -> KnownEffects:
    effects = {key: frozenset(row["reactions"].split(";")) for key, row in lexicons.concepts(STAGE, "known_effects").items()}
    return KnownEffects(_groups("drug_groups"), _groups("reaction_groups"), effects)


def _groups(topic: str) -> dict[str, str]:
    """The group of each concept of a topic."""
    return {key: row["group"] for key, row in lexicons.concepts(STAGE, topic).items()}
