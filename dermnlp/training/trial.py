"""How well a tagger does on annotated pieces: strict F1 by corpus and label, for a network in training and for a model as shipped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from dermnlp.entities.models import Model, Reading
from dermnlp.evaluation.scoring import ALL, Count
from dermnlp.mentions import ATTRIBUTED, ATTRIBUTES
from dermnlp.training.network import Network
from dermnlp.training.pieces import Piece

Figures = dict[str, dict[str, float]]


def scores(model: Model, pieces: Sequence[Piece]) -> Figures:
    """F1 by corpus, then by type or attribute; `ALL` is over the types. Spans must fit exactly; attributes are judged on the gold mentions.

    The corpus `ALL` sums over the corpora.
    """
    counts: dict[str, dict[str, Count]] = {}
    readings = model.read([(piece.heading, piece.text) for piece in pieces])
    for piece, reading in zip(pieces, readings, strict=True):
        for label, count in (*_spans(piece, reading, frozenset(model.types)), *_attributes(piece, reading)):
            for corpus in (piece.corpus, ALL):
                table = counts.setdefault(corpus, {})
                table[label] = table.get(label, Count()) + count
    corpora = sorted(counts.keys() - {ALL})
    return {corpus: _of(counts[corpus]) for corpus in (*corpora, *([ALL] if len(corpora) > 1 else []))}


def _of(counts: dict[str, Count]) -> dict[str, float]:
    return {label: round(count.f1, 4) for label, count in sorted(counts.items()) if count.system or count.gold}


def _spans(piece: Piece, reading: Reading, types: frozenset[str]) -> Iterator[tuple[str, Count]]:
    """The counts of a piece's spans by type, and over all types."""
    known = piece.known & types
    found = {(one.type, one.start, one.end) for one in reading.tagged if one.type in known}
    true = {(mark.label, mark.start, mark.end) for mark in piece.marks if mark.label in known}
    for span in found | true:
        count = Count(span in found and span in true, span in found, span in true)
        yield from ((span[0], count), (ALL, count))


def _attributes(piece: Piece, reading: Reading) -> Iterator[tuple[str, Count]]:
    """The counts of the attributes of a piece's gold mentions, where its corpus has them and the model judges them."""
    flags = reading.flags
    if not piece.attributes or flags is None:
        return
    for mark in piece.marks:
        inside = reading.pieces(mark.start, mark.end)
        if mark.label in ATTRIBUTED and inside.any():
            for attribute, chance in zip(ATTRIBUTES, flags[inside].mean(0, dtype=np.float32), strict=True):
                true, found = attribute in mark.attributes, bool(chance >= 0.5)
                yield attribute, Count(true and found, found, true)


def as_model(network: Network, tokenizer: Tokenizer, padding: int) -> Model:
    """A network in training behind the face of a shipped model, with all its layers as types."""

    @torch.no_grad()
    def score(ids: np.ndarray, attention: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        network.eval()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            types, flags = network(torch.from_numpy(ids), torch.from_numpy(attention))
        return torch.softmax(types.float(), -1).numpy(), torch.sigmoid(flags.float()).numpy()

    return Model("network", network.layers, ATTRIBUTES, True, True, tokenizer, padding, score)
