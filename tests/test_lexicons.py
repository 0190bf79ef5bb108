"""The reader of the lexicons: a user's directory adds, replaces and switches off; errors say what there is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import dermnlp
from dermnlp import lexicons
from dermnlp.lexicons import ENVIRONMENT, LexiconError
from dermnlp.mentions import from_doc

CONCEPT_HEADER = "concept,type,name,icd10cm,inn,omop,attributes,role\n"
TERM_HEADER = "term,concept,match,sense\n"


def write(root: Path, files: dict[str, str]) -> Path:
    """A lexicon directory with these files."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def concepts_of(lang: str, text: str, *over: Path) -> list[tuple[str, str]]:
    """Each mention as (text, concept), with these directories over ours."""
    nlp = dermnlp.load(lang, exclude=["tagger"], lexicons=over)
    return [(m.text, m.concept) for m in from_doc(nlp(text), "n1")]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_directory_adds_a_topic(tmp_path: Path, lang: str) -> None:
    write(
        tmp_path,
        {
            "entities/own/concepts.csv": CONCEPT_HEADER + "own.zorb,DIAGNOSIS,zorb,L40.0,,,,\n",
            f"entities/own/{lang}.csv": TERM_HEADER + "zorbita,own.zorb,,\n",
        },
    )
    assert concepts_of(lang, "zorbita psoriasis", tmp_path) == [("zorbita", "own.zorb"), ("psoriasis", "psoriasis")]
    assert concepts_of(lang, "zorbita psoriasis") == [("psoriasis", "psoriasis")]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_directory_adds_a_term_to_a_concept_of_ours(tmp_path: Path, lang: str) -> None:
    write(tmp_path, {f"entities/skin_diseases/{lang}.csv": TERM_HEADER + "zorbita,psoriasis,,\n"})
    assert concepts_of(lang, "zorbita psoriasis", tmp_path) == [("zorbita", "psoriasis"), ("psoriasis", "psoriasis")]


def test_a_directory_replaces_a_concept(tmp_path: Path) -> None:
    write(tmp_path, {"entities/skin_diseases/concepts.csv": CONCEPT_HEADER + "psoriasis,DIAGNOSIS,psoriasis,L40.8,,,,\n"})
    nlp = dermnlp.load("es", exclude=["tagger"], lexicons=[tmp_path])
    assert [m.codes for m in from_doc(nlp("psoriasis"), "n1")] == [{"ICD10CM": "L40.8"}]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_directory_switches_a_term_off(tmp_path: Path, lang: str) -> None:
    write(tmp_path, {f"entities/skin_diseases/{lang}.csv": TERM_HEADER + "psoriasis,-,,\n"})
    assert concepts_of(lang, "psoriasis, melanoma", tmp_path) == [("melanoma", "melanoma")]


def test_a_term_switched_off_can_be_given_another_concept(tmp_path: Path) -> None:
    write(tmp_path, {"entities/skin_diseases/es.csv": TERM_HEADER + "psoriasis,-,,\npsoriasis,psoriasis.plaque,,\n"})
    assert concepts_of("es", "psoriasis", tmp_path) == [("psoriasis", "psoriasis.plaque")]


def test_the_last_directory_wins(tmp_path: Path) -> None:
    first = write(tmp_path / "a", {"entities/skin_diseases/es.csv": TERM_HEADER + "psoriasis,-,,\n"})
    second = write(tmp_path / "b", {"entities/skin_diseases/es.csv": TERM_HEADER + "psoriasis,psoriasis,,\n"})
    assert concepts_of("es", "psoriasis", first, second) == [("psoriasis", "psoriasis")]
    assert concepts_of("es", "psoriasis", second, first) == []


@pytest.mark.parametrize(
    "path, rows, lang, text, attributes",
    [
        ("context/negation/es.csv", "term,concept,match\nzorbando,negation.before,\n", "es", "zorbando psoriasis", ("Negated",)),
        ("context/negation/en.csv", "term,concept,match\nzorbing,negation.before,\n", "en", "zorbing psoriasis", ("Negated",)),
        ("sections/headers/es.csv", "term,concept,match\nzorbos,family_history,\n", "es", "Zorbos: psoriasis", ("Family",)),
        ("sections/headers/en.csv", "term,concept,match\nzorbs,family_history,\n", "en", "Zorbs: psoriasis", ("Family",)),
    ],
)
def test_a_cue_or_a_header_is_a_row(
    tmp_path: Path, path: str, rows: str, lang: str, text: str, attributes: tuple[str, ...]
) -> None:
    write(tmp_path, {path: rows})
    nlp = dermnlp.load(lang, exclude=["tagger"], lexicons=[tmp_path])
    assert [m.attributes for m in from_doc(nlp(text), "n1")] == [attributes]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_score_is_two_rows(tmp_path: Path, lang: str) -> None:
    write(
        tmp_path,
        {
            "attributes/scores/concepts.csv": "concept,scale,kind,minimum,maximum,near,omop\nzorbi,ZORBI,number,0,9,,\n",
            f"attributes/scores/{lang}.csv": "term,concept,match\nZORBI,zorbi,\n",
        },
    )
    nlp = dermnlp.load(lang, exclude=["tagger"], lexicons=[tmp_path])
    found = from_doc(nlp("ZORBI 8. ZORBI 12"), "n1")
    assert [(m.text, m.scale, m.value, m.details.get("rejected")) for m in found] == [
        ("ZORBI 8", "ZORBI", "8", None),
        ("ZORBI 12", "ZORBI", "12", "above_maximum"),
    ]


