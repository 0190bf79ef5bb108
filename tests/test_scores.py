"""Scores: every notation of ruling 3 of the guidelines and every scale of the field notes."""

from __future__ import annotations

import pytest
from conftest import known
from spacy.language import Language

from dermnlp import lexicons
from dermnlp.mentions import from_doc

Score = tuple[str, str, str]


YEAR = known("'de' and a year are read as the maximum of the scale")
RANGE = known("the range of the scale is read as its value")
LONELY = known("a bare number after BSA is read as a percentage even with no other score beside it")


def scores(nlp: Language, text: str) -> list[Score]:
    """Each score as (text, scale, value), the rejected ones left out."""
    found = (m for m in from_doc(nlp(text), "n1") if m.type == "SCORE")
    return [(m.text, m.scale, m.value) for m in found if "rejected" not in m.details]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "PASI 12,4→1,8", [("PASI 12,4", "PASI", "12.4"), ("1,8", "PASI", "1.8")]),
        ("en", "PASI 12.4→1.8", [("PASI 12.4", "PASI", "12.4"), ("1.8", "PASI", "1.8")]),
        ("es", "PASI 12,4 -> 1,8.", [("PASI 12,4", "PASI", "12.4"), ("1,8", "PASI", "1.8")]),
        ("es", "PASI 18 → 12 → 3", [("PASI 18", "PASI", "18"), ("12", "PASI", "12"), ("3", "PASI", "3")]),
        ("en", "EASI 24.5 => 3.2", [("EASI 24.5", "EASI", "24.5"), ("3.2", "EASI", "3.2")]),
        ("es", "PASI basal 15, actual 2,1", [("PASI basal 15", "PASI", "15"), ("2,1", "PASI", "2.1")]),
        ("es", "PASI 3 (previo 18)", [("PASI 3", "PASI", "3"), ("18", "PASI", "18")]),
        ("en", "PASI 3 (baseline 18)", [("PASI 3", "PASI", "3"), ("18", "PASI", "18")]),
        ("en", "DLQI 4 (18 at baseline)", [("DLQI 4", "DLQI", "4"), ("18", "DLQI", "18")]),
        ("es", "BSA 12%→<3%", [("BSA 12%", "BSA", "12"), ("<3%", "BSA", "<3")]),
        ("es", "BSA: 15%", [("BSA: 15%", "BSA", "15")]),
        ("en", "BSA: 15%", [("BSA: 15%", "BSA", "15")]),
        ("es", "BSA <3%", [("BSA <3%", "BSA", "<3")]),
        ("en", "BSA <3%", [("BSA <3%", "BSA", "<3")]),
        ("en", "BSA > 10 %.", [("BSA > 10 %", "BSA", ">10")]),
        ("es", "15% de BSA", [("15% de BSA", "BSA", "15")]),
        ("en", "about 15% BSA involved", [("15% BSA involved", "BSA", "15")]),
        ("en", "Body surface area involved: 12%", [("Body surface area involved: 12%", "BSA", "12")]),
        ("en", "15% of body surface area", [("15% of body surface area", "BSA", "15")]),
        ("es", "afecta al 15 % de la superficie corporal", [("15 % de la superficie corporal", "BSA", "15")]),
        ("es", "DLQI de 18", [("DLQI de 18", "DLQI", "18")]),
        ("en", "DLQI of 18", [("DLQI of 18", "DLQI", "18")]),
        ("es", "DLQI 18/30", [("DLQI 18/30", "DLQI", "18")]),
        ("es", "DLQI=0", [("DLQI=0", "DLQI", "0")]),
        ("es", "PASI de 2´5", [("PASI de 2´5", "PASI", "2.5")]),
        ("en", "DLQI (11).", [("DLQI (11)", "DLQI", "11")]),
        ("en", "BSA <3%, if better", [("BSA <3%", "BSA", "<3")]),
        ("es", "PASI(8,2)", [("PASI(8,2)", "PASI", "8.2")]),
        ("es", "pasi 7", [("pasi 7", "PASI", "7")]),
        ("es", "PASI:\n12", [("PASI:\n12", "PASI", "12")]),
        ("es", "Hurley II", [("Hurley II", "HURLEY", "II")]),
        ("en", "Hurley stage III", [("Hurley stage III", "HURLEY", "III")]),
        ("es", "Hurley 2.", [("Hurley 2", "HURLEY", "2")]),
        ("es", "estadio II de Hurley", [("estadio II de Hurley", "HURLEY", "II")]),
        ("en", "stage 3 Hurley", [("stage 3 Hurley", "HURLEY", "3")]),
        ("es", "Hurley II-III", [("Hurley II-III", "HURLEY", "II-III")]),
        ("es", "IGA 3", [("IGA 3", "IGA", "3")]),
        ("en", "vIGA-AD 4", [("vIGA-AD 4", "IGA", "4")]),
        ("es", "EVA prurito 8/10", [("EVA prurito 8/10", "NRS_ITCH", "8")]),
        ("es", "EVA de prurito: 8", [("EVA de prurito: 8", "NRS_ITCH", "8")]),
        ("es", "Prurito intenso, EVA 8/10", [("EVA 8/10", "NRS_ITCH", "8")]),
        ("en", "itch NRS 8/10", [("itch NRS 8/10", "NRS_ITCH", "8")]),
        ("es", "prurito 8/10", [("prurito 8/10", "NRS_ITCH", "8")]),
        ("en", "itch 8/10", [("itch 8/10", "NRS_ITCH", "8")]),
        ("en", "pain 7/10", [("pain 7/10", "NRS_PAIN", "7")]),
        ("en", "pain 7 out of 10", [("pain 7 out of 10", "NRS_PAIN", "7")]),
        ("es", "fototipo III", [("fototipo III", "FITZPATRICK", "III")]),
        ("en", "Fitzpatrick skin type IV", [("Fitzpatrick skin type IV", "FITZPATRICK", "IV")]),
        ("es", "fototipo II-III", [("fototipo II-III", "FITZPATRICK", "II-III")]),
        (
            "es",
            "PASI 12,4, BSA 15%, DLQI 18, PGA 3.",
            [("PASI 12,4", "PASI", "12.4"), ("BSA 15%", "BSA", "15"), ("DLQI 18", "DLQI", "18"), ("PGA 3", "PGA", "3")],
        ),
        ("en", "PASI 12/BSA 10/DLQI 8", [("PASI 12", "PASI", "12"), ("BSA 10", "BSA", "10"), ("DLQI 8", "DLQI", "8")]),
        ("en", "PASI fell from 18 to 3.", [("PASI fell from 18", "PASI", "18"), ("3", "PASI", "3")]),
        ("es", "PASI pasó de 18 a 3.", [("PASI pasó de 18", "PASI", "18"), ("3", "PASI", "3")]),
        ("es", "DLQI 10, antes 18", [("DLQI 10", "DLQI", "10"), ("18", "DLQI", "18")]),
        ("es", "PASI 18, sem 16: 2", [("PASI 18", "PASI", "18"), ("2", "PASI", "2")]),
        ("es", "PASI 12, hoy con 15 mg de MTX", [("PASI 12", "PASI", "12")]),
        ("es", "PASI 12, marzo 2021", [("PASI 12", "PASI", "12")]),
        pytest.param("es", "PASI 18, semana 16 sin cambios", [("PASI 18", "PASI", "18")]),
        pytest.param("en", "PASI 18, week 16", [("PASI 18", "PASI", "18")]),
        pytest.param("es", "PASI 18 de 2021", [("PASI 18", "PASI", "18")], marks=YEAR),
        ("es", "PASI 18, hoy 3 placas en codos", [("PASI 18", "PASI", "18")]),
        pytest.param("es", "PASI 18 a los 54 años", [("PASI 18", "PASI", "18")]),
        ("es", "PASI 18, hoy 54 años", [("PASI 18", "PASI", "18")]),
        pytest.param("es", "PASI 18 desde hace 3 meses", [("PASI 18", "PASI", "18")]),
        ("es", "PASI 18 desde 3 meses antes", [("PASI 18", "PASI", "18")]),
        pytest.param("es", "IGA (0-4): 3", [("IGA (0-4): 3", "IGA", "3")], marks=RANGE),
        ("es", "afecta a más del 60 % de la superficie corporal", [("60 % de la superficie corporal", "BSA", ">60")]),
        ("en", "less than 3% of body surface area", [("3% of body surface area", "BSA", "<3")]),
        ("es", "BSA mayor del 10%", [("BSA mayor del 10%", "BSA", ">10")]),
        ("en", "BSA 4% in spring -> 15% today", [("BSA 4%", "BSA", "4"), ("15%", "BSA", "15")]),
        ("en", "PASI 1.2 today (baseline 16.8)", [("PASI 1.2", "PASI", "1.2"), ("16.8", "PASI", "16.8")]),
        ("es", "CLASI actividad 6, daño 9", [("CLASI actividad 6", "CLASI_A", "6"), ("daño 9", "CLASI_D", "9")]),
        ("es", "acné grado II", [("grado II", "ACNE_GRADE", "II")]),
        (
            "en",
            "| Visit | PASI | BSA |\n| 02/24 | 14.2 | 17% |\n| today | 0.8 | <1% |\nBSA to follow",
            [("14.2", "PASI", "14.2"), ("17%", "BSA", "17"), ("0.8", "PASI", "0.8"), ("<1%", "BSA", "<1")],
        ),
        ("es", "| PASI | 14,2 | 6 |\n| DLQI | 20 | - |", [("14,2", "PASI", "14.2"), ("6", "PASI", "6"), ("20", "DLQI", "20")]),
        ("es", "PASI 10 BSA 12", [("PASI 10", "PASI", "10"), ("BSA 12", "BSA", "12")]),
    ],
)
def test_notations(nlp: dict[str, Language], lang: str, text: str, expected: list[Score]) -> None:
    assert scores(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text",
    [
        ("es", "Alcanza PASI75 en la semana 16."),
        ("es", "Si UAS7 >16 en el próximo control, omalizumab."),
        ("en", "Step up if UAS7 >16 at 12 weeks."),
        ("en", "Hold until PASI < 3."),
        ("es", "Si BSA mayor de 10%, fototerapia."),
        ("es", "daño 9"),
        ("es", "quemadura grado II"),
        ("en", "PASI75 response at week 16."),
        ("es", "Respuesta PASI 90."),
        ("es", "Respuesta PASI50."),
        ("en", "EASI-75 achieved."),
        ("es", "BSA 1,8 m²"),
        ("es", "superficie corporal 1,73 m2"),
        ("en", "BSA 1.9 m2"),
        ("en", "body surface area of 1.9 m²"),
        ("es", "IgA 3"),
        ("es", "IgA 250 mg/dl, IgG 900 mg/dl"),
        ("en", "IgA 2"),
        ("en", "IGA 250 mg/dL"),
        ("es", "8/10"),
        ("en", "Seen 8/10 in clinic."),
        ("es", "Pendiente PASI y DLQI."),
        ("en", "PASI not recorded."),
        ("es", "DAS28 no calculado"),
        ("es", "PHQ-9 pendiente"),
        ("es", "UAS7"),
        ("es", "IHS4."),
        ("en", "UAS7 to be returned next week"),
        ("es", "Melanoma Breslow 1,2 mm, pT2a, estadio IIIA"),
        ("en", "Breslow 0.8 mm, T1b, stage IB"),
        pytest.param("en", "PASI 12/03/2021"),
        pytest.param("es", "BSA 1.85, peso 80 kg", marks=LONELY),
        ("es", "dolor desde hace 8/10 días"),
        ("es", "Hurley IV"),
        ("es", "Prurito de 3 meses"),
        ("en", "itch for 10 days"),
    ],
)
def test_no_score(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert scores(nlp[lang], text) == []


SCALES = [
    ("PASI", "PASI", "0", "72", "73"),
    ("EASI", "EASI", "0", "72", "73"),
    ("SCORAD", "SCORAD", "0", "103", "104"),
    ("oSCORAD", "OSCORAD", "0", "83", "84"),
    ("POEM", "POEM", "0", "28", "29"),
    ("DLQI", "DLQI", "0", "30", "31"),
    ("PP-NRS", "NRS_ITCH", "0", "10", "11"),
    ("BSA", "BSA", "0", "100", "101"),
    ("IGA", "IGA", "0", "4", "5"),
    ("PGA", "PGA", "0", "5", "6"),
    ("UAS7", "UAS7", "0", "42", "43"),
    ("UCT", "UCT", "0", "16", "17"),
    ("AECT", "AECT", "0", "16", "17"),
    ("Hurley", "HURLEY", "I", "III", "IV"),
    ("IHS4", "IHS4", "0", "57", "201"),
    ("SALT", "SALT", "0", "100", "101"),
    ("Fitzpatrick", "FITZPATRICK", "I", "VI", "VII"),
]


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize("name, scale, lowest, highest, beyond", SCALES)
def test_scales_and_their_ranges(
    nlp: dict[str, Language], lang: str, name: str, scale: str, lowest: str, highest: str, beyond: str
) -> None:
    for value in (lowest, highest):
        assert scores(nlp[lang], f"{name} {value}.") == [(f"{name} {value}", scale, value)]
    assert scores(nlp[lang], f"{name} {beyond}.") == []


@pytest.mark.parametrize(
    "lang, text, value, reason",
    [
        ("es", "PASI 120", "120", "above_maximum"),
        ("es", "PASI 18 → 120", "120", "above_maximum"),
        ("es", "Hurley IV", "IV", "above_maximum"),
        ("en", "GCS 2", "2", "below_minimum"),
        ("en", "pain VAS 45/100", "45", "other_maximum"),
        ("en", "PASI III", "III", "wrong_kind"),
    ],
)
def test_a_value_that_its_scale_can_not_have_is_rejected(nlp: dict[str, Language], lang: str, text: str, value: str, reason: str) -> None:
    rejected = [m for m in from_doc(nlp[lang](text), "n1") if "rejected" in m.details]
    assert [(m.value, m.details["rejected"]) for m in rejected] == [(value, reason)]


@pytest.mark.parametrize("text", ["ASA 100", "IGA 250", "FT 10 sesiones", "PASI 2021", "PASI 900", "daño 90", "prurito 15/10"])
def test_a_number_that_only_stands_behind_a_name_is_no_value(nlp: dict[str, Language], text: str) -> None:
    assert [m.text for m in from_doc(nlp["es"](text), "n1") if m.type == "SCORE"] == []


ROMANS = ("0", "I", "II", "III", "IV", "V", "VI", "VII")


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_name_of_every_scale_is_read_with_its_lowest_and_highest_value(nlp: dict[str, Language], lang: str) -> None:
    concepts = lexicons.concepts("attributes", "scores")
    words = {row["concept"]: row["term"] for row in reversed(lexicons.terms("attributes", "score_words", lang))}
    for term in lexicons.terms("attributes", "scores", lang):
        scale = concepts[term["concept"]]
        unread = scale["kind"] == "tenth" or scale["minimum"].startswith("-")
        for bound in () if unread else (scale["minimum"], scale["maximum"]):
            value = ROMANS[int(bound)] if scale["kind"] == "roman" else bound
            text = f"{words[scale['near']] + ', ' if scale['near'] else ''}{term['term']} {value}."
            assert (scale["scale"], value) in [(name, found) for _, name, found in scores(nlp[lang], text)], text


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "EVA prurito 8/10", [("SCORE", "EVA prurito 8/10")]),
        ("es", "dolor 7/10", [("SCORE", "dolor 7/10")]),
        ("en", "pain 7/10", [("SCORE", "pain 7/10")]),
        ("en", "peak pruritus NRS 9", [("SCORE", "peak pruritus NRS 9")]),
        ("es", "Prurito con EVA prurito 8/10", [("FINDING", "Prurito"), ("SCORE", "EVA prurito 8/10")]),
    ],
)
def test_the_symptom_in_a_name_is_no_finding(
    nlp: dict[str, Language], lang: str, text: str, expected: list[tuple[str, str]]
) -> None:
    assert [(m.type, m.text) for m in from_doc(nlp[lang](text), "n1")] == expected


@pytest.mark.parametrize("lang, text, unit", [("es", "BSA 15%", "%"), ("en", "BSA 15", "%"), ("es", "PASI 15", "")])
def test_unit(nlp: dict[str, Language], lang: str, text: str, unit: str) -> None:
    assert [m.unit for m in from_doc(nlp[lang](text), "n1")] == [unit]
