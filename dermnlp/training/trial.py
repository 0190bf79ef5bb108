"""How well a tagger does on annotated pieces: strict F1 by corpus and label, for a network in training and for a model as shipped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from tokenizers import Tokenizer

from dermnlp.entities.models import Model, Reading
from dermnlp.training.network import Network
from dermnlp.training.pieces import ATTRIBUTES, FLAGGED, Piece

ALL = "ALL"
Figures = dict[str, dict[str, float]]
Counts = Counter[tuple[str, str, str]]


def f1(right: int, found: int, true: int) -> float:
    """The harmonic mean of precision and recall."""
    return 2 * right / (found + true) if found + true else 0.0


def scores(model: Model, pieces: Sequence[Piece]) -> Figures:
    """F1 by corpus, then by type or attribute; `ALL` is over the types. Spans must fit exactly; attributes are judged on the gold mentions.

    The corpus `ALL` sums over the corpora.
    """
    counts: Counts = Counter()
    readings = model.read([(piece.heading, piece.text) for piece in pieces])
    for piece, reading in zip(pieces, readings, strict=True):
        _count_spans(counts, piece, reading, frozenset(model.types))
        if piece.attributes and reading.flags is not None:
            _count_attributes(counts, piece, reading, reading.flags)
    corpora = sorted({key[0] for key in counts} - {ALL})
    return {corpus: _of(counts, corpus) for corpus in (*corpora, *([ALL] if len(corpora) > 1 else []))}


def _of(counts: Counts, corpus: str) -> dict[str, float]:
    labels = sorted({label for (place, label, _), count in counts.items() if place == corpus and count})
    return {label: round(f1(*(counts[corpus, label, what] for what in ("right", "found", "true"))), 4) for label in labels}


def _count_spans(counts: Counts, piece: Piece, reading: Reading, types: frozenset[str]) -> None:
    known = piece.known & types
    found = {(one.type, one.start, one.end) for one in reading.tagged if one.type in known}
    true = {(mark.label, mark.start, mark.end) for mark in piece.marks if mark.label in known}
    for what, group in (("right", found & true), ("found", found), ("true", true)):
        for label, _, _ in group:
            for corpus in (piece.corpus, ALL):
                counts[corpus, label, what] += 1
                counts[corpus, ALL, what] += 1


def _count_attributes(counts: Counts, piece: Piece, reading: Reading, flags: np.ndarray) -> None:
    for mark in piece.marks:
        inside = reading.pieces(mark.start, mark.end)
        if mark.label not in FLAGGED or not inside.any():
            continue
        for attribute, chance in zip(ATTRIBUTES, flags[inside].mean(0, dtype=np.float32), strict=True):
            true, found = attribute in mark.attributes, bool(chance >= 0.5)
            for corpus in (piece.corpus, ALL):
                counts[corpus, attribute, "right"] += true and found
                counts[corpus, attribute, "found"] += found
                counts[corpus, attribute, "true"] += true


def as_model(network: Network, tokenizer: Tokenizer, padding: int) -> Model:
    """A network in training behind the face of a shipped model, with all its layers as types."""

    @torch.no_grad()
    def score(ids: np.ndarray, attention: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        network.eval()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            types, flags = network(torch.from_numpy(ids), torch.from_numpy(attention))
        return torch.softmax(types.float(), -1).numpy(), torch.sigmoid(flags.float()).numpy()

    return Model("network", "", network.layers, ATTRIBUTES, True, True, tokenizer, padding, score)
