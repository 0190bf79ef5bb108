"""The shipped tagger: its files, what it finds that no lexicon knows, and that a batch changes nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest
from spacy.language import Language

import dermnlp
from dermnlp import data
from dermnlp.annotation import annotate_notes, annotate_texts
from dermnlp.entities import models
from dermnlp.entities.models import Model
from dermnlp.entities.tagger import Tagger
from dermnlp.mentions import TYPES
from dermnlp.notes import Note

FOLDER = data.room("pipelines") / "tagger"
NOTE = "Antecedentes familiares: madre con psoriasis.\nPlacas eritematosas en codos. Niega prurito. Metotrexato 15 mg sc semanal."


@pytest.fixture(scope="module")
def model() -> Model:
    return models.load(FOLDER)


@pytest.fixture(scope="module")
def full() -> dict[str, Language]:
    """The whole pipeline of each language."""
    return {lang: dermnlp.load(lang) for lang in ("es", "en")}


def test_the_folder_holds_what_it_says() -> None:
    assert sorted(path.name for path in FOLDER.iterdir()) == ["README.md", "model.onnx", "tagger.json", "tokenizer.json"]
    card = json.loads((FOLDER / "tagger.json").read_text(encoding="utf-8"))
    assert {name: models.digest_of(FOLDER / name) for name in ("model.onnx", "tokenizer.json")} == card["sha256"]
    assert set(card["types"]) == set(TYPES) - {"SCORE"}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 40_000_000


def test_the_card_names_sources_licences_and_hashes() -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert all(word in text for word in ("NUBes", "CC BY-SA 3.0 ES", "mtsamples.com", "language models", models.digest_of(FOLDER / "model.onnx")))


def test_it_loads_in_a_second_and_a_half_without_torch() -> None:
    code = (
        "import sys, time; began = time.perf_counter(); from pathlib import Path; from dermnlp.entities import models; "
        f"models.load(Path({str(FOLDER)!r})); print(time.perf_counter() - began, 'torch' in sys.modules, 'transformers' in sys.modules)"
    )
    seconds, *heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert heavy == ["False", "False"]
    assert float(seconds) < 1.5


def test_left_out_it_is_never_loaded() -> None:
    code = "import sys, dermnlp; dermnlp.load('es', exclude=['tagger'])('psoriasis'); print('onnxruntime' in sys.modules, 'tokenizers' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split() == ["False", "False"]


def test_a_sentence_is_read_alike_in_any_company(model: Model) -> None:
    others = [("plan", "Biopsia cutánea."), ("", "x" * 300), ("", "Refiere prurito intenso en ambos codos desde hace 3 meses, sin fiebre.")]
    text = ("", "Placas eritematosas en codos.")
    [alone] = model.read([text])
    together = model.read([*others, text, *others])[3]
    assert together.tagged == alone.tagged
    assert (together.inside == alone.inside).all() and (together.flags == alone.flags).all()


def test_offsets_hold_in_odd_texts(model: Model) -> None:
    texts = ["", " ", "\n\n", "🙂 placas 🙂", "cafe\u0301 con psoriasis", "PSORIASIS\u2028EN PLACAS", "\x00psoriasis\x00", "ﬁebre y prurito", "a" * 4000]
    for text, reading in zip(texts, model.read([("", text) for text in texts]), strict=True):
        assert all(0 <= tagged.start < tagged.end <= len(text) for tagged in reading.tagged)
        assert all(text[tagged.start : tagged.end].strip() == text[tagged.start : tagged.end] for tagged in reading.tagged)


def test_batches_and_workers_change_nothing() -> None:
    notes = [Note(f"n{number}", f"{NOTE}\nControl {number}. Eritrodermia en 202{number % 10}.", language="es") for number in range(70)]
    together = {note.note_id: found for note, found in annotate_notes(notes)}
    alone = {note.note_id: found for one in notes[::23] for note, found in annotate_notes([one])}
    assert {name: together[name] for name in alone} == alone


def test_what_was_read_is_remembered_within_bounds(full: dict[str, Language]) -> None:
    tagger = Tagger(full["es"], "tagger", model="tagger", kept=3)
    for number in range(5):
        doc = full["es"].make_doc(f"Psoriasis {number}.")
        tagger(doc)
    assert [text for _, text in tagger.memory] == ["Psoriasis 2.", "Psoriasis 3.", "Psoriasis 4."]


def test_a_repeated_note_is_read_once(full: dict[str, Language]) -> None:
    texts = {f"n{number}": NOTE * 20 for number in range(2)}
    began = time.process_time()
    first = annotate_texts({"n0": texts["n0"]}, "es")["n0"]
    middle = time.process_time()
    again = annotate_texts(texts, "es")["n1"]
    assert [(m.type, m.start, m.end) for m in again] == [(m.type, m.start, m.end) for m in first]
    assert middle - began < 20


def test_source_rule_and_confidence_of_every_mention(full: dict[str, Language]) -> None:
    doc = full["es"](NOTE)
    spans = list(doc.spans["mentions"])
    assert {span._.source for span in spans} <= {"lexicon", "rule", "tagger"}
    assert all(0 <= span._.confidence <= 1 and span._.rule for span in spans)
    assert {span.text: span._.confidence > 0.9 for span in spans if span.label_ == "FINDING"} == {"Placas eritematosas": True, "prurito": True}
