"""Adverse events by rules, by the learned model and by both: on the development sets, and cross-validated over the training folders.

Run: python tests/benchmarks/relations.py [--gold ../shared/gold]
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from dermnlp.relations import pair_model
from dermnlp.training import relations
from dermnlp.training.relations import Figures, Learned

GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"
DEVELOPMENT = ("es_ehr_dev", "en_ehr_dev", "es_real_dev", "en_real_dev")


def rows(name: str, figures: Figures) -> None:
    """A row for each system."""
    for system, (precision, recall, f1) in (("rules", figures.rules), ("model", figures.model), ("both", figures.both)):
        print(f"| {name} | {system} | {precision:.3f} | {recall:.3f} | {f1:.3f} |", flush=True)


def shown(name: str, notes: Sequence[Learned], chances: Sequence[Sequence[float]], threshold: float) -> None:
    """All notes, then those of each language and kind."""
    rows(name, relations.measure(notes, chances, threshold))
    for part in ("es", "en", "ehr", "short", "real"):
        chosen = [(note, chance) for note, chance in zip(notes, chances, strict=True) if part in note.folder.split("_")]
        if chosen:
            rows(f"{name}, {part}", relations.measure(*map(list, zip(*chosen, strict=True)), threshold))


def main() -> None:
    """The table of the development sets by the shipped model, and of the training folders by models that never saw them."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gold", type=Path, default=GOLD)
    gold = options.parse_args().gold
    if not gold.is_dir():
        print(f"No gold at {gold}.")
        return
    model = pair_model.load(pair_model.path_of(pair_model.FOLDER))
    print("| notes | system | precision | recall | F1 |\n| --- | --- | --- | --- | --- |")
    development = list(relations.examples([gold / name for name in DEVELOPMENT], ("tagger",)))
    shown("development", development, [[model.chance(features) for features in note.features] for note in development], model.threshold)
    training = list(relations.examples(sorted(path for path in gold.glob("train_*") if path.is_dir()), ("tagger",)))
    shown("training, cross-validated", training, relations.cross_validated(training), model.threshold)


if __name__ == "__main__":
    main()
