"""Models that tag: our own (ONNX, a head per type) or any Hugging Face token classifier in a folder of this machine."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dermnlp import data
from dermnlp.entities.decoding import Tagged, probabilities, spans
from dermnlp.entities.encoding import Encoding, encode, load_tokenizer

LABELS = "tagger.json"
NETWORK, TOKENIZER = "model.onnx", "tokenizer.json"
PIECES = 512
INSIDE_TAGS, BEGIN_TAGS = ("I", "E", "L", "M"), ("B", "S", "U")

Scorer = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray | None]]


class ModelError(ValueError):
    """A folder does not hold a model that can be loaded: names the file and the way out."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a model says of a stretch: its pieces [starts, ends), how likely each lies in each type, in each attribute, and the spans."""

    starts: np.ndarray
    ends: np.ndarray
    inside: np.ndarray
    flags: np.ndarray | None
    tagged: tuple[Tagged, ...]

    def pieces(self, start: int, end: int) -> np.ndarray:
        """Which pieces touch the characters [start, end)."""
        return (self.starts < end) & (self.ends > start)


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model: `types` it tags, `attributes` it judges (perhaps none), `name` for the record.

    `judges` says whether it was trained after the guidelines, so that it may speak of mentions that others found.
    """

    name: str
    types: tuple[str, ...]
    attributes: tuple[str, ...]
    headings: bool
    judges: bool
    tokenizer: object
    padding: int
    scorer: Scorer

    def read(self, texts: Sequence[tuple[str, str]]) -> list[Reading]:
        """One reading per (heading, text), in batches of like length with at most 512 pieces of words."""
        known = texts if self.headings else [("", text) for _, text in texts]
        encodings = encode(self.tokenizer, known)  # type: ignore[arg-type]
        readings: list[Reading | None] = [None] * len(texts)
        ids = [encoding.ids for encoding in encodings]
        for numbers in by_length(ids):
            tables, flags = self.scorer(*padded([ids[number] for number in numbers], self.padding))
            for row, number in enumerate(numbers):
                readings[number] = self._reading(encodings[number], tables[row], None if flags is None else flags[row], texts[number][1])
        return [reading for reading in readings if reading is not None]

    def _reading(self, encoding: Encoding, table: np.ndarray, flags: np.ndarray | None, text: str) -> Reading:
        length = len(encoding.ids)
        table = table[:length]
        tagged = tuple(spans(table, encoding, text, self.types))
        inside = (1 - table[:, :, 0]).astype(np.float16)
        return Reading(
            encoding.starts.astype(np.int16),
            encoding.ends.astype(np.int16),
            inside,
            None if flags is None else flags[:length].astype(np.float16),
            tagged,
        )


def by_length(ids: Sequence[np.ndarray]) -> Iterator[list[int]]:
    """The numbers of the stretches of each batch: alike in length, at most `PIECES` with padding."""
    lengths = [len(one) for one in ids]
    return filled(sorted(range(len(ids)), key=lambda number: lengths[number]), lengths, PIECES)


def filled(order: Iterable[int], lengths: Sequence[int], pieces: int) -> Iterator[list[int]]:
    """The numbers in this order as batches of at most so many pieces with padding; what is longer stands alone."""
    batch: list[int] = []
    longest = 0
    for number in order:
        longest = max(longest, lengths[number])
        if batch and longest * (len(batch) + 1) > pieces:
            yield batch
            batch, longest = [], lengths[number]
        batch.append(number)
    if batch:
        yield batch


def padded(ids: Sequence[np.ndarray], padding: int) -> tuple[np.ndarray, np.ndarray]:
    """The ids and the attention of a batch, [stretches, pieces] each, padded at the end."""
    return stacked(ids, padding), stacked([np.ones_like(one) for one in ids], 0)


def stacked(arrays: Sequence[np.ndarray], filler: int) -> np.ndarray:
    """Arrays of whole numbers side by side, filled up at the end to the length of the longest."""
    longest = max(len(array) for array in arrays)
    table = np.full((len(arrays), longest, *arrays[0].shape[1:]), filler, dtype=np.int64)
    for row, array in enumerate(arrays):
        table[row, : len(array)] = array
    return table


def load(folder: Path, *, labels: Mapping[str, str] | None = None, threads: int = 1) -> Model:
    """The model of a folder: ours, or a Hugging Face token classifier whose labels `labels` maps to types of the guidelines.

    ModelError says which file is missing, damaged or unfit.
    """
    if not folder.is_dir():
        raise ModelError(f"tagger: no folder {folder}. Name a folder with a model, or exclude the tagger.")
    if not (folder / TOKENIZER).is_file():
        raise ModelError(f"tagger: {folder} has no {TOKENIZER}. Save the model with a fast tokenizer.")
    return _ours(folder, threads) if (folder / LABELS).is_file() else _published(folder, labels or {}, threads)


def _ours(folder: Path, threads: int) -> Model:
    card = json.loads((folder / LABELS).read_text(encoding="utf-8"))
    for name, digest in card["sha256"].items():
        if not (folder / name).is_file():
            raise ModelError(f"tagger: {folder} has no {name}. Install dermnlp again.")
        if digest_of(folder / name) != digest:
            raise ModelError(f"tagger: {folder / name} is not the file that {LABELS} describes. Install dermnlp again, or train again.")
    run = session(folder / NETWORK, threads)

    def score(ids: np.ndarray, attention: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        types, flags = run({"input_ids": ids, "attention_mask": attention})
        return probabilities(types.reshape(*types.shape[:2], -1, 3)), 1 / (1 + np.exp(-flags))

    return Model(
        name=card["name"],
        types=tuple(card["types"]),
        attributes=tuple(card["attributes"]),
        headings=card["headings"],
        judges=True,
        tokenizer=load_tokenizer(folder / TOKENIZER),
        padding=card["padding"],
        scorer=score,
    )


def _published(folder: Path, labels: Mapping[str, str], threads: int) -> Model:
    """A Hugging Face token classifier: ONNX when the folder has it, else safetensors."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        names = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
    except (OSError, KeyError, ValueError):
        raise ModelError(f"tagger: {folder} has no config.json with an id2label. Name a folder with a token classifier.") from None
    types = tuple(dict.fromkeys(type_ for name in names if (type_ := _type(name, labels))))
    if not types:
        there = ", ".join(sorted({name.partition("-")[2] or name for name in names} - {"O"}))
        raise ModelError(f"tagger: none of the labels of {folder} is mapped to a type: {there}. Map them with `labels` in the config.")
    network = network_of(folder)
    run = _logits_of_onnx(network, threads) if network.suffix == ".onnx" else _logits_of_torch(folder, threads)

    def score(ids: np.ndarray, attention: np.ndarray) -> tuple[np.ndarray, None]:
        return _by_type(probabilities(run(ids, attention)), names, types, labels), None

    padding = int(config.get("pad_token_id") or 0)
    return Model(folder.name, types, (), False, False, load_tokenizer(folder / TOKENIZER), padding, score)


