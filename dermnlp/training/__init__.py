"""The tagger's training: a recipe and its texts in, a model folder out."""

from __future__ import annotations

import json
import random
import shutil
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file

from dermnlp.entities import models
from dermnlp.entities.encoding import load_tokenizer
from dermnlp.entities.models import LABELS
from dermnlp.lexicons import LANGUAGES
from dermnlp.tables import InputError, write_whole
from dermnlp.training import preparation, report, trial
from dermnlp.training.augmentation import Augmenter, synonyms
from dermnlp.training.export import export
from dermnlp.training.loop import Stage, Vocabulary, collate, in_order, save
from dermnlp.training.network import Network, standardise
from dermnlp.training.pieces import Encoded, Piece, encode
from dermnlp.training.recipe import Recipe, StagePlan
from dermnlp.training.trial import Figures

Progress = Callable[[str, int, int, float], None]
STANDARD_PIECES, STANDARD_TOKENS = 600, 4000
RANGED_PIECES = 800
SETTINGS, CURVE, REPORT = "training.json", "curve.json", "report.md"


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training run made: the model's folder, the report, and its figures on the documents to measure by."""

    model: Path
    report: Path
    figures: Figures


def train(
    recipe: Recipe,
    data: Path,
    out: Path,
    *,
    name: str = "tagger",
    resume: bool = False,
    overwrite: bool = False,
    progress: Progress = lambda *_: None,
) -> Trained:
    """Train a tagger by a recipe on the texts below `data`; the model goes to OUT/model, the report to OUT/report.md.

    `progress` is called with (stage, steps done, steps in all, loss). InputError says what of the recipe, the encoder or the folder is unfit.
    A run that was stopped goes on with `resume` from its last checkpoint, and ends as if it hadn't been stopped.
    """
    training = Training(recipe, data, out, name=name, progress=progress)
    _prepare(out, json.loads(json.dumps(asdict(recipe))), resume=resume, overwrite=overwrite)
    return training.run()


def _prepare(out: Path, settings: object, *, resume: bool, overwrite: bool) -> None:
    """Make the folder ready: without a training, or with the same; one that failed before it made anything counts for none."""
    known = out / SETTINGS
    begun = known.is_file() and any(path.is_file() for path in out.rglob("*") if path != known)
    if begun and not (resume or overwrite):
        raise InputError(f"'{out}' holds a training already. Go on with it with --resume, replace it with --overwrite, or choose another --out.")
    if begun and resume and not overwrite and json.loads(known.read_text(encoding="utf-8")) != settings:
        raise InputError(f"The training in '{out}' has another recipe. Repeat it with the same, or start anew with --overwrite.")
    if out.exists() and not known.is_file() and (not out.is_dir() or any(out.iterdir())):
        raise InputError(f"'{out}' isn't an empty folder. Choose another --out.")
    if known.is_file() and overwrite:
        _clear(out)
    for path in out.rglob(".part-*"):
        path.unlink()
    (out / "pieces").mkdir(parents=True, exist_ok=True)
    write_whole(known, json.dumps(settings, indent=1, ensure_ascii=False))


def _clear(out: Path) -> None:
    """Take away what a training made, and nothing else that lies there."""
    for folder in (out / "model", out / "pieces"):
        if folder.is_dir():
            shutil.rmtree(folder)
    for path in (*out.glob("*.safetensors"), *(out / name for name in ("checkpoint.json", CURVE, REPORT))):
        path.unlink(missing_ok=True)


