"""What a model says of a whole note: its spans in the note's characters, and how it judges any other stretch."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dermnlp.entities.decoding import Tagged
from dermnlp.entities.stretches import Stretch

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from dermnlp.entities.models import Reading


@dataclass(frozen=True, slots=True)
class Read:
    """A stretch of the note with what the model says of it."""

    stretch: Stretch
    reading: Reading


class Readings:
    """The readings of a note in its order; where two windows share text, each answers for its half."""

    def __init__(self, types: Sequence[str], attributes: Sequence[str], parts: Sequence[Read], *, judges: bool = True) -> None:
        self.judged = {type_: column for column, type_ in enumerate(types)} if judges else {}
        self.attributes = {attribute: column for column, attribute in enumerate(attributes)}
        self.parts = list(parts)
        ends = [0, *(part.stretch.end for part in parts)]
        self.first = [max(part.stretch.start, (part.stretch.start + end) // 2) for part, end in zip(parts, ends, strict=False)]

    def tagged(self) -> Iterator[Tagged]:
        """The spans of the model, offsets counted in the note."""
        limits = [*self.first[1:], float("inf")]
        for part, first, limit in zip(self.parts, self.first, limits, strict=True):
            for tagged in part.reading.tagged:
                start = tagged.start + part.stretch.start
                if first <= start < limit:
                    yield replace(tagged, start=start, end=tagged.end + part.stretch.start)

    def support(self, type_: str, start: int, end: int) -> float | None:
        """How likely the characters [start, end) lie in a mention of a type, a mean over their pieces; None when it doesn't know."""
        column = self.judged.get(type_)
        part = self._part(start)
        if column is None or part is None:
            return None
        pieces = part.reading.pieces(start - part.stretch.start, end - part.stretch.start)
        return float(part.reading.inside[pieces, column].mean(dtype=np.float32)) if pieces.any() else None

    def chances(self, start: int, end: int) -> dict[str, float]:
        """How likely a mention at [start, end) carries each attribute; empty when the model judges none."""
        part = self._part(start)
        if part is None or part.reading.flags is None:
            return {}
        pieces = part.reading.pieces(start - part.stretch.start, end - part.stretch.start)
        if not pieces.any():
            return {}
        means = part.reading.flags[pieces].mean(0, dtype=np.float32)
        return {attribute: float(means[column]) for attribute, column in self.attributes.items()}

    def _part(self, at: int) -> Read | None:
        position = bisect_right(self.first, at) - 1
        part = self.parts[position] if position >= 0 else None
        return part if part and at < part.stretch.end else None


def readings(doc: Doc) -> Readings | None:
    """What the tagger left on the Doc; None without one."""
    return doc.user_data.get("readings")
