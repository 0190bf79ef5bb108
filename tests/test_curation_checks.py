"""Every fault of a lexicon is told with its file, its line and what would be right; ours has none."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from conftest import CONCEPTS, TERMS, TEST_LEXICONS

from dermnlp import data, lexicons
from dermnlp.curation.checks import WITHOUT_TERMS, check, own_faults
from dermnlp.curation.coverage import inventory
from dermnlp.curation.faults import Fault

GOOD = {
    "entities/own/concepts.csv": CONCEPTS + "own.a,DIAGNOSIS,a,L40.0,,,,\n",
    "entities/own/es.csv": TERMS + "zorbita,own.a,,\n",
    "entities/own/en.csv": TERMS + "zorb,own.a,,\n",
}


def faults(root: Path, files: dict[str, str]) -> list[Fault]:
    """The faults of a directory with the good files, some replaced."""
    for name, text in (GOOD | files).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return list(check([root]))


@pytest.fixture
def own(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's directory, over lexicons of ours with hardly a row, so that a fault is told in milliseconds."""
    room = tmp_path_factory.mktemp("ours")
    shutil.copytree(data.room("lexicons") / "tokens", room / "tokens")
    for lang, beginning in (("es", "hiper"), ("en", "hyper")):
        (room / f"tokens/lookalikes/{lang}.csv").write_text(f"term,concept\n{beginning},beginning\n")
    (room / "attributes").mkdir()
    (room / "terminology/icd10cm").mkdir(parents=True)
    (room / "terminology/icd10cm/codes.csv").write_text("code\nL40\nL40.0\n")
    for topic, header in {"senses/none": "concept,mode,window", "entities/none": CONCEPTS.strip()}.items():
        (room / topic).mkdir(parents=True)
        (room / topic / "concepts.csv").write_text(header + "\n")
        for lang in ("es", "en"):
            (room / topic / f"{lang}.csv").write_text("term,concept\n" + ("x,none.x\n" if lang == "es" else "y,none.x\n"))
        with (room / topic / "concepts.csv").open("a") as rows:
            rows.write("none.x,needs,note\n" if topic.startswith("senses") else "none.x,FINDING,x,,,,,\n")
    monkeypatch.setattr("dermnlp.data.room", lambda name: room)
    return tmp_path


def test_the_shipped_lexicons_have_no_fault() -> None:
    assert list(check()) == []


def test_the_lexicons_of_the_tests_have_one_fault_by_intent() -> None:
    """ENTITY is the same word in both languages."""
    assert [fault for fault in check([TEST_LEXICONS]) if fault.file.startswith("entities/test")] == [
        Fault("entities/test/es.csv", 0, "is the same file as en.csv. Write the terms of each language.")
    ]


def test_a_good_lexicon_has_no_fault(own: Path) -> None:
    assert faults(own, {}) == []


