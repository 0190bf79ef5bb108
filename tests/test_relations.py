"""Relations: what belongs to a drug, and what a drug did."""

from __future__ import annotations

import pytest
from conftest import known
from spacy.language import Language

from dermnlp.mentions import from_doc

Triple = tuple[str, str, str]


ONE_TERM = known("'nefrotoxicidad por ciclosporina' is a term of its own, so the drug is no mention")


def relations(nlp: Language, text: str) -> list[Triple]:
    """Each relation as (source, type, target)."""
    found = from_doc(nlp(text), "n1")
    return [(m.text, relation.type, found[relation.target].text) for m in found for relation in m.relations]


def adverse(reaction: str = "ENTFINDING") -> list[Triple]:
    return [(reaction, "Adverse_event", "ENTDRUG")]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "ENTDRUG suspendido por ENTFINDING", adverse()),
        ("es", "Se suspende ENTDRUG por ENTFINDING.", adverse()),
        ("es", "ENTDRUG retirado por comenzar con ENTFINDING", adverse()),
        ("es", "ENTFINDING secundario a ENTDRUG", adverse()),
        ("es", "ENTFINDING, probablemente secundaria al tratamiento con ENTDRUG", adverse()),
        ("es", "ENTFINDING por ENTDRUG", adverse()),
        ("es", "ENTFINDING inducido por ENTDRUG", adverse()),
        ("es", "ENTITY por ENTDRUG", adverse("ENTITY")),
        ("es", "No se descarta que ENTFINDING sea inducido por ENTDRUG.", adverse()),
        ("es", "ENTFINDING y ENTITY por ENTDRUG", [*adverse(), *adverse("ENTITY")]),
        ("es", "ENTFINDING por ENTDRUG y ENTDRUG", adverse() * 2),
        ("es", "Alergias: ENTDRUG (ENTFINDING)", adverse()),
        ("es", "Sin ENTFINDING por ENTDRUG", []),
        ("es", "Riesgo de ENTFINDING por ENTDRUG", []),
        ("es", "Madre con ENTITY por ENTDRUG", []),
        ("es", "ENTDRUG por ENTITY", []),
        ("es", "ENTDRUG para ENTITY", []),
        ("es", "ENTITY tratada con ENTDRUG", []),
        ("es", "ENTITY en tratamiento con ENTDRUG", []),
        ("es", "Mejoría de ENTITY con ENTDRUG", []),
        ("es", "ENTFINDING. Por ENTDRUG", []),
        ("es", "ENTDRUG. ENTFINDING", []),
        ("en", "ENTDRUG stopped because of ENTFINDING", adverse()),
        ("en", "ENTDRUG d/c'd 2/2 ENTFINDING", adverse()),
        ("en", "ENTDRUG held d/t ENTFINDING", adverse()),
        ("en", "ENTDRUG was held last week for ENTFINDING", adverse()),
        ("en", "ENTFINDING due to ENTDRUG", adverse()),
        ("en", "ENTFINDING secondary to ENTDRUG", adverse()),
        ("en", "ENTDRUG-induced ENTFINDING", adverse()),
        ("en", "ENTDRUG caused ENTFINDING", adverse()),
        ("en", "ENTFINDING and ENTITY from ENTDRUG", [*adverse(), *adverse("ENTITY")]),
        ("en", "Allergies: ENTDRUG (ENTFINDING)", adverse()),
        ("en", "No ENTFINDING from ENTDRUG", []),
        ("en", "Risk of ENTFINDING from ENTDRUG", []),
        ("en", "ENTDRUG for ENTITY", []),
        ("en", "ENTITY treated with ENTDRUG", []),
        ("en", "ENTITY controlled on ENTDRUG", []),
        ("en", "ENTDRUG. ENTFINDING", []),
    ],
)
def test_adverse_events(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Triple]) -> None:
    assert relations(nlp_entity[lang], text) == expected


