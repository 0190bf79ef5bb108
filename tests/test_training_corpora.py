"""The corpora of a training: what is read of each format, and what is made of it: labels, silver marks, texts kept apart."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

pytest.importorskip("torch")

from training_notes import document, unmarked, words, write_brat  # noqa: E402

from dermnlp.tables import InputError  # noqa: E402
from dermnlp.training import corpora, preparation  # noqa: E402
from dermnlp.training.corpora import Corpus, Document, Mark, joined  # noqa: E402
from dermnlp.training.pieces import Piece  # noqa: E402
from dermnlp.training.recipe import Recipe  # noqa: E402


def read(path: Path, format_: str, **more: object) -> list[Document]:
    return corpora.read(Corpus("own", path.name, format_, **more), path.parent)  # type: ignore[arg-type]


def test_guidelines(tmp_path: Path) -> None:
    marked = {
        "b": "[FINDING: Lesiones\r\n[BODY_SITE: orales]], niega [FINDING Negated Historical: dolor].",
        "a": "Mother with [DIAGNOSIS Family: psoriasis]. [Other: Coffee].",
    }
    found = read(write_brat(tmp_path / "notes", marked), "guidelines")
    known = "Mother with [DIAGNOSIS Family: psoriasis]. Coffee."
    assert found == [document(known, "notes/a", language="en"), document(marked["b"], "notes/b")]


def test_guidelines_in_several_folders(tmp_path: Path) -> None:
    for folder in ("two", "one"):
        write_brat(tmp_path / "gold" / folder, {"a": "[DRUG: MTX]"})
    found = corpora.read(Corpus("gold", "gold/*", "guidelines", language="es"), tmp_path)
    assert [(one.name, one.corpus, words(one)) for one in found] == [
        ("one/a", "one", [("DRUG", "MTX")]),
        ("two/a", "two", [("DRUG", "MTX")]),
    ]


def test_other_brat(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_bytes(b"Dolor de codo\r\ny rodilla.")
    lines = [
        "T1\tSINTOMA 0 5\tDolor",
        "T2\tSINTOMA 0 8;17 24\tDolor de rodilla",
        "#1\tAnnotatorNotes T1\tT3 CODE 1 2",
        "",
        "T4\tSITIO 9 13\tcodo",
        "T5\tSITIO 20 90\tout",
    ]
    (tmp_path / "notes" / "a.ann").write_text("\n".join(lines), encoding="utf-8")
    text = "Dolor de codo\r\ny rodilla."
    assert read(tmp_path / "notes", "brat", language="es") == [
        Document("notes/a", "own", "es", text, (Mark("SINTOMA", 0, 5), Mark("SITIO", 9, 13)))
    ]


@pytest.mark.parametrize(
    "tokens, tags, expected",
    [
        ("Placas ( y costras ) .", "B-F O O B-F O O", "[F: Placas] (y [F: costras])."),
        ("beta - lactam allergy", "B-C I-C I-C O", "[C: beta-lactam] allergy"),
        ("anti - TNF , 50 % better", "B-C I-C I-C O O O O", "[C: anti-TNF], 50% better"),
        ("Crohn 's disease / colitis", "B-D I-D I-D O B-D", "[D: Crohn 's disease]/[D: colitis]"),
        ("patient ' s asthma", "O O O B-D", "patient's [D: asthma]"),
        ("acne acne", "B-D B-D", "[D: acne] [D: acne]"),
        ("acne rash itch", "I-D I-D I-S", "[D: acne rash] [S: itch]"),
        ("acne / rosacea", "I-D O I-D", "[D: acne]/[D: rosacea]"),
        ("[ 3 ] acne ", "O O O B-D B-D", "[3] [D: acne]"),
        ("", "", ""),
    ],
)
def test_joined(tokens: str, tags: str, expected: str) -> None:
    assert joined(tokens.split(" ") if tokens else [], tags.split()) == unmarked(expected)


def test_iob(tmp_path: Path) -> None:
    (tmp_path / "train.tsv").write_bytes(
        b"Sin\tO\r\nasma\tB-D\r\n\r\n-DOCSTART-\n\nNo\tN\tO\nasthma\tN\tB-D\n.\t.\tO\n"
    )
    found = read(tmp_path / "train.tsv", "iob")
    assert found == [document("Sin [D: asma]", "train/0"), document("No [D: asthma].", "train/2", language="en")]


def test_phee(tmp_path: Path) -> None:
    drug = {"text": [["MTX"]], "start": [[5]]}
    event = {
        "event_id": "E1",
        "event_type": "Adverse_event",
        "Trigger": {"text": [["after"]], "start": [[14]]},
        "Effect": {"text": [["Rash", "fever"]], "start": [[0, 20]]},
        "Treatment": {
            "text": [["MTX 15mg"]],
            "start": [[5]],
            "Drug": drug,
            "Dosage": {"text": [["15mg"]], "start": [[9]]},
        },
    }
    row = {
        "id": "7_1",
        "context": "Rash MTX 15mg after fever.",
        "annotations": [{"events": [event, {**event, "event_id": "E2"}]}],
    }
    (tmp_path / "train.json").write_text(json.dumps(row) + "\n", encoding="utf-8")
    [found] = read(tmp_path / "train.json", "phee")
    assert (found.name, found.language) == ("7_1", "en")
    assert words(found) == [
        ("Effect", "Rash"),
        ("Drug", "MTX"),
        ("Treatment", "MTX 15mg"),
        ("Dosage", "15mg"),
        ("Trigger", "after"),
        ("Effect", "fever"),
    ]


def test_jsonl(tmp_path: Path) -> None:
    rows = [
        {"text": "Acné\u2028y\x85psoriasis.", "spans": [["D", 7, 16]], "language": "es", "id": 12},
        {"text": "No fever."},
    ]
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (tmp_path / "notes.jsonl").write_text("\n\n".join(lines) + "\n", encoding="utf-8")
    assert read(tmp_path / "notes.jsonl", "jsonl") == [
        document("Acné\u2028y\x85[D: psoriasis].", "12"),
        document("No fever.", "3", language="en"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        '"text"',
        '{"note": "Acné."}',
        '{"text": "Acné.", "spans": [{"label": "D"}]}',
        '{"text": "Acné.", "spans": [["D", "a", 4]]}',
    ],
)
def test_jsonl_that_cannot_be_read(tmp_path: Path, line: str) -> None:
    (tmp_path / "notes.jsonl").write_text('{"text": "Acné."}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"notes\.jsonl, line 2: not an object with a text and perhaps spans, for example"
    ):
        read(tmp_path / "notes.jsonl", "jsonl")


def test_tsv(tmp_path: Path) -> None:
    text = 'id\tcontent_en\tcontent_es\n1\t"Rash\tLesión "rara"\n2\t\tPicor\n3\n'
    (tmp_path / "queries.tsv").write_text(text, encoding="utf-8")
    assert read(tmp_path / "queries.tsv", "tsv") == [
        document('"Rash', "1/en", language="en"),
        document('Lesión "rara"', "1/es"),
        document("Picor", "2/es"),
    ]


def test_dataset(tmp_path: Path) -> None:
    from datasets import ClassLabel, Dataset, DatasetDict, Features, Sequence, Value

    tags = Sequence(ClassLabel(names=["O", "B-D", "I-D"]))
    features = Features({"tokens": Sequence(Value("string")), "ner_tags": tags})
    train = {"tokens": [["Dermatitis", "atópica", "leve"], ["Sin", "asma", "."]], "ner_tags": [[1, 2, 0], [0, 1, 0]]}
    test = {"tokens": [["Acné"]], "ner_tags": [[1]]}
    splits = {name: Dataset.from_dict(rows, features=features) for name, rows in (("train", train), ("test", test))}
    DatasetDict(splits).save_to_disk(tmp_path / "splits")
    assert read(tmp_path / "splits", "dataset", language="es") == [
        document("[D: Dermatitis atópica] leve", "train/0"),
        document("Sin [D: asma].", "train/1"),
        document("[D: Acné]", "test/0"),
    ]
    Dataset.from_dict({"tokens": [["Acné"]], "tags": [["B-D"]]}).save_to_disk(tmp_path / "one")
    assert read(tmp_path / "one", "dataset", language="es") == [document("[D: Acné]", "all/0")]


@pytest.mark.parametrize("format_", ["guidelines", "brat", "iob", "jsonl", "tsv"])
def test_nothing_to_read(tmp_path: Path, format_: str) -> None:
    with pytest.raises(InputError, match="corpus 'own': nothing to read at nowhere below "):
        read(tmp_path / "nowhere", format_)


def test_unknown_format(tmp_path: Path) -> None:
    message = "corpus 'own': no format 'conll'. There are: guidelines, brat, iob, phee, jsonl, tsv, dataset."
    with pytest.raises(InputError, match=re.escape(message)):
        read(tmp_path, "conll")


def recipe(held_out: tuple[str, ...] = (), **more: Mapping[str, str] | str | bool) -> Recipe:
    """A recipe of one corpus in the folder `notes`."""
    row = {"path": "notes", "format": "guidelines", "language": "es", **more}
    return Recipe("encoder", {"own": Corpus("own", **row)}, (), types=("DIAGNOSIS", "DRUG"), held_out=held_out)  # type: ignore[arg-type]


def pieces(made: Recipe, folder: Path) -> list[Piece]:
    (folder / "pieces").mkdir(exist_ok=True)
    return preparation.pieces_of(made, "own", folder, folder / "pieces", lambda *_: None)


LONG = "Paciente con psoriasis en placas desde hace diez años, tratado con fototerapia y después con metotrexato, sin respuesta. "


def test_texts_that_hold_a_stretch_of_a_held_out_text_are_left_out(tmp_path: Path) -> None:
    write_brat(tmp_path / "gold" / "es_dev", {"a": LONG, "b": "", "c": "Control."})
    marked = "[DRUG: MTX]."
    write_brat(
        tmp_path / "notes",
        {
            "a": f"Resumen. {LONG.replace(' ', chr(10))} {marked}",
            "b": f"Controles {marked}",
            "c": f"Control. {marked}",
            "d": LONG[:50] + marked,
        },
    )
    found = pieces(recipe(held_out=("gold/*_dev",)), tmp_path)
    assert [(one.document, one.text, words(one)) for one in found] == [
        ("notes/b", "Controles MTX.", [("DRUG", "MTX")]),
        ("notes/d", "Paciente con psoriasis en placas desde hace diez aMTX.", [("DRUG", "MTX")]),
    ]


def test_pieces_are_kept_and_read_again(tmp_path: Path) -> None:
    write_brat(tmp_path / "notes", {"a": "Plan:\u2028[DRUG Historical: MTX]\x85."})
    made = pieces(recipe(), tmp_path)
    assert [(one.marks[0].attributes, one.known) for one in made] == [
        (("Historical",), frozenset({"DIAGNOSIS", "DRUG"}))
    ]
    write_brat(tmp_path / "notes", {"a": "[DRUG: Otro]"})
    assert pieces(recipe(), tmp_path) == made


def test_labels_of_another_scheme(tmp_path: Path) -> None:
    write_brat(tmp_path / "notes", {"a": "[FARMACO: MTX] por [ENFERMEDAD: acné]."})
    [found] = pieces(recipe(format="brat", layers={"FARMACO": "es.drug"}), tmp_path)
    assert (words(found), found.known, found.attributes) == ([("es.drug", "MTX")], {"es.drug"}, False)


def test_silver_marks_beside_their_own(tmp_path: Path) -> None:
    write_brat(tmp_path / "notes", {"a": "Niega psoriasis. [FARMACO: MTX] 15 mg."})
    first, second = pieces(recipe(format="brat", layers={"FARMACO": "es.drug"}, silver=True), tmp_path)
    assert first.marks == (Mark("DIAGNOSIS", 6, 15, ("Negated",)),) and first.attributes
    assert words(second) == [("es.drug", "MTX"), ("DRUG", "MTX")]
    assert first.known == {"es.drug", "DIAGNOSIS", "DRUG"}


@pytest.mark.parametrize("more", [{}, {"format": "brat", "layers": {"Disease": "DIAGNOSIS"}}])
def test_no_label_is_mapped(tmp_path: Path, more: Mapping[str, str]) -> None:
    write_brat(tmp_path / "notes", {"a": "[FARMACO: MTX] por [ENFERMEDAD: acné]."})
    message = (
        "corpus 'own': none of its labels is mapped to a type: ENFERMEDAD, FARMACO. Map them, e.g. Disease=DIAGNOSIS."
    )
    with pytest.raises(InputError, match=re.escape(message)):
        pieces(recipe(**more), tmp_path)