@pytest.mark.parametrize(
    "files, fault",
    [
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,\nzorbona,own.b,,\n"},
            Fault("entities/own/es.csv", 3, "has the unknown concept 'own.b'. Add it to concepts.csv or use one that is there. Did you mean 'own.a'?", "concept"),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,fuzzy,\n"},
            Fault("entities/own/es.csv", 2, "has the match 'fuzzy'. There are: (empty), word, exact.", "match"),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,own.sense\n"},
            Fault("entities/own/es.csv", 2, "has the unknown sense 'own.sense'. Add it to senses/<topic>/concepts.csv.", "sense"),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,\nzorbona,own.a,,\nZorbita,own.a,,\n"},
            Fault("entities/own/es.csv", 4, "repeats line 2. Keep one row.", "term"),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,\nZQ,own.a,,\n"},
            Fault(
                "entities/own/es.csv",
                3,
                "is a short form in capitals without exact match or sense. Write match=exact, and a sense rule if 'ZQ' means other things.", "match"),
        ),
        (
            {"entities/own/es.csv": TERMS + " ,own.a,,\n"},
            Fault("entities/own/es.csv", 2, "has white space around the term. Remove it.", "term"),
        ),
        ({"entities/own/es.csv": TERMS + ",own.a,,\n"}, Fault("entities/own/es.csv", 2, "has no term. Remove the row.", "term")),
        (
            {"entities/own/es.csv": TERMS + "zorbita ,own.a,,\n"},
            Fault("entities/own/es.csv", 2, "has white space around the term. Remove it.", "term"),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita, mayor,own.a,exact,none.x\n"},
            Fault("entities/own/es.csv", 2, "has more fields than the header. Quote a value that holds a comma."),
        ),
        (
            {"entities/own/es.csv": TERMS},
            Fault("entities/own/es.csv", 1, "has no rows. A topic has terms in every supported language."),
        ),
        (
            {"entities/own/en.csv": GOOD["entities/own/es.csv"]},
            Fault("entities/own/es.csv", 0, "is the same file as en.csv. Write the terms of each language."),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,DISEASE,a,L40.0,,,,\n"},
            Fault(
                "entities/own/concepts.csv",
                2,
                "has the type 'DISEASE'. There are: DIAGNOSIS, FINDING, BODY_SITE, SCORE, DRUG, DOSE, ROUTE, FREQUENCY, PROCEDURE, MODIFIER.", "type"),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,headd\n"},
            Fault("entities/own/concepts.csv", 2, "has the role 'headd'. There are: (empty), head, bare, sited, bare_sited, part, region, symptom. Did you mean 'head'?", "role"),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,Negative,\n"},
            Fault("entities/own/concepts.csv", 2, "has the attribute 'Negative'. There are: Negated, Uncertain, Historical, Family. Did you mean 'Negated'?", "attributes"),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,DRUG,a,,,,,\n"},
            Fault("entities/own/concepts.csv", 2, "has no inn. Give the INN of 'own.a', or class: and the name of its class.", "inn"),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,\n,FINDING,b,,,,,\n"},
            Fault("entities/own/concepts.csv", 3, "has no concept. Give the row a key.", "concept"),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,\nnone.x,FINDING,x,,,,,\n"},
            Fault("entities/own/concepts.csv", 3, "repeats the concept 'none.x' of entities/none. A key has one meaning over all topics.", "concept"),
        ),
        (
            {
                "context/own/concepts.csv": "concept,direction,reach,types\nown.c,behind,,\n",
                "context/own/es.csv": "term,concept,match\nzorbando,own.c,\n",
                "context/own/en.csv": "term,concept,match\nzorbing,own.c,\n",
            },
            Fault("context/own/concepts.csv", 2, "has the direction 'behind'. There are: before, after, pseudo, stop, clause, head, ahead, joined, annul_last, annul_next.", "direction"),
        ),
        (
            {
                "senses/own/concepts.csv": "concept,mode,window\nown.s,wants,note\n",
                "senses/own/es.csv": "term,concept\nzorbando,own.s\n",
                "senses/own/en.csv": "term,concept\nzorbing,own.s\n",
            },
            Fault("senses/own/concepts.csv", 2, "has the mode 'wants'. There are: needs, forbids.", "mode"),
        ),
        (
            {
                "senses/own/concepts.csv": "concept,mode,window\nown.s,needs,page\n",
                "senses/own/es.csv": "term,concept\nzorbando,own.s\n",
                "senses/own/en.csv": "term,concept\nzorbing,own.s\n",
            },
            Fault("senses/own/concepts.csv", 2, "has the window 'page'. There are: note, sentence, before, after.", "window"),
        ),
    ],
)
def test_each_fault_gives_its_file_line_and_message(own: Path, files: dict[str, str], fault: Fault) -> None:
    assert fault in faults(own, files)


def test_a_missing_language(own: Path) -> None:
    faults(own, {})
    (own / "entities/own/en.csv").unlink()
    assert list(check([own])) == [Fault("entities/own", 0, "has no en.csv. A topic has terms in every supported language.")]


def test_an_ambiguous_term_without_a_sense(own: Path) -> None:
    files = {
        "entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,\nown.b,FINDING,b,,,,,\n",
        "entities/own/es.csv": TERMS + "zorbita,own.a,,\nzorbita,own.b,,\n",
    }
    message = "can never match: line 2 gives the term another concept ('own.a'). Give one of them a sense rule, or remove the row."
    assert faults(own, files) == [Fault("entities/own/es.csv", 3, message, "term")]


