"""The pair model's training: annotated folders in, the weights of a logistic regression out."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import dermnlp
from dermnlp.evaluation import brat
from dermnlp.evaluation.scoring import match
from dermnlp.extensions import found
from dermnlp.language import detect
from dermnlp.mentions import Mention, from_doc
from dermnlp.relations.adverse_events import RULES, AdverseEvents
from dermnlp.relations.adverse_rules import DECISIVE, rules
from dermnlp.relations.pair_model import FILE, SCALE
from dermnlp.tables import InputError, write_whole

RELATION = "Adverse_event"
RARE = 3  # a feature is learned when at least so many pairs have it
STRENGTH = 0.3
STEPS = 400
SMALLEST = 0.02  # weights below are left out
THRESHOLDS = np.arange(0.2, 0.6, 0.02)
LEVEL = 0.003
Progress = Callable[[str, int, int, float], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """The pairs of a note: their features, which of them the gold relates, which rules name, and how many relations the gold has."""

    folder: str
    features: list[list[str]]
    related: list[bool]
    named: list[list[str]]
    gold: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and F1 of the rules, of the model and of both on notes of folders that the model never saw."""

    rules: tuple[float, float, float]
    model: tuple[float, float, float]
    both: tuple[float, float, float]


def train(folders: Sequence[Path], out: Path, *, name: str = "pairs", exclude: Sequence[str] = ("tagger",), progress: Progress | None = None) -> Figures:
    """Learn from folders of brat files into `out`; gives the figures of a cross-validation by folder."""
    notes = list(examples(folders, exclude, progress))
    if not any(any(note.related) for note in notes):
        raise InputError(f"No {RELATION} in {', '.join(folder.name for folder in folders)}. Name folders with annotated relations.")
    chances = cross_validated(notes, progress)
    threshold = best_threshold(notes, chances)
    figures = measure(notes, chances, threshold)
    write(fit(notes), threshold, out, name, figures, len(notes))
    return figures


def examples(folders: Sequence[Path], exclude: Sequence[str], progress: Progress | None = None) -> Iterator[Learned]:
    """The notes of brat folders as the pipeline's mentions with the gold's relations."""
    pipelines = {language: dermnlp.load(language, exclude=exclude) for language in ("es", "en")}
    events = {language: AdverseEvents(language, RULES) for language in pipelines}
    files = [(folder, ann) for folder in folders for ann in brat.annotated(folder)]
    for number, (folder, ann) in enumerate(files, 1):
        text = brat.read_text(ann.with_suffix(".txt"))
        language = detect(text)[0]
        doc = pipelines[language](text)
        mentions = found(doc)
        pairs = events[language].pairs(doc, mentions, [mention for mention in mentions if mention.type == "DRUG"])
        gold = brat.read(ann)
        related = _related(gold, from_doc(doc, ann.stem))
        numbers = {id(mention): number for number, mention in enumerate(mentions)}
        labels = [(numbers[id(pair.reaction.mention)], numbers[id(pair.drug.mention)]) in related for pair in pairs]
        count = sum(relation.type == RELATION for mention in gold for relation in mention.relations)
        yield Learned(folder.name, events[language].features(pairs, mentions), labels, [rules(pair) for pair in pairs], count)
        if progress:
            progress("notes", number, len(files), 0)


def _related(gold: Sequence[Mention], system: Sequence[Mention]) -> set[tuple[int, int]]:
    """The relations of the gold between the numbers of the system's mentions that match."""
    places = dict(match(gold, system, relaxed=True))
    pairs = ((mention.index, relation.target) for mention in gold for relation in mention.relations if relation.type == RELATION)
    return {(places[one], places[other]) for one, other in pairs if one in places and other in places}


def cross_validated(notes: Sequence[Learned], progress: Progress | None = None) -> list[list[float]]:
    """The chance of each pair, from a model that learned from the other folders."""
    folders = sorted({note.folder for note in notes})
    chances: dict[int, list[float]] = {}
    for number, folder in enumerate(folders, 1):
        weights = fit([note for note in notes if note.folder != folder])
        for place, note in enumerate(notes):
            if note.folder == folder:
                chances[place] = [_chance(weights, features) for features in note.features]
        if progress:
            progress("folders", number, len(folders), 0)
    return [chances[place] for place in range(len(notes))]


def _chance(weights: dict[str, float], features: Iterable[str]) -> float:
    return float(1 / (1 + np.exp(-sum(weights.get(name, 0.0) for name in features))))


def fit(notes: Sequence[Learned]) -> dict[str, float]:
    """The weights of an L2-regularised logistic regression over the features that `RARE` pairs have."""
    rows = [sorted(set(features)) for note in notes for features in note.features]
    labels = np.array([label for note in notes for label in note.related], dtype=np.float64)
    counts = Counter(name for row in rows for name in row)
    names = sorted(name for name, count in counts.items() if count >= RARE)
    columns = {name: column for column, name in enumerate(names)}
    cells = [(row, columns[name]) for row, features in enumerate(rows) for name in features if name in columns]
    row, column = (np.array(side, dtype=np.int64) for side in zip(*cells, strict=True))
    return dict(zip(names, map(float, _descend(row, column, labels, len(names))), strict=True))


