"""A recipe of training: the encoder, the layers, the corpora and the stages, read from a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from dermnlp import data, mentions
from dermnlp.tables import InputError
from dermnlp.training import augmentation
from dermnlp.training.corpora import GUIDELINES, Corpus

TYPES = tuple(type_ for type_ in mentions.TYPES if type_ != "SCORE")  # scores are left to their rules
KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "str": ((str,), "a text"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "bool": ((bool,), "true or false"),
    "tuple": ((list, tuple), "a list"),
    "Mapping": ((dict,), "a table"),
}
DATASETS = ("dataset_info.json", "dataset_dict.json")


@dataclass(frozen=True, slots=True)
class StagePlan:
    """One stage: which corpora, how long and how fast, which share of the words is masked, and the chances of augmentation.

    `seeds` above 1 trains that many times from the same start and takes the mean of the weights; `rates` then gives each run its own.
    """

    name: str
    corpora: tuple[str, ...]
    epochs: float
    rate: float = 3e-4
    tokens: int = 768
    masked: float = 0.0
    averaging: float = 0.0
    seeds: int = 1
    rates: tuple[float, ...] = ()
    augmentation: Mapping[str, float] = field(default_factory=dict)

    @property
    def runs(self) -> tuple[StagePlan, ...]:
        """The plan of each run: this one, or one for each seed with a name of its own, and with a rate of its own where `rates` has it."""
        if self.seeds < 2:
            return (self,)
        rates = (*self.rates, *[self.rate] * self.seeds)[: self.seeds]
        return tuple(replace(self, name=f"{self.name}.{number}", rate=rate, seeds=1, rates=()) for number, rate in enumerate(rates))


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that a training run depends on besides the texts.

    `held_out` are folders whose texts may never be learned, `trial` the corpora to measure by; of those in `tenth` every tenth document
    is measured by and not learned. `about`, `measured` and `limits` are sentences of the model card.
    """

    encoder: str
    corpora: Mapping[str, Corpus]
    stages: tuple[StagePlan, ...]
    depth: int = 0
    seed: int = 1
    types: tuple[str, ...] = TYPES
    held_out: tuple[str, ...] = ()
    trial: tuple[str, ...] = ()
    tenth: tuple[str, ...] = ()
    about: str = ""
    measured: str = ""
    limits: str = ""
    small_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def layers(self) -> tuple[str, ...]:
        """The layers of the network: our types, then those that corpora of other schemes bring."""
        used = {name for stage in self.stages for name in stage.corpora}
        others = (corpus.layers or {} for name, corpus in self.corpora.items() if name in used)
        return tuple(dict.fromkeys((*self.types, *(layer for names in others for layer in names.values()))))


