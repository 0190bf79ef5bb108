"""Doses, routes and frequencies, as the field notes say they are written."""

from __future__ import annotations

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

Part = tuple[str, str]
TYPES = ("DRUG", "DOSE", "ROUTE", "FREQUENCY")




def parts(nlp: Language, text: str) -> list[Part]:
    """The drug and what belongs to it, as (type, text)."""
    return [(m.type, m.text) for m in from_doc(nlp(text), "n1") if m.type in TYPES]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "ENTDRUG 15 mg", [("DOSE", "15 mg")]),
        ("es", "ENTDRUG 40mg", [("DOSE", "40mg")]),
        ("es", "ENTDRUG 2´5 mg", [("DOSE", "2´5 mg")]),
        ("es", "ENTDRUG 2'5mgr", [("DOSE", "2'5mgr")]),
        ("es", "ENTDRUG 0,05 %", [("DOSE", "0,05 %")]),
        ("es", "ENTDRUG 0,1%", [("DOSE", "0,1%")]),
        ("es", "ENTDRUG 1.000 mg", [("DOSE", "1.000 mg")]),
        ("es", "ENTDRUG 2.300 UI", [("DOSE", "2.300 UI")]),
        ("es", "ENTDRUG 3 mg/kg/día", [("DOSE", "3 mg/kg/día")]),
        ("es", "ENTDRUG 15 mg/24h", [("DOSE", "15 mg/24h")]),
        ("es", "ENTDRUG 20 mg/sem", [("DOSE", "20 mg/sem")]),
        ("es", "ENTDRUG 40 mg/2 semanas", [("DOSE", "40 mg/2 semanas")]),
        ("es", "ENTDRUG 300 mg/4 semanas", [("DOSE", "300 mg/4 semanas")]),
        ("es", "ENTDRUG 2,5-5 mg/día", [("DOSE", "2,5-5 mg/día")]),
        ("es", "ENTDRUG 2 comp", [("DOSE", "2 comp")]),
        ("es", "ENTDRUG 1 cap, 2 amp, 20 gotas", [("DOSE", "1 cap"), ("DOSE", "2 amp"), ("DOSE", "20 gotas")]),
        ("es", "ENTDRUG 1 gr, 40 mcg, 5 mgrs", [("DOSE", "1 gr"), ("DOSE", "40 mcg"), ("DOSE", "5 mgrs")]),
        ("es", "ENTDRUG 100 mg/5 ml", [("DOSE", "100 mg/5 ml")]),
        ("en", "ENTDRUG 15 mg", [("DOSE", "15 mg")]),
        ("en", "ENTDRUG 0.05% cream", [("DOSE", "0.05%")]),
        ("en", "ENTDRUG 3 mg/kg/day", [("DOSE", "3 mg/kg/day")]),
        ("en", "ENTDRUG 1,000 mg", [("DOSE", "1,000 mg")]),
        ("en", "ENTDRUG 2 tabs", [("DOSE", "2 tabs")]),
        ("en", "ENTDRUG 80 mg then 40 mg", [("DOSE", "80 mg"), ("DOSE", "40 mg")]),
        ("en", "40 mg of ENTDRUG", [("DOSE", "40 mg")]),
        ("es", "15 mg de ENTDRUG", [("DOSE", "15 mg")]),
        ("es", "ENTDRUG,\n  15 mg", [("DOSE", "15 mg")]),
    ],
)
def test_doses(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert [part for part in parts(nlp_entity[lang], text) if part[0] != "DRUG"] == expected


@pytest.mark.parametrize(
    "lang, text, routes",
    [
        ("es", "ENTDRUG sc", ["sc"]),
        ("es", "ENTDRUG s.c.", ["s.c."]),
        ("es", "ENTDRUG v.o.", ["v.o."]),
        ("es", "ENTDRUG VO", ["VO"]),
        ("es", "ENTDRUG vía oral", ["vía oral"]),
        ("es", "ENTDRUG tópico", ["tópico"]),
        ("es", "ENTDRUG intralesional", ["intralesional"]),
        ("es", "ENTDRUG iv o im", ["iv", "im"]),
        ("es", "ENTDRUG subcutáneo", ["subcutáneo"]),
        ("en", "ENTDRUG orally", ["orally"]),
        ("en", "ENTDRUG PO", ["PO"]),
        ("en", "ENTDRUG by mouth", ["by mouth"]),
        ("en", "ENTDRUG SC", ["SC"]),
        ("en", "ENTDRUG subcutaneously", ["subcutaneously"]),
        ("en", "topical ENTDRUG", ["topical"]),
        ("en", "intralesional ENTDRUG", ["intralesional"]),
        ("es", "Mucosa oral normal. Tacto rectal normal.", []),
        ("en", "Oral mucosa clear. Topical sun exposure.", []),
    ],
)
def test_routes(nlp_entity: dict[str, Language], lang: str, text: str, routes: list[str]) -> None:
    assert [part[1] for part in parts(nlp_entity[lang], text) if part[0] == "ROUTE"] == routes


@pytest.mark.parametrize(
    "lang, text, frequencies",
    [
        ("es", "ENTDRUG semanal", ["semanal"]),
        ("es", "ENTDRUG c/2 semanas", ["c/2 semanas"]),
        ("es", "ENTDRUG c/12h", ["c/12h"]),
        ("es", "ENTDRUG cada 8 horas", ["cada 8 horas"]),
        ("es", "ENTDRUG BID", ["BID"]),
        ("es", "ENTDRUG si precisa", ["si precisa"]),
        ("es", "ENTDRUG prn", ["prn"]),
        ("es", "ENTDRUG dosis única", ["dosis única"]),
        ("es", "ENTDRUG 1-0-0", ["1-0-0"]),
        ("es", "ENTDRUG 0-0-1", ["0-0-1"]),
        ("es", "ENTDRUG 1-0-1", ["1-0-1"]),
        ("es", "ENTDRUG 1/2-0-0", ["1/2-0-0"]),
        ("es", "ENTDRUG 1.0.0", ["1.0.0"]),
        ("es", "ENTDRUG 2-0-0 sábados", ["2-0-0 sábados"]),
        ("es", "ENTDRUG dos veces al día", ["dos veces al día"]),
        ("es", "ENTDRUG 2 veces/semana", ["2 veces/semana"]),
        ("es", "ENTDRUG por la noche", ["por la noche"]),
        ("es", "ENTDRUG una vez a la semana", ["una vez a la semana"]),
        ("es", "ENTDRUG cada 24 hs", ["cada 24 hs"]),
        ("es", "ENTDRUG en sem 0 y durante 7 días", []),
        ("en", "ENTDRUG weekly", ["weekly"]),
        ("en", "ENTDRUG BID", ["BID"]),
        ("en", "ENTDRUG nightly", ["nightly"]),
        ("en", "ENTDRUG every 2 weeks", ["every 2 weeks"]),
        ("en", "ENTDRUG q2w", ["q2w"]),
        ("en", "ENTDRUG q8h", ["q8h"]),
        ("en", "ENTDRUG every other week", ["every other week"]),
        ("en", "ENTDRUG twice a day", ["twice a day"]),
        ("en", "ENTDRUG prn", ["prn"]),
        ("en", "ENTDRUG as needed", ["as needed"]),
        ("en", "ENTDRUG HS", ["HS"]),
        ("en", "ENTDRUG at bedtime", ["at bedtime"]),
        ("en", "ENTDRUG single dose", ["single dose"]),
        ("en", "ENTDRUG at week 0 and for 7 days", []),
        ("es", "Revisión semanal en consulta. Prurito diario.", []),
        ("en", "Seen weekly. Itches nightly.", []),
        ("en", "Remains on ENTDRUG.", []),
        ("es", "Al mes de iniciar ENTDRUG, mejor.", []),
    ],
)
def test_frequencies(nlp_entity: dict[str, Language], lang: str, text: str, frequencies: list[str]) -> None:
    assert [part[1] for part in parts(nlp_entity[lang], text) if part[0] == "FREQUENCY"] == frequencies


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        (
            "es",
            "Metotrexate 2´5 mg, 4 comprimidos 1 día a la semana",
            [("DRUG", "Metotrexate"), ("DOSE", "2´5 mg"), ("DOSE", "4 comprimidos"), ("FREQUENCY", "1 día a la semana")],
        ),
        (
            "es",
            "MTX 15 mg sc semanal.",
            [("DRUG", "MTX"), ("DOSE", "15 mg"), ("ROUTE", "sc"), ("FREQUENCY", "semanal")],
        ),
        (
            "es",
            "Adalimumab 40 mg s.c. c/2 semanas",
            [("DRUG", "Adalimumab"), ("DOSE", "40 mg"), ("ROUTE", "s.c."), ("FREQUENCY", "c/2 semanas")],
        ),
        ("es", "corticoides tópicos 2 veces al día", [("DRUG", "corticoides tópicos"), ("FREQUENCY", "2 veces al día")]),
        (
            "en",
            "Methotrexate 15 mg PO weekly",
            [("DRUG", "Methotrexate"), ("DOSE", "15 mg"), ("ROUTE", "PO"), ("FREQUENCY", "weekly")],
        ),
        (
            "en",
            "dupilumab 300 mg SC q2w",
            [("DRUG", "dupilumab"), ("DOSE", "300 mg"), ("ROUTE", "SC"), ("FREQUENCY", "q2w")],
        ),
        ("en", "triamcinolone 0.1% BID", [("DRUG", "triamcinolone"), ("DOSE", "0.1%"), ("FREQUENCY", "BID")]),
        ("en", "topical corticosteroids nightly", [("DRUG", "topical corticosteroids"), ("FREQUENCY", "nightly")]),
    ],
)
def test_a_drug_with_all_that_is_its(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert parts(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text",
    [
        ("es", "Glucosa 110 mg/dl, creatinina 0,9 mg/dL, leucocitos 7.300"),
        ("es", "Placa de 2 cm, peso 80 kg, TA 120/80, 10 g/dL"),
        ("es", "BSA 15%, saturación 98 %"),
        ("es", "Acudió el 1-10-2021 a las 10 HS"),
        ("es", "sutura con 3/0, 4 puntos"),
        ("en", "Glucose 110 mg/dL, Hb 13 g/dL, ESR 20 mm/h"),
        ("en", "2 cm plaque, weight 80 kg, 98% on room air"),
    ],
)
def test_numbers_that_are_no_dose(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert parts(nlp[lang], text) == []