class Training:
    """One run of a recipe over the texts below `data`; everything it makes lies in `out`."""

    def __init__(self, recipe: Recipe, data: Path, out: Path, *, name: str = "tagger", progress: Progress = lambda *_: None) -> None:
        self.recipe, self.data, self.out, self.name, self.progress = recipe, data, out, name, progress
        encoder = Path(recipe.encoder)
        self.encoder = encoder if encoder.is_dir() else data / recipe.encoder
        for needed in ("config.json", models.TOKENIZER, "*.safetensors"):
            if not any(self.encoder.glob(needed)):
                raise InputError(f"encoder {self.encoder}: no {needed} there. Name a folder with config.json, tokenizer.json and model.safetensors.")
        self.tokenizer = load_tokenizer(self.encoder / models.TOKENIZER)
        self.curve: list[dict[str, object]] = []
        self.trial_pieces: list[Piece] = []

    def run(self) -> Trained:
        """All stages, the export, the report."""
        self.curve = self._read_curve()
        pieces = {name: self._pieces(name) for name in dict.fromkeys(name for stage in self.recipe.stages for name in stage.corpora)}
        tenth = [piece for name, group in pieces.items() if name in self.recipe.tenth for piece in group if _held(piece)]
        self.trial_pieces = tenth + [piece for name in self.recipe.trial for piece in self._pieces(name)]
        learned = {name: [p for p in group if name not in self.recipe.tenth or not _held(p)] for name, group in pieces.items()}
        for stage in self.recipe.stages:
            if not any(learned[name] for name in stage.corpora):
                raise InputError(f"stage '{stage.name}': every document of {', '.join(stage.corpora)} is kept aside or held out. Add documents to learn from.")
        return self._finish(self._network(learned), learned)

    def _network(self, pieces: dict[str, list[Piece]]) -> Network:
        """The network after all stages; those that were finished before are read."""
        torch.manual_seed(self.recipe.seed)
        network = Network(self.encoder, self.recipe.layers, depth=self.recipe.depth)
        done = [self._weights(stage.name) for stage in self.recipe.stages if self._weights(stage.name).is_file()]
        if not done:
            self._standardise(network, [piece for group in pieces.values() for piece in group])
        for stage in self.recipe.stages:
            if self._weights(stage.name).is_file():
                load(network, self._weights(stage.name))
            else:
                self._stage(network, stage, [piece for name in stage.corpora for piece in pieces[name]])
        return network

    def _stage(self, network: Network, plan: StagePlan, pieces: Sequence[Piece]) -> None:
        """One stage; of several runs each starts from the same weights, and the mean of their ends is kept."""
        start = {name: value.clone() for name, value in network.state_dict().items()}
        for number, part in enumerate(plan.runs):
            if not self._weights(part.name).is_file():
                network.load_state_dict(start)
                self._run(network, part, pieces, self.recipe.seed + number)
        if len(plan.runs) > 1:
            ends = [load_file(self._weights(part.name)) for part in plan.runs]
            network.load_state_dict({name: torch.stack([end[name] for end in ends]).mean(0) for name in start})
            save(network, self._weights(plan.name))
        self._try(network, plan.name, -1)

    def _run(self, network: Network, plan: StagePlan, pieces: Sequence[Piece], seed: int) -> None:
        """One run of a stage."""
        recipe = self.recipe
        augment = Augmenter(plan.augmentation, synonyms(recipe.types, LANGUAGES), recipe.small_words, seed)
        torch.manual_seed(seed)

        def epoch(number: int) -> list[Encoded]:
            varied = [augment(piece, place, number) for place, piece in enumerate(pieces)] if plan.augmentation else pieces
            return encode(varied, self.tokenizer, network.layers)

        stage = Stage(network, plan, seed, self._vocabulary(), epoch, self.out)
        stage.run(self.progress, lambda number: self._try(network, plan.name, number))

    def _try(self, network: Network, stage: str, epoch: int) -> None:
        """Add the network's figures on the documents to measure by to the learning curve."""
        if not self.trial_pieces:
            return
        figures = trial.scores(trial.as_model(network, self.tokenizer, self._vocabulary().padding), self.trial_pieces)
        before = [point for point in self.curve if (point["stage"], point["epoch"]) != (stage, epoch)]
        self.curve = [*before, {"stage": stage, "epoch": epoch, "figures": figures}]
        write_whole(self.out / CURVE, json.dumps(self.curve, indent=1))

    def _finish(self, network: Network, pieces: dict[str, list[Piece]]) -> Trained:
        """Export the network and write down how well it does."""
        recipe, folder = self.recipe, self.out / "model"
        ranged = [piece for name in recipe.stages[-1].corpora for piece in pieces[name]]
        texts = [(piece.heading, piece.text) for piece in self._some(ranged, RANGED_PIECES)]
        padding = self._vocabulary().padding
        export(network, recipe.types, self.encoder / models.TOKENIZER, folder, name=self.name, padding=padding, texts=texts)
        shipped = trial.scores(models.load(folder), self.trial_pieces)
        whole = trial.scores(trial.as_model(network, self.tokenizer, padding), self.trial_pieces)
        digests = json.loads((folder / LABELS).read_text(encoding="utf-8"))["sha256"]
        write_whole(folder / "README.md", report.card(recipe, self.name, digests, shipped))
        text = report.report(recipe, self.curve, whole, shipped, {name: len(group) for name, group in pieces.items()})
        write_whole(self.out / REPORT, text)
        return Trained(folder, self.out / REPORT, shipped)

    def _read_curve(self) -> list[dict[str, object]]:
        path = self.out / CURVE
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []

    def _pieces(self, name: str) -> list[Piece]:
        def progress(done: int, total: int) -> None:
            self.progress(f"marking {name}", done, total, 0.0)

        return preparation.pieces_of(self.recipe, name, self.data, self.out / "pieces", progress)

    def _weights(self, stage: str) -> Path:
        return self.out / f"{stage}.safetensors"

    def _vocabulary(self) -> Vocabulary:
        find = self.tokenizer.token_to_id
        mask = next((number for name in ("<mask>", "[MASK]") if (number := find(name)) is not None), 0)
        padding = next((number for name in ("<pad>", "[PAD]") if (number := find(name)) is not None), 0)
        special = tuple(number for number, added in self.tokenizer.get_added_tokens_decoder().items() if added.special)
        return Vocabulary(mask, padding, self.tokenizer.get_vocab_size(), special)

    def _some(self, pieces: Sequence[Piece], count: int) -> list[Piece]:
        return random.Random(self.recipe.seed).sample(list(pieces), min(count, len(pieces)))

    def _standardise(self, network: Network, pieces: Sequence[Piece]) -> None:
        encoded = encode(self._some(pieces, STANDARD_PIECES), self.tokenizer, network.layers)
        padding = self._vocabulary().padding
        standardise(network, (collate([encoded[n] for n in group], padding)[:2] for group in in_order(encoded, STANDARD_TOKENS)))


def _held(piece: Piece) -> bool:
    """Whether a piece belongs to one document in ten, chosen by its name."""
    return zlib.crc32(piece.document.encode()) % 10 == 0


def load(network: Network, path: Path) -> None:
    """The weights of a stage into a network."""
    network.load_state_dict(load_file(path))