def test_directories_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = write(tmp_path / "a", {"entities/skin_diseases/es.csv": TERM_HEADER + "zorbita,psoriasis,,\n"})
    two = write(tmp_path / "b", {"entities/skin_diseases/es.csv": TERM_HEADER + "zorbona,psoriasis,,\n"})
    monkeypatch.setenv(ENVIRONMENT, os.pathsep.join([str(one), str(two)]))
    assert lexicons.roots()[1:] == (one, two)
    assert concepts_of("es", "zorbita, zorbona") == [("zorbita", "psoriasis"), ("zorbona", "psoriasis")]


def test_a_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"entities/skin_diseases/es.csv": "\ufeff" + TERM_HEADER + "zorbita,psoriasis,,\n"})
    assert concepts_of("es", "zorbita", tmp_path) == [("zorbita", "psoriasis")]


def test_the_digest_changes_with_a_row(tmp_path: Path) -> None:
    ours = lexicons.digest()
    write(tmp_path, {"entities/skin_diseases/es.csv": TERM_HEADER + "zorbita,psoriasis,,\n"})
    with lexicons.use([tmp_path]):
        assert lexicons.digest() != ours
    assert lexicons.digest() == ours


def test_outside_the_block_only_ours_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"entities/skin_diseases/es.csv": TERM_HEADER})
    ours = lexicons.roots()
    with lexicons.use([tmp_path]):
        assert lexicons.roots() == (*ours, tmp_path)
    assert lexicons.roots() == ours


@pytest.mark.parametrize("stage, topic, languages", [("sections", "headers", ["ca", "en", "es", "gl"]), ("context", "negation", ["en", "es"])])
def test_languages(stage: str, topic: str, languages: list[str]) -> None:
    assert lexicons.languages(stage, topic) == languages


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: lexicons.terms("entities", "drugz", "es"), "No lexicon 'drugz' for 'entities'. There are: "),
        (lambda: lexicons.terms("entities", "drugz", "es"), "Did you mean 'drugs'?"),
        (lambda: lexicons.topics("entitys"), "No lexicons for the stage 'entitys'. There are: attributes, context, entities"),
        (lambda: lexicons.topics("entitys"), "Did you mean 'entities'?"),
    ],
)
def test_a_name_that_is_not_there(call: object, message: str) -> None:
    with pytest.raises(LexiconError) as raised:
        call()  # type: ignore[operator]
    assert message in str(raised.value)


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(LexiconError) as raised, lexicons.use([tmp_path / "nowhere"]):
        pass
    assert str(raised.value) == f"'{tmp_path / 'nowhere'}' is no directory of lexicons. Give one with the layout <stage>/<topic>/en.csv."


@pytest.mark.parametrize("inside, has", [([], "nothing"), (["skin", "drugs"], "drugs, skin")])
def test_a_directory_without_a_stage(tmp_path: Path, inside: list[str], has: str) -> None:
    for name in inside:
        (tmp_path / name).mkdir()
    with pytest.raises(LexiconError) as raised, lexicons.use([tmp_path]):
        pass
    assert str(raised.value).startswith(f"'{tmp_path}' holds no stage. It has: {has}. Stages are: attributes, context, entities")


def test_a_changed_file_counts_at_the_next_load(tmp_path: Path) -> None:
    topic = tmp_path / "entities" / "own"
    topic.mkdir(parents=True)
    (topic / "concepts.csv").write_text("concept,type,name,icd10cm,inn,omop,attributes,role\nown.a,FINDING,a,,,,,\n")
    for term in ("zorbita", "zurbano"):
        (topic / "es.csv").write_text(f"term,concept,match,sense\n{term},own.a,,\n", encoding="utf-8")
        doc = dermnlp.load("es", exclude=["tagger"], lexicons=[tmp_path])("Tiene zorbita y zurbano.")
        assert [entity.text for entity in doc.ents] == [term]
