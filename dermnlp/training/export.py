"""From trained weights to a model folder: ONNX with 8-bit weights, tokenizer, label file."""

from __future__ import annotations

import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from dermnlp.entities.encoding import Encoding, encode, load_tokenizer
from dermnlp.entities.models import LABELS, NETWORK, TOKENIZER, by_length, digest_of, padded
from dermnlp.mentions import ATTRIBUTES
from dermnlp.tables import replacing, write_whole
from dermnlp.training.network import Network
from dermnlp.training.quantisation import READABLE, Feed, quantise

OPSET = 17


class Shipped(nn.Module):
    """The encoder with the heads of our types alone: ids and attention in, [batch, length, types * 3] and [batch, length, 4] out."""

    def __init__(self, network: Network, types: int) -> None:
        super().__init__()
        self.encoder = network.encoder
        width = network.types.in_features
        self.types, self.flags = nn.Linear(width, 3 * types), network.flags
        with torch.no_grad():
            self.types.weight.copy_(network.types.weight[: 3 * types])
            self.types.bias.copy_(network.types.bias[: 3 * types])

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return self.types(hidden), self.flags(hidden)


def export(network: Network, types: Sequence[str], tokenizer: Path, folder: Path, *, name: str, padding: int, texts: Sequence[tuple[str, str]]) -> Path:
    """Write the model folder that `dermnlp.entities.models.load` reads; gives the folder.

    `texts` (heading, text) give the ranges of its 8 bits; with fewer than two it keeps its 32.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, replacing(folder / NETWORK) as part:
        whole = _fused(_traced(network, len(types), Path(scratch)), network)
        if len(texts) > 1:
            encodings = encode(load_tokenizer(tokenizer), texts)
            half = len(encodings) // 2
            quantise(whole, part, _feeds(encodings[:half], padding), _feeds(encodings[half:], padding))
        else:
            shutil.copyfile(whole, part)
    shutil.copyfile(tokenizer, folder / TOKENIZER)
    card = {
        "name": name,
        "types": list(types),
        "attributes": list(ATTRIBUTES),
        "headings": True,
        "padding": padding,
        "sha256": {file: digest_of(folder / file) for file in (NETWORK, TOKENIZER)},
    }
    write_whole(folder / LABELS, json.dumps(card, indent=2) + "\n")
    return folder


def _feeds(encodings: Sequence[Encoding], padding: int) -> list[Feed]:
    """Batches as the shipped network will see them."""
    feeds = []
    for numbers in by_length([encoding.ids for encoding in encodings]):
        ids, attention = padded([encodings[number].ids for number in numbers], padding)
        readable = np.zeros(ids.shape, dtype=bool)
        for row, number in enumerate(numbers):
            readable[row, : len(encodings[number].ids)] = encodings[number].ends > encodings[number].starts
        feeds.append({"input_ids": ids, "attention_mask": attention, READABLE: readable})
    return feeds


def _traced(network: Network, types: int, folder: Path) -> Path:
    """The network as plain ONNX."""
    path = folder / "traced.onnx"
    shipped = Shipped(network, types).eval()
    ids = torch.zeros((2, 16), dtype=torch.long)
    axes = {0: "batch", 1: "length"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            shipped,
            (ids, torch.ones_like(ids)),
            str(path),
            input_names=["input_ids", "attention_mask"],
            output_names=["types", "flags"],
            dynamic_axes=dict.fromkeys(("input_ids", "attention_mask", "types", "flags"), axes),
            opset_version=OPSET,
            dynamo=False,
        )
    return path


def _fused(path: Path, network: Network) -> Path:
    """The same with attention and normalisation as single operators, where the encoder is a BERT; else as it was."""
    from onnxruntime.transformers import optimizer

    config = network.encoder.config
    if config.model_type != "bert":
        return path
    logging.getLogger("onnxruntime.transformers").setLevel(logging.ERROR)
    model = optimizer.optimize_model(str(path), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size, opt_level=0)
    fused = path.with_name("fused.onnx")
    model.save_model_to_file(str(fused))
    return fused
