"""From the scores of a model to spans: a run of pieces per type, whole words, and how sure the model is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dermnlp.entities.encoding import Encoding

BEGINS = 1
TRAILING = frozenset(".,;:+/-")


@dataclass(frozen=True, slots=True)
class Tagged:
    """A span that a model found in a stretch of text; `confidence` is the mean probability over its pieces of words."""

    type: str
    start: int
    end: int
    confidence: float


def probabilities(scores: np.ndarray) -> np.ndarray:
    """Softmax over the last axis (outside, begins, inside)."""
    raised = np.exp(scores - scores.max(-1, keepdims=True))
    return raised / raised.sum(-1, keepdims=True)


def spans(table: np.ndarray, encoding: Encoding, text: str, types: Sequence[str]) -> list[Tagged]:
    """The spans of a stretch from its probabilities [pieces, types, 3]; those of one type never overlap."""
    best = table.argmax(-1)
    best[encoding.ends <= encoding.starts] = 0
    found: list[Tagged] = []
    for column in np.flatnonzero(best.any(0)):
        found += _of_type(table[:, column], best[:, column], encoding, text, types[column])
    return sorted(found, key=lambda one: (one.start, -one.end))


def _of_type(table: np.ndarray, best: np.ndarray, encoding: Encoding, text: str, type_: str) -> list[Tagged]:
    """The runs of one type, lengthened to whole words; runs that then touch the same word become one."""
    found: list[list[float]] = []  # start, end, sum of probabilities, pieces
    before = -2
    for at in np.flatnonzero(best):
        sure = 1.0 - float(table[at, 0])
        start, end = _whole(text, int(encoding.starts[at]), int(encoding.ends[at]))
        same_word = found and start < found[-1][1]
        if same_word or (best[at] != BEGINS and _adjacent(before, at, encoding)):
            found[-1][1:] = [max(found[-1][1], end), found[-1][2] + sure, found[-1][3] + 1]
        else:
            found.append([start, end, sure, 1])
        before = at
    return [Tagged(type_, int(start), _trimmed(text, int(start), int(end)), total / count) for start, end, total, count in found]


def _trimmed(text: str, start: int, end: int) -> int:
    """The end of a span without a sign behind its last word, but for the point of an abbreviation with points ("v.o.")."""
    while end - start > 1 and text[end - 1] in TRAILING and not (text[end - 1] == "." and "." in text[start : end - 1]):
        end -= 1
    return end


def _adjacent(before: int, at: int, encoding: Encoding) -> bool:
    """Whether no readable piece stands between two."""
    return before >= 0 and not (encoding.ends[before + 1 : at] > encoding.starts[before + 1 : at]).any()


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    """A stretch lengthened to the words that it cuts."""
    while start > 0 and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return start, end
