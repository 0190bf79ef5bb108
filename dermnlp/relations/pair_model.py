"""The learned half of adverse events: whole-number weights of named features."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from pathlib import Path

from dermnlp import data

FILE = "pairs.json"
FOLDER = "relations"
SCALE = 1000  # weights are thousandths: a sum of whole numbers doesn't depend on its order


@dataclass(frozen=True, slots=True)
class PairModel:
    """A logistic regression: the weight of each feature by name, and the probability from which on a pair is an adverse event."""

    name: str
    weights: Mapping[str, int]
    threshold: float

    def chance(self, features: Sequence[str]) -> float:
        """How likely the pair with these features is an adverse event."""
        return probability(sum(map(self.weights.get, features, repeat(0))) / SCALE)

    def holds(self, features: Sequence[str]) -> bool:
        """Whether the pair with these features is an adverse event."""
        return self.chance(features) >= self.threshold


def probability(score: float) -> float:
    """The probability that log odds mean."""
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def path_of(model: str) -> Path:
    """The file of a model: a name in the pipelines room, or the path of a folder."""
    named = data.room("pipelines") / model
    return (named if named.is_dir() else Path(model)) / FILE


@lru_cache(maxsize=4)
def load(path: Path) -> PairModel:
    """The model of a file; ValueError names it when it is none."""
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return PairModel(known["name"], known["weights"], known["threshold"])
    except (OSError, KeyError, ValueError):
        raise ValueError(f"relations: {path} is no pair model. Name a folder that `dermnlp train --relations` wrote, or set adverse_events = \"rules\".") from None