def test_a_file_that_is_no_utf8(own: Path) -> None:
    faults(own, {})
    (own / "entities/own/es.csv").write_bytes((TERMS + "pápula,own.a,,\n").encode("latin-1"))
    message = "isn't UTF-8. Save it as CSV, UTF-8."
    assert Fault("entities/own/es.csv", 1, message) in list(check([own]))


def test_all_faults_in_one_go(own: Path) -> None:
    rows = "zorbita,own.b,fuzzy,\nzorbona,own.c,,\n"
    assert [(fault.line, fault.message.split(".")[0]) for fault in faults(own, {"entities/own/es.csv": TERMS + rows})] == [
        (2, "has the unknown concept 'own"),
        (2, "has the match 'fuzzy'"),
        (3, "has the unknown concept 'own"),
    ]


def test_a_folder_that_is_no_stage(own: Path) -> None:
    (own / "entites").mkdir()
    (own / ".git").mkdir()
    assert [(fault.file, fault.message.split(".")[0]) for fault in faults(own, {})] == [("entites", "is no stage")]


def test_inventory(own: Path) -> None:
    faults(own, {})
    assert [(i.stage, i.topic, i.concepts, i.terms) for i in inventory([own]) if i.topic == "own"] == [
        ("entities", "own", 1, {"en": 1, "es": 1})
    ]


def test_every_topic_of_ours_has_terms_in_both_languages() -> None:
    for item in inventory():
        assert {"es", "en"} <= set(item.terms) or (item.stage, item.topic) in WITHOUT_TERMS, f"{item.stage}/{item.topic}"
    assert {item.topic for item in inventory() if item.stage == "entities"} == set(lexicons.topics("entities"))


@pytest.mark.parametrize("separator, name", [(";", "semicolons"), ("\t", "tabs"), ("|", "bars")])
def test_a_wrong_separator(own: Path, separator: str, name: str) -> None:
    text = (TERMS + "zorbita,own.a,,\n").replace(",", separator)
    message = f"has {name} between its columns. Save it as CSV with commas."
    assert faults(own, {"entities/own/es.csv": text})[:1] == [Fault("entities/own/es.csv", 1, message)]


@pytest.mark.parametrize(
    "code, message",
    [
        ("L400", "has the unknown ICD-10-CM code 'L400'. Did you mean 'L40.0'?"),
        ("l40.0", "has the unknown ICD-10-CM code 'l40.0'. Did you mean 'L40.0'?"),
        ("L40.07", "has the unknown ICD-10-CM code 'L40.07'. Did you mean 'L40.0'?"),
        ("psoriasis", "has the unknown ICD-10-CM code 'psoriasis'. ICD-10-CM codes look like L40.0."),
    ],
)
def test_an_unknown_code(own: Path, code: str, message: str) -> None:
    files = {"entities/own/concepts.csv": CONCEPTS + f"own.a,DIAGNOSIS,a,{code},,,,\n"}
    assert faults(own, files) == [Fault("entities/own/concepts.csv", 2, message, "icd10cm")]


@pytest.mark.parametrize(
    "rows, line, message",
    [
        ("zorbita,own.a,,\nzorbitas,own.a,,\n", 3, "repeats line 2. Keep one row."),
        ("zorbita,own.a,,\nzórbita,own.a,exact,\n", 3, "repeats line 2. Keep one row."),
        ("zorbita,own.a,word,\nZORBITA,own.a,exact,\n", 3, "repeats line 2. Keep one row."),
        ("zor-bita,own.a,,\nzor bita,own.a,,\n", 3, "repeats line 2. Keep one row."),
        ("zorbita,own.a,,\nZORBITAS,own.b,exact,\n", 3, "can never match: line 2 gives the term another concept ('own.a')."),
        ("zorbita,own.a,,none.x\nzorbitas,own.b,,none.x\n", 3, "can never match: line 2 gives the term another concept ('own.a')."),
        ("...,own.a,,\n", 2, "has no letter and no digit, and would match punctuation. Remove the row."),
        ("zorbita  mayor,own.a,,\n", 2, "has more than one blank in the term. Leave one."),
    ],
)
def test_a_term_that_can_never_match(own: Path, rows: str, line: int, message: str) -> None:
    concepts = CONCEPTS + "own.a,FINDING,a,,,,,\nown.b,FINDING,b,,,,,\n"
    [fault] = faults(own, {"entities/own/concepts.csv": concepts, "entities/own/es.csv": TERMS + rows})
    assert (fault.file, fault.line, fault.column) == ("entities/own/es.csv", line, "term")
    assert fault.message.startswith(message)