def of(*attributes: str) -> list[Triple]:
    return [("ENTDRUG", "Drug_attribute", attribute) for attribute in attributes]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "ENTDRUG 15 mg sc semanal", of("15 mg", "sc", "semanal")),
        ("es", "15 mg de ENTDRUG", of("15 mg")),
        ("es", "ENTDRUG: 15 mg\ncada 12 horas", of("15 mg", "cada 12 horas")),
        ("es", "ENTDRUG, ENTFINDING, 15 mg", of("15 mg")),
        ("es", "ENTDRUG 40 mg c/2 semanas, antes 80 mg", of("40 mg", "c/2 semanas", "80 mg")),
        ("es", "ENTITY 15 mg", []),
        ("en", "ENTDRUG 15 mg PO weekly", of("15 mg", "PO", "weekly")),
        ("en", "40 mg of ENTDRUG", of("40 mg")),
        ("en", "topical ENTDRUG BID", of("topical", "BID")),
        ("es", "ENTDRUG 15 mg semanal + ENTDRUG 5 mg", of("15 mg", "semanal", "5 mg")),
        ("es", "ENTDRUG (marca) 15 mg", of("15 mg")),
        ("es", "- ENTDRUG:\n  - 15 mg\n  - semanal\n  - los lunes", of("15 mg", "semanal", "los lunes")),
        ("es", "ENTDRUG | 15 mg | sc | semanal", of("15 mg", "sc", "semanal")),
        ("es", "15 mg | ENTDRUG", of("15 mg")),
        ("es", "ENTDRUG\t15 mg\tsc\tsemanal", of("15 mg", "sc", "semanal")),
        ("es", "Tratamiento oral con ENTDRUG", of("oral")),
        ("es", "ENTDRUG 500 c/12h", of("500", "c/12h")),
        ("es", "ENTDRUG 50.", of("50")),
        ("es", "ENTDRUG 2023.", []),
        ("es", "ENTDRUG y prurito diario", []),
        ("en", "ENTDRUG 600 mg x1", of("600 mg", "x1")),
        ("en", "ENTDRUG and biopsy x1", []),
        ("en", "half a tablet of ENTDRUG", of("half a tablet")),
        ("en", "ENTDRUG was stopped on Sunday", []),
    ],
)
def test_what_belongs_to_a_drug(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Triple]) -> None:
    assert relations(nlp_entity[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        (
            "es",
            "MTX 15 mg y adalimumab 40 mg",
            [("MTX", "Drug_attribute", "15 mg"), ("adalimumab", "Drug_attribute", "40 mg")],
        ),
        (
            "es",
            "15 mg de MTX, 40 mg de adalimumab",
            [("MTX", "Drug_attribute", "15 mg"), ("adalimumab", "Drug_attribute", "40 mg")],
        ),
        pytest.param(
            "en",
            "MTX 15 mg weekly; adalimumab 40 mg q2w",
            [
                ("MTX", "Drug_attribute", "15 mg"),
                ("MTX", "Drug_attribute", "weekly"),
                ("adalimumab", "Drug_attribute", "40 mg"),
                ("adalimumab", "Drug_attribute", "q2w"),
            ],
        ),
        (
            "es",
            "MTX suspendido por elevación de transaminasas",
            [("elevación de transaminasas", "Adverse_event", "MTX")],
        ),
        (
            "en",
            "spironolactone 100 mg daily & clindamycin bid",
            [
                ("spironolactone", "Drug_attribute", "100 mg"),
                ("spironolactone", "Drug_attribute", "daily"),
                ("clindamycin", "Drug_attribute", "bid"),
            ],
        ),
        ("en", "Clobetasol (Dermovate) od", [("Clobetasol", "Drug_attribute", "od")]),
        ("en", "TCS or intralesional triamcinolone", [("triamcinolone", "Drug_attribute", "intralesional")]),
        (
            "es",
            "MTX y adalimumab a dosis de 15 mg y 40 mg respectivamente",
            [("MTX", "Drug_attribute", "15 mg"), ("adalimumab", "Drug_attribute", "40 mg")],
        ),
        ("es", "MTX y prednisona, ambos vo", [("MTX", "Drug_attribute", "vo"), ("prednisona", "Drug_attribute", "vo")]),
        ("en", "MTX stopped due to nausea", [("nausea", "Adverse_event", "MTX")]),
        pytest.param(
            "es",
            "nefrotoxicidad por ciclosporina",
            [("nefrotoxicidad", "Adverse_event", "ciclosporina")],
            marks=ONE_TERM,
        ),
    ],
)
def test_the_right_drug(nlp: dict[str, Language], lang: str, text: str, expected: list[Triple]) -> None:
    assert relations(nlp[lang], text) == expected
