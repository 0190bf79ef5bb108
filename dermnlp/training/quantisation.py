"""Weights and activations in 8 bits, with fixed ranges: a sentence gets the same scores whatever stands beside it in its batch.

A range lies between two percentiles of what the activation is over sentences of training; the percentile is the one with which the
network's scores stay nearest to those of the whole network.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dermnlp.entities.decoding import probabilities
from dermnlp.entities.models import session

if TYPE_CHECKING:
    from onnx import ModelProto

PERCENTILES = (99.99, 100.0, 99.998, 99.995, 99.98, 99.95)
SPARED = 2
VALUES_KEPT = 40_000
LEVELS = 255
READABLE = "readable"  # beside a feed's inputs: which pieces stand for text; what the network says of others is never used
Feed = dict[str, np.ndarray]
Ranges = dict[str, tuple[float, float]]


def quantise(whole: Path, target: Path, feeds: Sequence[Feed], held: Sequence[Feed], spared: int = SPARED) -> float:
    """Write the network of `whole` in 8 bits: `feeds` give the ranges, `held` choose between them.

    The `spared` multiplications that lose most by it keep their 32 bits. Gives the mean divergence (nats per piece of words) from the
    whole network on `held`.
    """
    expected = _chances(whole, held)
    dynamic = _dynamic(whole, ())
    values = _activations(whole, _measured(dynamic), feeds)

    def error(network: Path, ranges: Ranges) -> float:
        return _divergence(expected, _chances(_fixed(network, ranges), held), held)

    common = {percentile: {name: _range(kept, percentile) for name, kept in values.items()} for percentile in PERCENTILES}
    start = min(PERCENTILES, key=lambda percentile: error(dynamic, common[percentile]))
    losses = {node: error(_dynamic(whole, (node,)), common[start]) for node in _multiplications(whole)}
    dynamic = _dynamic(whole, sorted(losses, key=lambda node: losses[node])[:spared])
    errors = {percentile: error(dynamic, common[percentile]) for percentile in PERCENTILES}
    best = min(PERCENTILES, key=lambda percentile: errors[percentile])
    target.write_bytes(_fixed(dynamic, common[best]).read_bytes())
    return errors[best]


def _dynamic(whole: Path, spared: Sequence[str]) -> Path:
    """Weights in 8 bits with a scale per channel, but for the spared nodes; activations still measured batch by batch.

    One bit of the weights stays free: processors without VNNI add pairs of products in 16 bits, which would overflow.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic

    root = logging.getLogger()
    level = root.level
    root.setLevel(logging.ERROR)
    target = whole.with_name("dynamic.onnx")
    options = {"DefaultTensorType": onnx.TensorProto.FLOAT}
    quantize_dynamic(
        str(whole),
        str(target),
        per_channel=True,
        reduce_range=True,
        weight_type=QuantType.QInt8,
        nodes_to_exclude=list(spared),
        extra_options=options,
    )
    root.setLevel(level)
    return target


def _measured(dynamic: Path) -> list[str]:
    """The activations of a network whose range is still measured."""
    import onnx

    return sorted({node.input[0] for node in onnx.load(str(dynamic)).graph.node if node.op_type == "DynamicQuantizeLinear"})


def _multiplications(whole: Path) -> list[str]:
    """The multiplications by weights."""
    import onnx

    graph = onnx.load(str(whole)).graph
    weights = {tensor.name for tensor in graph.initializer}
    return [node.name for node in graph.node if node.op_type == "MatMul" and node.input[1] in weights]


def _fixed(dynamic: Path, ranges: Ranges) -> Path:
    """The network with fixed ranges."""
    import onnx

    path = dynamic.with_name("fixed.onnx")
    onnx.save(_with_ranges(onnx.load(str(dynamic)), ranges), str(path))
    return path


def _activations(path: Path, names: Sequence[str], feeds: Sequence[Feed]) -> dict[str, np.ndarray]:
    """A sample of the values that each of these tensors takes."""
    import onnx

    model = onnx.load(str(path))
    wanted = sorted(set(names))
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in wanted)
    shown = path.with_name("shown.onnx")
    onnx.save(model, str(shown))
    outputs = len(model.graph.output) - len(wanted)
    run, chance = session(shown, 1), np.random.default_rng(0)
    kept: dict[str, list[np.ndarray]] = {name: [] for name in wanted}
    for feed in feeds:
        for name, value in zip(wanted, run(dict(feed))[outputs:], strict=True):
            flat = value[feed["attention_mask"].astype(bool)].ravel()
            kept[name] += [chance.choice(flat, min(flat.size, VALUES_KEPT), replace=False), np.array([flat.min(), flat.max()])]
    return {name: np.concatenate(values) for name, values in kept.items()}


def _range(values: np.ndarray, percentile: float) -> tuple[float, float]:
    """The scale and the zero point of values between two percentiles, zero always among them."""
    low, high = min(0.0, float(np.percentile(values, 100 - percentile))), max(0.0, float(np.percentile(values, percentile)))
    scale = max(high - low, 1e-8) / LEVELS
    return scale, float(np.clip(round(-low / scale), 0, LEVELS))


def _with_ranges(model: ModelProto, ranges: Mapping[str, tuple[float, float]]) -> ModelProto:
    """The network with each measuring node replaced by one with a fixed range."""
    from onnx import helper, numpy_helper

    graph = model.graph
    nodes = []
    for node in graph.node:
        if node.op_type == "DynamicQuantizeLinear":
            quantised, scale, zero = node.output
            graph.initializer.append(numpy_helper.from_array(np.array(ranges[node.input[0]][0], np.float32), scale))
            graph.initializer.append(numpy_helper.from_array(np.array(ranges[node.input[0]][1], np.uint8), zero))
            node = helper.make_node("QuantizeLinear", [node.input[0], scale, zero], [quantised], name=node.name)
        nodes.append(node)
    del graph.node[:]
    graph.node.extend(nodes)
    return model


def _chances(path: Path, feeds: Sequence[Feed]) -> list[np.ndarray]:
    """The probabilities that a network gives each piece of words, by layer."""
    run = session(path, 1)
    return [probabilities(scores.reshape(*scores.shape[:2], -1, 3)) for scores in (run(dict(feed))[0] for feed in feeds)]


def _divergence(expected: Sequence[np.ndarray], found: Sequence[np.ndarray], feeds: Sequence[Feed]) -> float:
    """Kullback and Leibler's divergence of the found probabilities from the expected ones, a mean over the pieces of words."""
    total = pieces = 0.0
    for p, q, feed in zip(expected, found, feeds, strict=True):
        there = feed[READABLE]
        total += float((p * (np.log(p + 1e-9) - np.log(q + 1e-9))).sum((-1, -2))[there].sum())
        pieces += float(there.sum())
    return total / max(pieces, 1.0)
