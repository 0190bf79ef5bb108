"""From documents to what the network sees: one stretch of text each, in pieces of words with a label per layer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from dermnlp.mentions import ATTRIBUTED, ATTRIBUTES
from dermnlp.training.corpora import Document, Mark

if TYPE_CHECKING:
    from tokenizers import Tokenizer

UNKNOWN, OUTSIDE, BEGINS, INSIDE = -100, 0, 1, 2
CUTTING = ("sections", "sentences")


@dataclass(frozen=True, slots=True)
class Piece:
    """One stretch of a document with its marks, offsets counted from its start; `known` are the layers its corpus marks."""

    document: str
    corpus: str
    language: str
    text: str
    heading: str
    marks: tuple[Mark, ...]
    known: frozenset[str]
    attributes: bool = False


@dataclass(frozen=True, slots=True)
class Encoded:
    """A piece as numbers: ids [T], labels [T, layers] (-100 where not known), flags [T, 4] (-100 outside mentions)."""

    ids: np.ndarray
    labels: np.ndarray
    flags: np.ndarray


def cut(documents: Iterable[Document], known: frozenset[str], attributes: bool) -> Iterator[Piece]:
    """The stretches of documents as the pipeline will cut them; a mark that a cut goes through is left out."""
    from dermnlp.entities.stretches import stretches

    for document in documents:
        doc = _cutter(document.language)(document.text)
        for stretch in stretches(doc):
            inside = [m for m in document.marks if stretch.start <= m.start and m.end <= stretch.end]
            marks = tuple(Mark(m.label, m.start - stretch.start, m.end - stretch.start, m.attributes) for m in inside)
            text = document.text[stretch.start : stretch.end]
            yield Piece(document.name, document.corpus, document.language, text, stretch.heading, marks, known, attributes)


@lru_cache(maxsize=4)
def _cutter(language: str) -> Any:
    """The pipeline up to the sentences."""
    from dermnlp.components import FACTORIES
    from dermnlp.pipelines import load

    return load(language, exclude=[name for name in FACTORIES if name not in CUTTING])


def encode(pieces: Sequence[Piece], tokenizer: Tokenizer, layers: Sequence[str]) -> list[Encoded]:
    """The pieces as the network reads them."""
    from dermnlp.entities.encoding import encode as encode_texts

    position = {layer: number for number, layer in enumerate(layers)}
    encodings = encode_texts(tokenizer, [(piece.heading, piece.text) for piece in pieces])
    return [_labelled(piece, encoding, position) for piece, encoding in zip(pieces, encodings, strict=True)]


def _labelled(piece: Piece, encoding: Any, position: dict[str, int]) -> Encoded:
    ids, starts, ends = encoding.ids, encoding.starts, encoding.ends
    readable = ends > starts
    labels = np.full((len(ids), len(position)), UNKNOWN, dtype=np.int16)
    columns = [position[layer] for layer in piece.known if layer in position]
    labels[np.ix_(readable, columns)] = OUTSIDE
    flags = np.full((len(ids), len(ATTRIBUTES)), UNKNOWN, dtype=np.int16)
    for mark in sorted(piece.marks, key=lambda mark: mark.start - mark.end):
        inside = np.flatnonzero(readable & (starts < mark.end) & (ends > mark.start))
        column = position.get(mark.label)
        if column is None or mark.label not in piece.known or not len(inside):
            continue
        labels[inside, column] = INSIDE
        labels[inside[0], column] = BEGINS
        if piece.attributes and mark.label in ATTRIBUTED:
            flags[inside] = [attribute in mark.attributes for attribute in ATTRIBUTES]
    return Encoded(ids, labels, flags)