def _descend(row: np.ndarray, column: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """Accelerated gradient descent (Nesterov) on log loss plus squared weights; its step is the inverse of the curvature's bound."""
    widest = np.bincount(row).max() * np.bincount(column, minlength=size).max()
    bound = 0.25 * min(_norm(row, column, len(labels), size), widest) + 1 / STRENGTH
    weights: np.ndarray = np.zeros(size)
    ahead = weights
    for step in range(STEPS):
        scores = np.bincount(row, ahead[column], len(labels))
        slope = np.bincount(column, (1 / (1 + np.exp(-scores)) - labels)[row], size) + ahead / STRENGTH
        moved = ahead - slope / bound
        ahead = moved + step / (step + 3) * (moved - weights)
        weights = moved
    return weights


def _norm(row: np.ndarray, column: np.ndarray, height: int, size: int) -> float:
    """The largest eigenvalue of the features' second moment, by power iteration, with a margin."""
    vector: np.ndarray = np.ones(size)
    value = 1.0
    for _ in range(20):
        vector = np.bincount(column, np.bincount(row, vector[column], height)[row], size)
        value = float(np.linalg.norm(vector))
        vector = vector / value
    return 1.1 * value


def best_threshold(notes: Sequence[Learned], chances: Sequence[Sequence[float]]) -> float:
    """The lowest threshold whose F1 of rules and model together, a mean over its neighbours, is level with the best: of equals the one that misses least."""
    scores = [_count(notes, chances, threshold, decisive=True)[2] for threshold in THRESHOLDS]
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, "valid")
    return round(float(THRESHOLDS[int(np.flatnonzero(smooth >= smooth.max() - LEVEL)[0])]), 2)


def measure(notes: Sequence[Learned], chances: Sequence[Sequence[float]], threshold: float) -> Figures:
    """The figures of the rules, of the model and of both."""
    alone = [[float(bool(names)) for names in note.named] for note in notes]
    return Figures(
        _count(notes, alone, 0.5, decisive=False), _count(notes, chances, threshold, decisive=False), _count(notes, chances, threshold, decisive=True)
    )


def _count(notes: Sequence[Learned], chances: Sequence[Sequence[float]], threshold: float, *, decisive: bool) -> tuple[float, float, float]:
    """Precision, recall and F1 at a threshold, with or without the rules that decide by themselves."""
    right = chosen = 0
    for note, likely in zip(notes, chances, strict=True):
        for related, names, chance in zip(note.related, note.named, likely, strict=True):
            if chance >= threshold or (decisive and not DECISIVE.isdisjoint(names)):
                chosen += 1
                right += related
    gold = sum(note.gold for note in notes)
    return right / max(chosen, 1), right / max(gold, 1), 2 * right / max(chosen + gold, 1)


def write(weights: dict[str, float], threshold: float, out: Path, name: str, figures: Figures, notes: int) -> None:
    """The model and its card."""
    out.mkdir(parents=True, exist_ok=True)
    kept = {feature: round(weight * SCALE) for feature, weight in sorted(weights.items()) if abs(weight) >= SMALLEST}
    text = json.dumps({"name": name, "threshold": threshold, "weights": kept}, ensure_ascii=False, indent=0) + "\n"
    write_whole(out / FILE, text)
    write_whole(out / "README.md", card(name, len(kept), threshold, figures, notes, hashlib.sha256(text.encode("utf-8")).hexdigest()))


def card(name: str, weights: int, threshold: float, figures: Figures, notes: int, digest: str) -> str:
    """The model card."""
    rows = "\n".join(f"| {label} | {' | '.join(f'{value:.3f}' for value in row)} |" for label, row in (
        ("rules alone", figures.rules), ("model alone", figures.model), ("both", figures.both)))
    return f"""# Model card: {name}

Says whether a reaction and a drug of a note are an adverse event: a logistic regression of {weights:,} features with names (the words, cues and
mentions between and around the two, their concepts and groups, attributes, section), from a probability of {threshold} on. Spanish and English.

Learned from {notes} notes annotated after our guidelines by language models, not reviewed by a clinician: hospital notes written for this project;
CodiEsp, E3C and MACCROBAT texts (CC BY 4.0), MTSamples (credit to mtsamples.com), NUBes (CC BY-SA 3.0 ES). It holds no sentence of them.

Figures on notes of folders that it never saw (cross-validation by folder, lexicon mode), whole relations, missed mentions counted:

| | precision | recall | F1 |
| --- | --- | --- | --- |
{rows}

| file | sha256 |
| --- | --- |
| {FILE} | {digest} |
"""
