"""Misspelt names: what is read as the name that was meant, and what is a word of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

import dermnlp
from dermnlp.mentions import from_doc
from dermnlp.omop.rows import modifiers

Part = tuple[str, str, str]


def fuzzy(nlp: Language, text: str) -> list[Part]:
    """The misspelt names of a text as (type, text, concept)."""
    return [(m.type, m.text, m.concept) for m in from_doc(nlp(text), "n1") if m.source == "fuzzy"]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Hidrosadentis supurativa Hurley II", [("DIAGNOSIS", "Hidrosadentis supurativa", "hidradenitis_suppurativa")]),
        ("es", "artritis psoraisica y dermattis atópica", [
            ("DIAGNOSIS", "artritis psoraisica", "psoriatic_arthritis"),
            ("DIAGNOSIS", "dermattis atópica", "atopic_dermatitis"),
        ]),
        ("es", "dermattis seborerica", [("DIAGNOSIS", "dermattis seborerica", "dermatitis.seborrheic")]),
        ("es", "DERMATTIS\nATÓPICA", [("DIAGNOSIS", "DERMATTIS\nATÓPICA", "atopic_dermatitis")]),
        ("es", "psoraisis", [("DIAGNOSIS", "psoraisis", "psoriasis")]),
        ("es", "melanma de 2 mm", [("DIAGNOSIS", "melanma", "melanoma")]),
        ("es", "pitirasis rosada", [("DIAGNOSIS", "pitirasis rosada", "pityriasis_rosea")]),
        ("es", "metotrexatt y metrotrexato", [("DRUG", "metotrexatt", "methotrexate"), ("DRUG", "metrotrexato", "methotrexate")]),
        ("es", "adalimumamb, guselkumba", [("DRUG", "adalimumamb", "adalimumab"), ("DRUG", "guselkumba", "guselkumab")]),
        ("es", "predinsona en pauta descendente", [("DRUG", "predinsona", "prednisone")]),
        ("es", "paracetamo, linisopril e ibersartan", [
            ("DRUG", "paracetamo", "paracetamol"),
            ("DRUG", "linisopril", "lisinopril"),
            ("DRUG", "ibersartan", "irbesartan"),
        ]),
        ("es", "Lormetazepan 1 mg", [("DRUG", "Lormetazepan", "lormetazepam")]),
        ("en", "Hidradentis supurativa, Hurley II", [("DIAGNOSIS", "Hidradentis supurativa", "hidradenitis_suppurativa")]),
        ("en", "psoriatic arthirtis and atopic dermattis", [
            ("DIAGNOSIS", "psoriatic arthirtis", "psoriatic_arthritis"),
            ("DIAGNOSIS", "atopic dermattis", "atopic_dermatitis"),
        ]),
        ("en", "soriasis", [("DIAGNOSIS", "soriasis", "psoriasis")]),
        ("en", "seborheic dermatitis", [("DIAGNOSIS", "seborheic dermatitis", "dermatitis.seborrheic")]),
        ("en", "cellulits of the leg", [("DIAGNOSIS", "cellulits", "cellulitis")]),
        ("en", "ustekinumba and adalimumamb", [("DRUG", "ustekinumba", "ustekinumab"), ("DRUG", "adalimumamb", "adalimumab")]),
        ("en", "hydroxycholorquine 200 mg", [("DRUG", "hydroxycholorquine", "hydroxychloroquine")]),
        ("en", "topical clobestaol", [("DRUG", "clobestaol", "clobetasol")]),
    ],
)  # fmt: skip
def test_a_misspelt_name_is_the_name_that_was_meant(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert fuzzy(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, concepts",
    [
        ("es", "prednisona y prednisolona", ["prednisone", "prednisolone"]),
        ("es", "cefalexina, cefradina y cefadrina", ["cefalexin", "cefradine"]),
        ("es", "metotrexate, adalinubab, tracolimus", ["methotrexate", "adalimumab", "tacrolimus"]),
        ("es", "lorazepam, alprazolam, clonazepam, clobazam", ["lorazepam", "alprazolam", "clonazepam", "clobazam"]),
        ("en", "prednisone and prednisolone", ["prednisone", "prednisolone"]),
        ("en", "tacrolimus, sirolimus, everolimus, pimecrolimus", ["tacrolimus", "sirolimus", "everolimus", "pimecrolimus"]),
        ("en", "hydroxyzine and hydralazine", ["hydroxyzine", "hydralazine"]),
    ],
)
def test_a_name_that_is_known_is_never_another(nlp: dict[str, Language], lang: str, text: str, concepts: list[str]) -> None:
    found = [m for m in from_doc(nlp[lang](text), "n1") if m.source == "lexicon"]
    assert ([m.concept for m in found], fuzzy(nlp[lang], text)) == (concepts, [])


@pytest.mark.parametrize(
    "lang, text",
    [
        ("es", "Los estudios muestran un patrón concreto, según lo previsto."),
        ("es", "Domicilio: residencia. Encontramos estabilidad clínica."),
        ("es", "Actitud expectante, que el paciente tolera y permite."),
        ("es", "Se despertaron y acordaron sobremesa con clementina."),
        ("es", "Lesión hiperdensa, hiperintensa en T2, sin hiperextensión."),
        ("es", "Prolactina, tiroglobulina y melanina elevadas."),
        ("es", "Eritrocitos, hepatocitos, plasmocitos y eritroblastos."),
        ("es", "Hipercalemia."),
        ("es", "Granulocitosis sin ureteritis ni bacteriuria."),
        ("es", "Signo peritonítico, proceso neumónico."),
        ("es", "Paciente anticoagulada; se decide anticoagular."),
        ("es", "Disponía de clarinete y gasolina; letrado y jurista."),
        ("es", "Placas atópicas y psoriásicas."),
        ("es", "Eritrosis facial."),
        ("es", "Celestina Castellano, hija de Maricela."),
        ("es", "Aclaramiento (clearance) de creatinina."),
        ("en", "Admitted overnight; the advantage is clarity."),
        ("en", "Vimentin positive, thyroglobulin normal."),
        ("en", "Erythroid hyperplasia, corticosterone and cytosine."),
        ("en", "A dystonic posture, an arthritic joint."),
        ("en", "Hyperextension of the neck; macrocephaly."),
        ("en", "Plays the clarinet in concert; singular and versatile."),
        ("en", "Westcott scissors and micropore tape."),
        ("en", "Listeria was cultured; hurricane season."),
        ("en", "An allergist may ventilate and mitigate."),
        ("en", "Antalgic gait, normal voice inflection."),
        ("en", "Pentobarbital, trimipramine and streptozocin."),
        ("en", "Granulocytosis and ureteritis."),
        ("en", "An artistic child, sensitive to repression."),
    ],
)
def test_a_real_word_is_no_misspelt_name(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert fuzzy(nlp[lang], text) == []


@pytest.mark.parametrize("lang, text, letters", [("es", "psoraisis", 9), ("en", "psoraisis", 9), ("es", "psoraiasis", 10)])
def test_it_is_surer_the_more_letters_are_right(nlp: dict[str, Language], lang: str, text: str, letters: int) -> None:
    found = from_doc(nlp[lang](text), "n1")
    assert [(m.source, m.rule, round(m.confidence, 4)) for m in found] == [("fuzzy", "entities/skin_diseases", round(1 - 1 / letters, 4))]


@pytest.mark.parametrize("lang, text", [("es", "psoraisis"), ("en", "psoraisis")])
def test_its_codes_and_context_are_those_of_the_name(nlp: dict[str, Language], lang: str, text: str) -> None:
    (found,) = from_doc(nlp[lang](f"No {text}."), "n1")
    assert (found.concept, found.codes, found.attributes) == ("psoriasis", {"ICD10CM": "L40.9"}, ("Negated",))


@pytest.mark.parametrize("lang, text", [("es", "psoraisis"), ("en", "psoraisis")])
def test_the_output_says_that_it_was_misspelt(nlp: dict[str, Language], lang: str, text: str) -> None:
    (found,) = from_doc(nlp[lang](text), "n1")
    assert modifiers(found) == "type=DIAGNOSIS;source=fuzzy;rule=entities/skin_diseases;confidence=0.889"


@pytest.mark.parametrize("lang, text", [("es", "dermattis\n\natópica"), ("en", "atopic\n\ndermattis")])
def test_no_name_runs_over_a_blank_line(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert [part for part in fuzzy(nlp[lang], text) if "\n" in part[1]] == []


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize(
    "row, expected",
    [
        ("psoraisis,real_word", []),
        ("psor,beginning", [("DIAGNOSIS", "psoraisis", "psoriasis")]),
        ("aisis,ending", []),
        ("melanma,real_word", [("DIAGNOSIS", "psoraisis", "psoriasis")]),
    ],
)
def test_a_row_of_ones_own_stops_a_match(lang: str, row: str, expected: list[Part], tmp_path: Path) -> None:
    folder = tmp_path / "tokens" / "lookalikes"
    folder.mkdir(parents=True)
    (folder / f"{lang}.csv").write_text(f"term,concept\n{row}\n", encoding="utf-8")
    assert fuzzy(dermnlp.load(lang, exclude=["tagger"], lexicons=[tmp_path]), "psoraisis") == expected


@pytest.mark.parametrize(
    "types, expected",
    [
        ([], []),
        (["DRUG"], [("DRUG", "adalimumamb", "adalimumab")]),
        (["DIAGNOSIS"], [("DIAGNOSIS", "psoraisis", "psoriasis")]),
    ],
)
@pytest.mark.parametrize("lang", ["es", "en"])
def test_it_can_be_limited_or_switched_off(lang: str, types: list[str], expected: list[Part]) -> None:
    nlp = dermnlp.load(lang, exclude=["tagger"])
    nlp.replace_pipe("matcher", "dermnlp_matcher", config={"misspelt": types})
    assert fuzzy(nlp, "psoraisis, adalimumamb") == expected
