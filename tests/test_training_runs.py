"""Whole trainings: a model that has learned its texts, trainings that were stopped, and folders that can't be used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402
from training_notes import NOTES, TEXTS, tiny_encoder, write_brat  # noqa: E402

from dermnlp.entities import models  # noqa: E402
from dermnlp.tables import InputError  # noqa: E402
from dermnlp.training import Trained, loop, train  # noqa: E402
from dermnlp.training import recipe as recipes  # noqa: E402

HELD = ("es06", "es11", "en01", "en03")  # the documents that are kept aside by their names
FIGURES = ("ALL", "DIAGNOSIS", "FINDING", "BODY_SITE", "PROCEDURE")
STAGES = """
encoder = "encoder"
seed = 3
tenth = ["own"]

[stages.pretraining]
corpora = ["own", "other"]
epochs = 3
rate = 1e-3
tokens = 128
masked = 0.15
augmentation = { capitals = 0.3, typing_error = 0.5, other = 0.3 }

[stages.gold]
corpora = ["own"]
epochs = 2
rate = 1e-3
tokens = 128
averaging = 0.5
seeds = 2

[corpora.own]
path = "notes"
format = "guidelines"
attributes = true
licence = "CC0"
source = "invented notes"

[corpora.other]
path = "other.tsv"
format = "iob"
language = "es"
layers = { D = "other.disease" }
"""


class Stop:
    """Breaks a training off at a step of a stage, as Ctrl-C does."""

    def __init__(self, stage: str, step: int) -> None:
        self.place = (stage, step)

    def __call__(self, stage: str, done: int, total: int, loss: float) -> None:
        if (stage, done) == self.place:
            raise KeyboardInterrupt


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder and two small corpora."""
    path = tmp_path_factory.mktemp("data")
    tiny_encoder(path / "encoder", TEXTS)
    write_brat(path / "notes", NOTES)
    (path / "other.tsv").write_text("Sin\tO\nasma\tB-D\n\nDermatitis\tB-D\natópica\tI-D\n", encoding="utf-8")
    (path / "recipe.toml").write_text(STAGES, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def trained(folder: Path) -> Trained:
    """A training that goes on until it knows its texts by heart."""
    changes = ["epochs=60", "rate=4e-3", "tokens=128", "augmentation="]
    recipe = recipes.load(recipes.named("own"), [f"stages.own.{change}" for change in changes])
    return train(
        recipes.with_corpora(recipe, [folder / "notes"], {}, str(folder / "encoder")),
        Path(),
        folder / "trained",
        name="tiny",
    )


def tagged(folder: Path, heading: str, text: str) -> list[tuple[str, str]]:
    [reading] = models.load(folder).read([(heading, text)])
    return [(one.type, text[one.start : one.end]) for one in reading.tagged]


def test_a_model_tags_what_it_has_learned(trained: Trained) -> None:
    assert tagged(trained.model, "", "Adalimumab 40 mg cada dos semanas.") == [
        ("DRUG", "Adalimumab"),
        ("DOSE", "40 mg"),
        ("FREQUENCY", "cada dos semanas"),
    ]
    assert tagged(trained.model, "", "Lesiones orales dolorosas.") == [
        ("FINDING", "Lesiones orales"),
        ("BODY_SITE", "orales"),
    ]
    assert tagged(trained.model, "family history", "Antecedentes familiares: madre con psoriasis.") == [
        ("DIAGNOSIS", "psoriasis")
    ]
    assert tagged(trained.model, "", "Scaly plaques on the knees.") == [
        ("FINDING", "Scaly plaques"),
        ("BODY_SITE", "knees"),
    ]


@pytest.mark.parametrize(
    "heading, text, words, expected",
    [
        ("", "No presenta fiebre ni prurito.", "prurito", ["Negated"]),
        ("family history", "Antecedentes familiares: madre con psoriasis.", "psoriasis", ["Family"]),
        ("", "Review of acne.", "acne", []),
    ],
)
def test_a_model_judges_what_it_has_learned(
    trained: Trained, heading: str, text: str, words: str, expected: list[str]
) -> None:
    model = models.load(trained.model)
    [reading] = model.read([(heading, text)])
    assert reading.flags is not None
    inside = reading.pieces(text.index(words), text.index(words) + len(words))
    assert [
        name for name, chance in zip(model.attributes, reading.flags[inside].mean(0), strict=True) if chance > 0.5
    ] == expected


def test_the_folder_of_a_model(trained: Trained) -> None:
    assert sorted(path.name for path in trained.model.iterdir()) == [
        "README.md",
        "model.onnx",
        "tagger.json",
        "tokenizer.json",
    ]
    digests = {name: models.digest_of(trained.model / name) for name in ("model.onnx", "tokenizer.json")}
    assert json.loads((trained.model / "tagger.json").read_text(encoding="utf-8")) == {
        "name": "tiny",
        "types": ["DIAGNOSIS", "FINDING", "BODY_SITE", "DRUG", "DOSE", "ROUTE", "FREQUENCY", "PROCEDURE"],
        "attributes": ["Negated", "Uncertain", "Historical", "Family"],
        "headings": True,
        "padding": 1,
        "sha256": digests,
    }
    card = (trained.model / "README.md").read_text(encoding="utf-8")
    assert (
        card.startswith("# Model card: tiny\n") and "| notes | - | - |" in card and "| own | notes | 60 | 1 |" in card
    )
    assert all(f"| {name} | {digest} |" in card for name, digest in digests.items()) and "## Limits" not in card


def test_the_report(trained: Trained) -> None:
    report = trained.report.read_text(encoding="utf-8")
    assert "Encoder encoder, all layers, seed 1." in report and "| notes | 29 | - |" in report
    assert list(trained.figures) == ["notes"] and set(FIGURES) <= set(trained.figures["notes"])
    for label in FIGURES:
        assert f"| {label} | {trained.figures['notes'][label]:.3f} |" in report
    curve = [line.split(" | ")[1] for line in report.splitlines() if line.startswith("| own |")]
    assert curve[:2] == ["1", "2"] and curve[-1] == "end"


def test_documents_kept_aside_are_not_learned(trained: Trained) -> None:
    pieces = [
        json.loads(line)
        for line in (trained.model.parent / "pieces" / "notes.jsonl").read_text(encoding="utf-8").split("\n")
        if line
    ]
    held = [piece for piece in pieces if piece["document"].removeprefix("notes/") in HELD]
    assert (len(pieces), len(pieces) - len(held)) == (35, 29)
    marks = [mark for piece in held for mark in piece["marks"]]
    assert {label for label, *_ in marks} == set(FIGURES) - {"ALL"}


def start(
    folder: Path, out: str, *changes: str, progress: Callable[..., None] = lambda *_: None, **how: bool
) -> Trained:
    """A training by the recipe of two stages."""
    return train(recipes.load(folder / "recipe.toml", changes), folder, folder / out, progress=progress, **how)


def weights(folder: Path) -> dict[str, dict[str, torch.Tensor]]:
    return {path.stem: load_file(path) for path in folder.glob("*.safetensors")}


def assert_same(one: Path, other: Path) -> None:
    """Equal weights after every stage, the same learning curve, the same model."""
    left, right = weights(one), weights(other)
    assert left.keys() == right.keys() == {"pretraining", "gold.0", "gold.1", "gold"}
    for stage, tensors in left.items():
        assert tensors.keys() == right[stage].keys()
        assert [name for name, value in tensors.items() if not torch.equal(value, right[stage][name])] == []
    for name in ("curve.json", "report.md", "model/README.md", "model/model.onnx"):
        assert (one / name).read_bytes() == (other / name).read_bytes()
    assert {path.name for path in one.iterdir()} == {path.name for path in other.iterdir()}


@pytest.fixture(scope="module")
def unbroken(folder: Path) -> Path:
    """The training of two stages without a break."""
    return start(folder, "unbroken").model.parent


def test_the_mean_of_two_seeds(unbroken: Path) -> None:
    found = weights(unbroken)
    assert any(not torch.equal(value, found["gold.1"][name]) for name, value in found["gold.0"].items())
    for name, value in found["gold"].items():
        torch.testing.assert_close(value, (found["gold.0"][name] + found["gold.1"][name]) / 2)


def test_stages_and_layers(unbroken: Path) -> None:
    curve = json.loads((unbroken / "curve.json").read_text())
    assert [(point["stage"], point["epoch"]) for point in curve] == [
        *(("pretraining", 1), ("pretraining", 2), ("pretraining", 3), ("pretraining", -1)),
        *(("gold.0", 1), ("gold.0", 2), ("gold.1", 1), ("gold.1", 2), ("gold", -1)),
    ]
    assert weights(unbroken)["gold"]["types.weight"].shape == (27, 32)
    assert models.load(unbroken / "model").types == recipes.TYPES
    card = (unbroken / "model" / "README.md").read_text(encoding="utf-8")
    assert "| own | invented notes | CC0 |\n| other | - | - |" in card and "| gold | own | 2 | 2 |" in card


@pytest.mark.parametrize("stage, step", [("pretraining", 2), ("pretraining", 8), ("gold.0", 7), ("gold.1", 4)])
def test_resume(folder: Path, unbroken: Path, monkeypatch: pytest.MonkeyPatch, stage: str, step: int) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 3)
    out = f"resumed-{stage}-{step}"
    with pytest.raises(KeyboardInterrupt):
        start(folder, out, progress=Stop(stage, step))
    assert (folder / out / "checkpoint.json").is_file() == (step > 3)
    seen: list[tuple[str, int]] = []
    start(folder, out, resume=True, progress=lambda stage, done, *_: seen.append((stage, done)))
    assert seen[0] == (stage, step // 3 * 3 + 1)
    assert_same(folder / out, unbroken)


def test_resume_after_a_kill_between_the_files_of_a_checkpoint(
    folder: Path, unbroken: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "CHECKPOINT_STEPS", 3)
    with pytest.raises(KeyboardInterrupt):
        start(folder, "between", progress=Stop("pretraining", 6))
    place = folder / "between" / "checkpoint.json"
    assert json.loads(place.read_text()) == {"stage": "pretraining", "step": 6}
    place.write_text('{"stage": "pretraining", "step": 3}')
    (folder / "between" / ".part-7").touch()
    start(folder, "between", resume=True)
    assert_same(folder / "between", unbroken)


def test_a_folder_that_holds_a_training(folder: Path, unbroken: Path) -> None:
    with pytest.raises(
        InputError, match=r"unbroken' holds a training already\..* --resume, .* --overwrite, .* --out\.$"
    ):
        start(folder, "unbroken")
    with pytest.raises(InputError, match=r"^The training in '.*unbroken' has another recipe\. .* --overwrite\.$"):
        start(folder, "unbroken", "stages.gold.epochs=3", resume=True)
    (folder / "thesis").mkdir()
    (folder / "thesis" / "mine.txt").write_text("mine")
    with pytest.raises(InputError, match="thesis' isn't an empty folder"):
        start(folder, "thesis", overwrite=True)
    with pytest.raises(InputError, match="mine.txt' isn't an empty folder"):
        start(folder, "thesis/mine.txt")


def test_overwrite_leaves_nothing_of_before_and_all_of_others(folder: Path, unbroken: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        start(folder, "again", "stages.gold.seeds=3", progress=Stop("gold.2", 1))
    (folder / "again" / "mine.txt").write_text("mine")
    start(folder, "again", overwrite=True)
    assert (folder / "again" / "mine.txt").read_text() == "mine"
    (folder / "again" / "mine.txt").unlink()
    assert_same(folder / "again", unbroken)


def test_a_training_that_failed_at_once_leaves_the_folder_free(folder: Path) -> None:
    with pytest.raises(InputError, match="corpus 'own': nothing to read at nots below"):
        start(folder, "failed", "corpora.own.path=nots")
    with pytest.raises(KeyboardInterrupt):
        start(folder, "failed", progress=Stop("pretraining", 1))


def test_an_encoder_that_is_not_there_spoils_nothing(folder: Path, unbroken: Path) -> None:
    before = (unbroken / "training.json").read_bytes()
    with pytest.raises(
        InputError,
        match=r"^encoder .*encodr: no config\.json there\. Name a folder with config\.json, tokenizer\.json and model\.safetensors\.$",
    ):
        start(folder, "unbroken", "encoder=encodr", overwrite=True)
    assert (unbroken / "training.json").read_bytes() == before and (unbroken / "model" / "model.onnx").is_file()


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.safetensors"])
def test_an_encoder_in_pieces(folder: Path, tmp_path: Path, missing: str) -> None:
    for name in {"config.json", "tokenizer.json", "model.safetensors"} - {missing}:
        (tmp_path / name).write_bytes((folder / "encoder" / name).read_bytes())
    with pytest.raises(InputError, match=rf"no {re.escape(missing.replace('model', '*'))} there"):
        start(folder, "pieces-of-an-encoder", f"encoder={tmp_path}")
    assert not (folder / "pieces-of-an-encoder").exists()


@pytest.mark.parametrize(
    "notes, figures",
    [
        ({"es01": "[DRUG: MTX].", "es02": "Toma [DRUG: MTX]."}, "There was no document to measure by."),
        ({"es01": "[DRUG: MTX]."}, "There was no document to measure by."),
        ({"es01": "[DRUG: MTX].", "es06": "Toma [DRUG: MTX]."}, "| ALL |"),
    ],
)
def test_very_small_corpora(folder: Path, tmp_path: Path, notes: Mapping[str, str], figures: str) -> None:
    recipe = recipes.load(recipes.named("own"), ["stages.own.epochs=1"])
    recipe = recipes.with_corpora(recipe, [write_brat(tmp_path / "notes", notes)], {}, str(folder / "encoder"))
    report = train(recipe, Path(), tmp_path / "out").report.read_text(encoding="utf-8")
    assert figures in report


def test_nothing_to_learn_from(folder: Path, tmp_path: Path) -> None:
    recipe = recipes.with_corpora(
        recipes.load(recipes.named("own")),
        [write_brat(tmp_path / "notes", {"es06": "[DRUG: MTX]."})],
        {},
        str(folder / "encoder"),
    )
    with pytest.raises(
        InputError,
        match=r"^stage 'own': every document of notes is kept aside or held out\. Add documents to learn from\.$",
    ):
        train(recipe, Path(), tmp_path / "out")
