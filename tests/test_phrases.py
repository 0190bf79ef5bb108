"""Phrases of dermatology notes: literal text in, the whole mention with its concept out; the grammar finds what no row lists."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp import lexicons
from dermnlp.entities.compounds import Compounds
from dermnlp.mentions import from_doc
from dermnlp.tokens import fold

PHRASES = Path(__file__).parent / "data" / "phrases" / "phrases.csv"
HPO = Path(__file__).parents[2] / "shared" / "terminology" / "hpo_skin_es.tsv"
with PHRASES.open(encoding="utf-8", newline="") as lines:
    ROWS = list(csv.DictReader(lines))
HEADS = {
    "es": ("placa", "pápula", "mácula", "mancha", "vesícula", "ampolla", "pústula", "lesión", "erosión", "úlcera", "costra", "zona"),
    "en": ("plaque", "papule", "macule", "patch", "vesicle", "bulla", "pustule", "lesion", "erosion", "ulcer", "crust", "area"),
}
ADJECTIVES = {
    "es": ("eritematosa", "eritematodescamativa", "eritemato-costrosa", "maculopapulosa", "violácea", "hiperqueratósica y fisurada"),
    "en": ("erythematous", "erythematosquamous", "erythemato-crusted", "maculopapular", "violaceous", "hyperkeratotic, fissured"),
}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['lang']}-{row['mention']}")
def test_a_phrase_gives_its_mention(nlp: dict[str, Language], row: dict[str, str]) -> None:
    found = [(m.type, m.text, m.concept) for m in from_doc(nlp[row["lang"]](row["text"]), "n1") if m.type == row["type"]]
    assert (row["type"], row["mention"], row["concept"]) in found


@pytest.mark.parametrize("row", [row for row in ROWS if row["how"] == "combination"], ids=lambda row: row["mention"])
def test_a_combination_is_no_row_of_the_lexicon(row: dict[str, str]) -> None:
    rows = (term for topic in lexicons.topics("entities") for term in lexicons.terms("entities", topic, row["lang"]))
    assert fold(row["mention"]) not in {fold(term["term"]) for term in rows}


@pytest.mark.parametrize("lang", HEADS)
@pytest.mark.parametrize("place", range(len(ADJECTIVES["es"])))
def test_every_lesion_noun_takes_every_adjective(nlp: dict[str, Language], lang: str, place: int) -> None:
    adjective = ADJECTIVES[lang][place]
    for head in HEADS[lang]:
        text = f"{head} {adjective}" if lang == "es" else f"{adjective} {head}"
        for written in (text, text.upper(), fold(text)):
            assert written in [m.text for m in from_doc(nlp[lang](written), "n1") if m.type == "FINDING"]


@pytest.mark.parametrize(
    "lang, word, concept",
    [
        ("es", "eritematoviolaceas", "morph.violaceous"),
        ("es", "micropapulas", "sign.papule"),
        ("es", "eritematosa", ""),
        ("es", "microscopio", ""),
        ("en", "papulovesiculobullous", "morph.vesicular"),
        ("en", "nonindurated", "morph.indurated"),
        ("en", "nonsense", ""),
        ("en", "microscope", ""),
    ],
)
def test_a_compound_is_what_its_last_part_is(lang: str, word: str, concept: str) -> None:
    entry = Compounds(lang)[word]
    assert (entry.concept if entry else "") == concept


@pytest.mark.skipif(not HPO.is_file(), reason="the HPO subset is not here")
def test_every_hpo_id_exists() -> None:
    with HPO.open(encoding="utf-8", newline="") as lines:
        known = {row["hp_id"] for row in csv.DictReader(lines, delimiter="\t")}
    given = [row["hpo"] for row in lexicons.concepts("entities", "findings").values() if row["hpo"]]
    assert len(given) > 150 and set(given) <= known and len(set(given)) == len(given)
