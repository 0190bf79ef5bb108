"""From text to the pieces of words that an encoder reads, each with the characters it stands for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tokenizers import Tokenizer

POSITIONS = 512


@dataclass(frozen=True, slots=True)
class Encoding:
    """A stretch of text as numbers: ids, and the characters [starts, ends) of each; none for signs and for the heading."""

    ids: np.ndarray
    starts: np.ndarray
    ends: np.ndarray


def load_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer of a model folder; text beyond the positions of the encoder is cut off."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.enable_truncation(POSITIONS)
    tokenizer.no_padding()
    return tokenizer


def encode(tokenizer: Tokenizer, texts: Sequence[tuple[str, str]]) -> list[Encoding]:
    """Each (heading, text) as the encoder reads it: the heading, a colon, the text."""
    fronts = [f"{heading}: " if heading else "" for heading, _ in texts]
    found = tokenizer.encode_batch([front + text for front, (_, text) in zip(fronts, texts, strict=True)])
    return [_trimmed(one, len(front), text) for one, front, (_, text) in zip(found, fronts, texts, strict=True)]


def _trimmed(encoding: object, shift: int, text: str) -> Encoding:
    """Offsets counted from the text, without the white space that a piece takes along."""
    offsets = np.array(encoding.offsets, dtype=np.int32).reshape(-1, 2) - shift  # type: ignore[attr-defined]
    starts, ends = np.maximum(offsets[:, 0], 0), np.maximum(offsets[:, 1], 0)
    for at, first in zip(np.flatnonzero(ends > starts).tolist(), starts[ends > starts].tolist(), strict=True):
        if text[first].isspace():
            starts[at] += len(text[first : ends[at]]) - len(text[first : ends[at]].lstrip())
    return Encoding(np.array(encoding.ids, dtype=np.int32), starts, ends)  # type: ignore[attr-defined]