def load(path: Path, changes: Iterable[str] = ()) -> Recipe:
    """The recipe of a file, some of its values changed ("stages.gold.epochs=4"); InputError says what doesn't fit."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"recipe {path}: {error}") from None
    for change in changes:
        _change(raw, change)
    corpora = {name: _made(Corpus, {"name": name, **row}, f"corpora.{name}") for name, row in raw.pop("corpora", {}).items()}
    stages = tuple(_made(StagePlan, {"name": name, **row}, f"stages.{name}") for name, row in raw.pop("stages", {}).items())
    recipe: Recipe = _made(Recipe, {**raw, "corpora": corpora, "stages": stages}, path.name)
    if not stages:
        raise InputError(f"recipe {path}: it has no stage. Give it a table [stages.NAME] with corpora and epochs.")
    for stage in stages:
        augmentation.check(stage.augmentation)
    for place, names in [*((f"stage '{stage.name}'", stage.corpora) for stage in stages), ("trial", recipe.trial), ("tenth", recipe.tenth)]:
        missing = [name for name in names if name not in corpora]
        if missing:
            raise InputError(f"recipe {path}: {place} names no corpus of the recipe: '{missing[0]}'. There are: {', '.join(corpora)}.")
    return recipe


def named(name: str) -> Path:
    """The file of a recipe: a name in the pipelines room, or a path."""
    room = data.room("pipelines") / "training"
    path = room / f"{name}.toml"
    if path.is_file() or Path(name).is_file():
        return path if path.is_file() else Path(name)
    there = ", ".join(sorted(one.stem for one in room.glob("*.toml")))
    raise InputError(f"No recipe '{name}'. There are: {there}; or give the path of a TOML file.")


def with_corpora(recipe: Recipe, paths: Sequence[Path], labels: Mapping[str, str], encoder: str) -> Recipe:
    """The recipe with a user's encoder, and with corpora added to its last stage; each keeps a tenth of its documents to measure by.

    `labels` maps their labels to types of the guidelines; without it the labels are types.
    """
    for label, type_ in labels.items():
        if type_ not in TYPES:
            raise InputError(f"--label {label}={type_}: there is no type '{type_}'. There are: {', '.join(TYPES)}.")
    added: dict[str, Corpus] = {}
    for path in paths:
        corpus = _own(path, labels)
        name = _free(corpus.name, (*recipe.corpora, *added))
        added[name] = replace(corpus, name=name)
    last = replace(recipe.stages[-1], corpora=(*recipe.stages[-1].corpora, *added))
    if not last.corpora:
        raise InputError(f"stage '{last.name}' has no corpora. Name some in the recipe, or give at least one CORPUS.")
    return replace(
        recipe,
        encoder=encoder,
        corpora={**recipe.corpora, **added},
        stages=(*recipe.stages[:-1], last),
        types=tuple(dict.fromkeys(labels.values())) or recipe.types,
        tenth=(*recipe.tenth, *added),
    )


def _own(path: Path, labels: Mapping[str, str]) -> Corpus:
    """A user's corpus: its format told by what lies there."""
    format_ = _format(path, labels)
    layers = dict(labels) or ({type_: type_ for type_ in TYPES} if format_ != GUIDELINES else None)
    return Corpus(path.resolve().name, str(path.resolve()), format_, layers=layers, attributes=format_ == GUIDELINES)


def _format(path: Path, labels: Mapping[str, str]) -> str:
    if not path.exists():
        raise InputError(f"No corpus at {path}.")
    if path.is_file():
        return "jsonl" if path.suffix == ".jsonl" else "iob"
    if any(path.glob("*.ann")):
        return "brat" if labels else GUIDELINES
    if any((path / name).is_file() for name in DATASETS):
        return "dataset"
    raise InputError(f"No corpus in {path}. A folder holds .ann and .txt files, or a Hugging Face dataset saved with save_to_disk.")


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, with a number behind it where it is taken."""
    return next(one for one in (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3))) if one not in taken)


def _made(kind: type, row: Mapping[str, Any], place: str) -> Any:
    """A dataclass of a table of the file; lists become tuples."""
    names = [one.name for one in fields(kind)]
    unknown = [name for name in row if name not in names]
    if unknown:
        raise InputError(f"recipe, {place}: there is no '{unknown[0]}'. There are: {', '.join(names)}.")
    for one in fields(kind):
        if one.name not in row and one.default is MISSING and one.default_factory is MISSING:
            raise InputError(f"recipe, {place}: '{one.name}' is missing.")
        types, words = KINDS[str(one.type).partition("[")[0]]
        if one.name in row and not isinstance(row[one.name], types):
            raise InputError(f"recipe, {place}: '{one.name}' takes {words}; this was '{row[one.name]}'.")
    return kind(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})


def _change(raw: dict[str, Any], change: str) -> None:
    """Set one value by its dotted name."""
    key, sign, value = change.partition("=")
    *path, last = key.strip().split(".")
    if not sign:
        raise InputError(f"--set takes KEY=VALUE, for example stages.own.epochs=4; this was '{change}'.")
    table = raw
    for part in path:
        table = table.setdefault(part, {})
        if not isinstance(table, dict):
            raise InputError(f"--set {change}: '{part}' of the recipe is no table.")
    try:
        table[last] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        table[last] = value.strip()
    if not value.strip():
        del table[last]
