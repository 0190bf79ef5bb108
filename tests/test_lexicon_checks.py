"""Every fault of a lexicon is told with its file, its line and what would be right; ours has none."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import TEST_LEXICONS

from dermnlp import lexicons
from dermnlp.lexicon_checks import Fault, check, inventory

CONCEPTS = "concept,type,name,icd10cm,inn,omop,attributes,role\n"
TERMS = "term,concept,match,sense\n"
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
            Fault("entities/own/es.csv", 3, "has the unknown concept 'own.b'. Add it to concepts.csv or use one that is there."),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,fuzzy,\n"},
            Fault("entities/own/es.csv", 2, "has the match 'fuzzy'. There are: (empty), word, exact."),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,own.sense\n"},
            Fault("entities/own/es.csv", 2, "has the unknown sense 'own.sense'. Add it to senses/<topic>/concepts.csv."),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,\nzorbona,own.a,,\nZorbita,own.a,,\n"},
            Fault("entities/own/es.csv", 4, "repeats line 2. Keep one row."),
        ),
        (
            {"entities/own/es.csv": TERMS + "zorbita,own.a,,\nZQ,own.a,,\n"},
            Fault(
                "entities/own/es.csv",
                3,
                "is a short form in capitals without exact match or sense. Write match=exact, and a sense rule if 'ZQ' means other things.",
            ),
        ),
        (
            {"entities/own/es.csv": TERMS + " ,own.a,,\n"},
            Fault("entities/own/es.csv", 2, "has white space around the term. Remove it."),
        ),
        ({"entities/own/es.csv": TERMS + ",own.a,,\n"}, Fault("entities/own/es.csv", 2, "has no term. Remove the row.")),
        (
            {"entities/own/es.csv": TERMS + "zorbita ,own.a,,\n"},
            Fault("entities/own/es.csv", 2, "has white space around the term. Remove it."),
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
                "has the type 'DISEASE'. There are: DIAGNOSIS, FINDING, BODY_SITE, SCORE, DRUG, DOSE, ROUTE, FREQUENCY, PROCEDURE, MODIFIER.",
            ),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,headd\n"},
            Fault("entities/own/concepts.csv", 2, "has the role 'headd'. There are: (empty), head, bare, sited, bare_sited, part, region, symptom."),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,Negative,\n"},
            Fault("entities/own/concepts.csv", 2, "has the attribute 'Negative'. There are: Negated, Uncertain, Historical, Family."),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,DRUG,a,,,,,\n"},
            Fault("entities/own/concepts.csv", 2, "has no inn. Give the INN of 'own.a', or class: and the name of its class."),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,\n,FINDING,b,,,,,\n"},
            Fault("entities/own/concepts.csv", 3, "has no concept. Give the row a key."),
        ),
        (
            {"entities/own/concepts.csv": CONCEPTS + "own.a,FINDING,a,,,,,\nnone.x,FINDING,x,,,,,\n"},
            Fault("entities/own/concepts.csv", 3, "repeats the concept 'none.x' of entities/none. A key has one meaning over all topics."),
        ),
        (
            {
                "context/own/concepts.csv": "concept,direction,reach,types\nown.c,behind,,\n",
                "context/own/es.csv": "term,concept,match\nzorbando,own.c,\n",
                "context/own/en.csv": "term,concept,match\nzorbing,own.c,\n",
            },
            Fault("context/own/concepts.csv", 2, "has the direction 'behind'. There are: before, after, pseudo, stop."),
        ),
        (
            {
                "senses/own/concepts.csv": "concept,mode,window\nown.s,wants,note\n",
                "senses/own/es.csv": "term,concept\nzorbando,own.s\n",
                "senses/own/en.csv": "term,concept\nzorbing,own.s\n",
            },
            Fault("senses/own/concepts.csv", 2, "has the mode 'wants'. There are: needs, forbids."),
        ),
        (
            {
                "senses/own/concepts.csv": "concept,mode,window\nown.s,needs,page\n",
                "senses/own/es.csv": "term,concept\nzorbando,own.s\n",
                "senses/own/en.csv": "term,concept\nzorbing,own.s\n",
            },
            Fault("senses/own/concepts.csv", 2, "has the window 'page'. There are: note, sentence, before, after."),
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
    message = "gives the term of line 2 another concept. Give one of them a sense rule."
    assert faults(own, files) == [Fault("entities/own/es.csv", 3, message)]


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
        assert {"es", "en"} <= set(item.terms), f"{item.stage}/{item.topic}"
    assert {item.topic for item in inventory() if item.stage == "entities"} == set(lexicons.topics("entities"))


def test_a_wrong_separator(own: Path) -> None:
    assert faults(own, {"entities/own/es.csv": "term;concept;match;sense\nzorbita;own.a;;\n"})[:1] == [
        Fault(
            "entities/own/es.csv",
            1,
            "has the columns term;concept;match;sense; there must be term and concept, separated by commas.",
        )
    ]
