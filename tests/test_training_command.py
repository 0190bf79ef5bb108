"""`dermnlp train` as its users see it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from command import COMMAND, ENVIRONMENT, invoke

pytest.importorskip("torch")

from training_notes import NOTES, TEXTS, tiny_encoder, write_brat  # noqa: E402

from dermnlp.entities import models  # noqa: E402

OWN = ["{data}/notes", "--encoder", "{data}/encoder"]
COMPLETE = "no config.json there. Name a folder with config.json, tokenizer.json and model.safetensors."
TYPES = "DIAGNOSIS, FINDING, BODY_SITE, DRUG, DOSE, ROUTE, FREQUENCY, PROCEDURE"
KEYS = "encoder, corpora, stages, depth, seed, types, held_out, trial, tenth, about, measured, limits, small_words"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny encoder, a small corpus, and a recipe without a corpus."""
    path = tmp_path_factory.mktemp("data")
    tiny_encoder(path / "encoder", TEXTS)
    write_brat(path / "notes", NOTES)
    write_brat(path / "little", {"a": "Toma [DRUG: MTX].", "b": "Sin [FINDING Negated: fiebre]."})
    (path / "mine.toml").write_text('encoder = "encoder"\n[stages.one]\ncorpora = []\nepochs = 1\n', encoding="utf-8")
    return path


def test_help_shows_an_example() -> None:
    result = invoke("train", "--help")
    assert result.exit_code == 0
    shown = re.sub(r"\s+", " ", result.stdout)
    assert "Example: dermnlp train my-brat-folder --encoder my-encoder --out my-tagger" in shown


@pytest.mark.parametrize(
    "arguments, message",
    [
        (
            [],
            "Give at least one CORPUS, for example: dermnlp train my-brat-folder --encoder my-encoder --out my-tagger;"
            " or a --recipe.",
        ),
        (
            ["{data}/notes"],
            "Give --encoder, the folder of a Hugging Face encoder (config.json, tokenizer.json, model.safetensors).",
        ),
        (["{data}/notes", "--encoder", "nowhere"], f"encoder nowhere: {COMPLETE}"),
        (["{data}/nots", "--encoder", "{data}/encoder"], "No corpus at {data}/nots."),
        (
            ["{data}/encoder", "--encoder", "{data}/encoder"],
            "No corpus in {data}/encoder. A folder holds .ann and .txt files, or a Hugging Face dataset saved with"
            " save_to_disk.",
        ),
        ([*OWN, "--label", "Disease"], "--label takes LABEL=TYPE, for example Disease=DIAGNOSIS; this was 'Disease'."),
        ([*OWN, "--label", "D=DISEASE"], f"--label D=DISEASE: there is no type 'DISEASE'. There are: {TYPES}."),
        (
            [*OWN, "--label", "D=DRUG", "--out", "{out}"],
            "corpus 'notes': none of its labels is mapped to a type: BODY_SITE, DIAGNOSIS, DOSE, DRUG, FINDING, FREQUENCY,"
            " PROCEDURE, ROUTE. Map them, e.g. Disease=DIAGNOSIS.",
        ),
        (["--recipe", "drem"], "No recipe 'drem'. There are: derm, own, public; or give the path of a TOML file."),
        (["--recipe", "derm", "--data", "{out}"], f"encoder {{out}}/base-encoder-es-en: {COMPLETE}"),
        (
            ["--recipe", "{data}/mine.toml", "--data", "{data}"],
            "stage 'one' has no corpora. Name some in the recipe, or give at least one CORPUS.",
        ),
        ([*OWN, "--set", "epochs=3"], f"recipe, own.toml: there is no 'epochs'. There are: {KEYS}."),
    ],
)
def test_refusals(folder: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    places = {"data": str(folder), "out": str(tmp_path / "out")}
    result = invoke("train", *(one.format(**places) for one in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"Error: {message.format(**places)}\n"


def test_training_without_torch(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "torch.py").write_text("raise ModuleNotFoundError(\"No module named 'torch'\", name='torch')\n")
    environment = {**ENVIRONMENT, "PYTHONPATH": f"{tmp_path}:{ENVIRONMENT['PYTHONPATH']}"}
    command = [*COMMAND, "train", str(folder / "notes"), "--encoder", str(folder / "encoder")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    said = "Error: 'torch' is not installed. Install what training needs: pip install 'dermnlp[train]'.\n"
    assert result.stderr == said


def test_train(folder: Path, tmp_path: Path) -> None:
    changes = ["--set", "stages.own.epochs=1", "--set", "depth=1"]
    arguments = [folder / "notes", "--encoder", folder / "encoder", "--out", tmp_path / "out", *changes]
    result = invoke("train", *arguments, "--name", "mine")
    assert result.exit_code == 0, result.output
    [figures, model, report] = result.stdout.splitlines()
    assert (model, report) == (str(tmp_path / "out" / "model"), str(tmp_path / "out" / "report.md"))
    assert re.fullmatch(r"notes: strict F1 ALL \d\.\d{3}(, \w+ \d\.\d{3})+", figures)
    assert models.load(Path(model)).name == "mine"
    assert "Encoder encoder, 1 layers, seed 1." in Path(report).read_text(encoding="utf-8")
    assert re.fullmatch(r"(own: \d+ of \d+, loss \d+\.\d{3}\n)+", result.stderr)
    again = invoke("train", *arguments)
    assert (again.exit_code, again.stdout) == (2, "")
    assert "holds a training already" in again.stderr and "--resume" in again.stderr and "--overwrite" in again.stderr


def test_train_on_few_texts_of_another_scheme(folder: Path, tmp_path: Path) -> None:
    labels = ["--label", "DRUG=DRUG", "--label", "FINDING=DIAGNOSIS"]
    result = invoke("train", folder / "little", "--encoder", folder / "encoder", "--out", tmp_path, *labels, "--set", "seed=2")
    assert result.exit_code == 0, result.output
    places = [str(tmp_path / "model"), str(tmp_path / "report.md")]
    assert result.stdout.splitlines() == ["There was no document to measure by.", *places]
    assert models.load(tmp_path / "model").types == ("DRUG", "DIAGNOSIS")