@pytest.mark.parametrize(
    "rows",
    [
        "zorbita,own.a,exact,\nZorbita,own.b,exact,\n",
        "zorbitas,own.a,word,\nzorbita,own.b,word,\n",
        "zorbita,own.a,,none.x\nzorbita,own.b,,\n",
    ],
)
def test_terms_that_can_be_told_apart(own: Path, rows: str) -> None:
    concepts = CONCEPTS + "own.a,FINDING,a,,,,,\nown.b,FINDING,b,,,,,\n"
    assert faults(own, {"entities/own/concepts.csv": concepts, "entities/own/es.csv": TERMS + rows}) == []


def test_a_term_of_ours_shadows_ones_own(tmp_path: Path) -> None:
    rows = {"entities/zz/concepts.csv": CONCEPTS + "zz.a,DIAGNOSIS,a,,,,,\n", "entities/zz/en.csv": TERMS + "psoriasis,zz.a,,\n"}
    for name, text in rows.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    [fault] = own_faults([tmp_path])
    assert fault.place == f"{tmp_path}/entities/zz/en.csv:2: term:"
    assert fault.message.startswith("can never match: entities/skin_diseases/en.csv, line ")
    assert fault.message.endswith(
        "Switch that term off (psoriasis,-) in your entities/skin_diseases/en.csv, or remove the row."
    )
    (tmp_path / "entities/skin_diseases").mkdir()
    (tmp_path / "entities/skin_diseases/en.csv").write_text(TERMS + "psoriasis,-,,\n")
    assert own_faults([tmp_path]) == []


@pytest.mark.parametrize(
    "row, column, message",
    [
        ("own.z,ZORBI,numbre,0,9,,", "kind", "has the kind 'numbre'. There are: number, percent, roman, tenth. Did you mean 'number'?"),
        ("own.z,ZORBI,number,0,,,", "maximum", "has no maximum. Give the range of the scale: a number outside it is no score."),
        ('own.z,ZORBI,number,0,"9,5",,', "maximum", "has the maximum '9,5'. Write a number, with a point for decimals."),
        ("own.z,ZORBI,number,9,0,,", "maximum", "has the range 9 to 0. The minimum is less than the maximum."),
        ("own.z,,number,0,9,,", "scale", "has no scale. Give its short name, e.g. PASI."),
    ],
)
def test_a_faulty_score(own: Path, row: str, column: str, message: str) -> None:
    files = {
        "attributes/scores/concepts.csv": "concept,scale,kind,minimum,maximum,near,omop\n" + row + "\n",
        "attributes/scores/es.csv": "term,concept,match\nzorbi,own.z,\n",
        "attributes/scores/en.csv": "term,concept,match\nzorby,own.z,\n",
    }
    assert faults(own, files) == [Fault("attributes/scores/concepts.csv", 2, message, column)]


def test_words_that_are_no_misspelt_names(own: Path) -> None:
    """`zorbitosas` is an inflection near the name, `zorbatina` isn't near it."""
    files = {
        "entities/own/es.csv": TERMS + "zorbitasa,own.a,,\n",
        "tokens/lookalikes/es.csv": "term,concept\nzorbitosa,real_word\nzorbitosas,real_word\nhípo,beginning\nhipo,beginning\nzorbatina,real_word\n",
    }
    found = [(fault.line, fault.hint, fault.message.partition(".")[0]) for fault in faults(own, files) if fault.file == "tokens/lookalikes/es.csv"]
    assert found == [
        (3, False, "repeats line 2"),
        (5, False, "repeats line 4"),
        (6, True, "is near no name of a drug or disease, and is never read as one"),
    ]
    assert [fault.line for fault in own_faults([own])] == [3, 5]
