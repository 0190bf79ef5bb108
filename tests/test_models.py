"""Models that tag: decoding, windows, a Hugging Face classifier in place of ours, and what is wrong with a folder."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dermnlp
from dermnlp.entities import models
from dermnlp.entities.decoding import spans
from dermnlp.entities.encoding import Encoding
from dermnlp.entities.models import ModelError
from dermnlp.entities.stretches import LONGEST, OVERLAP, stretches, windows
from dermnlp.mentions import from_doc

O, B, I = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)  # noqa: E741
TEXT = "placas eritematosas, prurito"
PIECES = [(0, 0), (0, 5), (5, 6), (7, 14), (14, 19), (19, 20), (21, 28), (0, 0)]


def encoding(pieces: list[tuple[int, int]]) -> Encoding:
    table = np.array(pieces, dtype=np.int32)
    return Encoding(np.arange(len(pieces), dtype=np.int32), table[:, 0], table[:, 1])


@pytest.mark.parametrize(
    "classes, expected",
    [
        ([O, B, I, I, I, O, B, O], [("placas eritematosas", 1.0), ("prurito", 1.0)]),
        ([O, B, O, O, O, O, O, O], [("placas", 1.0)]),
        ([O, O, I, O, O, O, O, O], [("placas", 1.0)]),
        ([O, B, B, O, O, O, O, O], [("placas", 1.0)]),
        ([O, B, I, B, I, O, O, O], [("placas", 1.0), ("eritematosas", 1.0)]),
        ([O, O, O, I, I, O, I, O], [("eritematosas", 1.0), ("prurito", 1.0)]),
        ([B, O, O, O, O, O, O, B], []),
        ([O, (0.2, 0.8, 0.0), (0.4, 0.0, 0.6), O, O, O, O, O], [("placas", 0.7)]),
        ([O] * 8, []),
    ],
)
def test_scores_become_spans_of_whole_words(classes: list[tuple[float, float, float]], expected: list[tuple[str, float]]) -> None:
    table = np.array(classes, dtype=np.float32)[:, None, :]
    found = spans(table, encoding(PIECES), TEXT, ["FINDING"])
    assert [(TEXT[s.start : s.end], round(s.confidence, 4)) for s in found] == expected


@pytest.mark.parametrize(
    "text, kept", [("prurito.", "prurito"), ("v.o.", "v.o."), ("0,05%", "0,05%"), ("eccema,", "eccema"), ("HTA/", "HTA"), (".", ".")]
)
def test_no_sign_stays_behind_the_last_word(text: str, kept: str) -> None:
    [found] = spans(np.array([[B]], dtype=np.float32), encoding([(0, len(text))]), text, ["FINDING"])
    assert text[found.start : found.end] == kept


def test_types_may_nest() -> None:
    table = np.array([[O, O], [B, O], [I, O], [I, B], [I, I], [O, O], [O, O], [O, O]], dtype=np.float32)
    found = spans(table, encoding(PIECES), TEXT, ["FINDING", "BODY_SITE"])
    assert [(s.type, TEXT[s.start : s.end]) for s in found] == [("FINDING", "placas eritematosas"), ("BODY_SITE", "eritematosas")]


@given(st.text(alphabet="ab \n", max_size=1500))
def test_windows_cover_a_text_and_share_some_of_it(text: str) -> None:
    found = windows(text, 0, len(text))
    assert found[0][0] == 0 and found[-1][1] == len(text)
    assert all(end - start <= LONGEST for start, end in found)
    assert all(one[0] < other[0] < one[1] <= other[1] for one, other in zip(found, found[1:], strict=False))


def test_windows_are_cut_between_words() -> None:
    text = "prurito " * 100
    assert [(text[a:b].split()[0], text[a:b].split()[-1]) for a, b in windows(text, 0, len(text))] == [("prurito", "prurito")] * 2
    assert OVERLAP < LONGEST // 2


def test_a_stretch_knows_its_section_and_blank_ones_are_left_out() -> None:
    nlp = dermnlp.load("es", exclude=["matcher", "tagger", "scores", "doses", "merge", "context", "dates", "relations"])
    doc = nlp("Antecedentes familiares: madre con psoriasis.\n\n  \nPlan: MTX.\n--- 12/03 ---")
    assert [(doc.text[s.start : s.end], s.heading) for s in stretches(doc)] == [
        ("Antecedentes familiares: madre con psoriasis.", "family history"),
        ("Plan: MTX.", "plan"),
    ]


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Hugging Face token classifier, made here, that has learned two words."""
    torch = pytest.importorskip("torch")
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification

    words = ["[PAD]", "[CLS]", "[SEP]", "[UNK]", "zorbitis", "gleevorin", "con", "toma", "y"]
    tokenizer = Tokenizer(models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    labels = {0: "O", 1: "B-DISEASE", 2: "I-DISEASE", 3: "B-CHEMICAL"}
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16, id2label=labels, pad_token_id=0
    )
    network = BertForTokenClassification(config)
    label = torch.tensor([0, 0, 0, 0, 1, 3, 0, 0, 0])
    optimizer = torch.optim.Adam(network.parameters(), lr=0.02)
    for _ in range(150):
        ids = torch.randint(1, len(words), (8, 12))
        right = label[ids]
        loss = network(input_ids=ids, attention_mask=torch.ones_like(ids), labels=right).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    folder = tmp_path_factory.mktemp("classifier")
    network.save_pretrained(folder)
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def classifier_onnx(classifier: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as ONNX, with token types among its inputs."""
    import torch
    from transformers import BertForTokenClassification

    network = BertForTokenClassification.from_pretrained(classifier, attn_implementation="eager").eval()
    folder = tmp_path_factory.mktemp("onnx")
    for name in ("config.json", "tokenizer.json"):
        shutil.copyfile(classifier / name, folder / name)
    (folder / "onnx").mkdir()
    ids = torch.tensor([[1, 4, 2]])
    axes = {name: {0: "batch", 1: "length"} for name in ("input_ids", "attention_mask", "token_type_ids", "logits")}
    torch.onnx.export(
        network,
        (ids, torch.ones_like(ids), torch.zeros_like(ids)),
        str(folder / "onnx" / "model.onnx"),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["logits"],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    return folder


CONFIG = """
[components.tagger]
model = "{model}"
labels = {{"DISEASE": "DIAGNOSIS", "CHEMICAL": "DRUG"}}
"""


@pytest.mark.parametrize("kind", ["classifier", "classifier_onnx"])
def test_any_token_classifier_takes_our_tagger_s_place(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    (tmp_path / "own.cfg").write_text(CONFIG.format(model=request.getfixturevalue(kind)), encoding="utf-8")
    nlp = dermnlp.load("es", config=tmp_path / "own.cfg")
    found = from_doc(nlp("Paciente con zorbitis y toma gleevorin.\nPsoriasis en placas."), "n1")
    assert [(m.type, m.text, m.source) for m in found] == [
        ("DIAGNOSIS", "zorbitis", "tagger"),
        ("DRUG", "gleevorin", "tagger"),
        ("DIAGNOSIS", "Psoriasis en placas", "lexicon"),
    ]


def test_labels_without_a_type_are_named(classifier: Path) -> None:
    with pytest.raises(ModelError, match="none of the labels of .* is mapped to a type: CHEMICAL, DISEASE. Map them with `labels`"):
        models.load(classifier)


@pytest.mark.parametrize(
    "missing, message",
    [
        ("tokenizer.json", "has no tokenizer.json"),
        ("config.json", "has no config.json with an id2label"),
        ("model.safetensors", "has neither model.onnx nor model.safetensors"),
    ],
)
def test_what_a_folder_lacks_is_named(classifier: Path, tmp_path: Path, missing: str, message: str) -> None:
    shutil.copytree(classifier, tmp_path / "copy")
    (tmp_path / "copy" / missing).unlink()
    with pytest.raises(ModelError, match=message):
        models.load(tmp_path / "copy", labels={"DISEASE": "DIAGNOSIS"})


def test_a_folder_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder .*nowhere. Name a folder with a model, or exclude the tagger"):
        models.load(tmp_path / "nowhere")


def test_a_network_that_cannot_be_read(classifier_onnx: Path, tmp_path: Path) -> None:
    shutil.copytree(classifier_onnx, tmp_path / "copy")
    (tmp_path / "copy" / "onnx" / "model.onnx").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="model.onnx is not a network that onnxruntime can run"):
        models.load(tmp_path / "copy", labels={"DISEASE": "DIAGNOSIS"})


def test_a_damaged_model_of_ours_is_refused(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).write_bytes(b"{}")
    card = {"name": "x", "types": ["DRUG"], "attributes": [], "headings": False, "padding": 0}
    digests = {"tokenizer.json": models.digest_of(tmp_path / "tokenizer.json"), "model.onnx": "0" * 64}
    (tmp_path / "tagger.json").write_text(json.dumps({**card, "sha256": digests}), encoding="utf-8")
    with pytest.raises(ModelError, match="model.onnx is not the file that tagger.json describes. Install dermnlp again, or train again"):
        models.load(tmp_path)