def _type(name: str, labels: Mapping[str, str]) -> str:
    """The type of the guidelines that a label stands for, "" for none."""
    from dermnlp.mentions import TYPES

    stem = name[2:] if name[:2] in {f"{tag}-" for tag in (*INSIDE_TAGS, *BEGIN_TAGS)} else name
    type_ = labels.get(stem, stem)
    return type_ if type_ in TYPES else ""


def _by_type(chances: np.ndarray, names: Sequence[str], types: Sequence[str], labels: Mapping[str, str]) -> np.ndarray:
    """One softmax over all labels as outside, begins and inside per type."""
    table = np.zeros((*chances.shape[:2], len(types), 3), dtype=np.float32)
    for number, name in enumerate(names):
        type_ = _type(name, labels)
        if type_:
            table[:, :, types.index(type_), 1 if name[:2] in {f"{tag}-" for tag in BEGIN_TAGS} else 2] += chances[:, :, number]
    table[..., 0] = 1 - table[..., 1:].sum(-1)
    return table


def session(path: Path, threads: int) -> Callable[[dict[str, np.ndarray]], list[np.ndarray]]:
    """An ONNX network ready to run, on CUDA where onnxruntime offers it; inputs that it doesn't know are left out."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    options.log_severity_level = 3
    offered = onnxruntime.get_available_providers()
    providers = [name for name in ("CUDAExecutionProvider", "CPUExecutionProvider") if name in offered]
    try:
        loaded = onnxruntime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:
        raise ModelError(f"tagger: {path} is not a network that onnxruntime can run ({type(error).__name__}).") from None
    inputs = {one.name for one in loaded.get_inputs()}

    def run(feed: dict[str, np.ndarray]) -> list[np.ndarray]:
        if "token_type_ids" in inputs:
            feed["token_type_ids"] = np.zeros_like(feed["input_ids"])
        return loaded.run(None, {name: value for name, value in feed.items() if name in inputs})

    return run


def _logits_of_onnx(path: Path, threads: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    run = session(path, threads)
    return lambda ids, attention: run({"input_ids": ids, "attention_mask": attention})[0]


def _logits_of_torch(folder: Path, threads: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """The scores of a safetensors model; needs the `train` extra."""
    try:
        import torch
        from transformers import AutoModelForTokenClassification
    except ImportError:
        raise ModelError(f"tagger: {folder} is a PyTorch model. Install dermnlp[train], or export it to {NETWORK}.") from None
    torch.set_num_threads(threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network = AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True, use_safetensors=True).to(device).eval()

    def run(ids: np.ndarray, attention: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            feed = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(attention)}
            return network(**{name: value.to(device) for name, value in feed.items()}).logits.float().cpu().numpy()

    return run


def folder_of(model: str) -> Path:
    """The folder of a model: a name in the pipelines room, or a path."""
    named = data.room("pipelines") / model
    return named if named.is_dir() else Path(model)


def network_of(folder: Path) -> Path:
    """The file that holds the weights of a model folder; ModelError when there is none."""
    places = (folder / NETWORK, folder / "onnx" / NETWORK, folder / "model.safetensors")
    found = next((path for path in places if path.is_file()), None)
    if found is None:
        raise ModelError(f"tagger: {folder} has neither {NETWORK} nor model.safetensors. Save the model in one of these.")
    return found


def digest_of(path: Path) -> str:
    """The sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
