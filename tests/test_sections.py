"""Sections: headers of every writing, typos and borrowed languages, and what only looks like a header."""

from __future__ import annotations

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

Part = tuple[str, str]


def sections(nlp: Language, text: str) -> list[Part]:
    """Each section as (concept, text after its header)."""
    doc = nlp(text)
    return [(s.concept, text[s.body : s.end].strip()) for s in doc.user_data["sections"]]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Motivo de consulta: placas.", [("chief_complaint", "placas.")]),
        ("es", "MC: placas\nEA: prurito", [("chief_complaint", "placas"), ("history_present", "prurito")]),
        ("es", "AP: HTA\nAF: psoriasis", [("past_history", "HTA"), ("family_history", "psoriasis")]),
        ("es", "AP HTA, DM2\nEF placas", [("past_history", "HTA, DM2"), ("examination", "placas")]),
        ("es", "EXPLORACIÓN FÍSICA\nPlacas", [("examination", "Placas")]),
        ("es", "Exploracion fisica:\nPlacas", [("examination", "Placas")]),
        ("es", "Expl.: placas", [("examination", "placas")]),
        ("es", "- Juicio clínico: psoriasis", [("assessment", "psoriasis")]),
        ("es", "1. Juicio clínico: psoriasis", [("assessment", "psoriasis")]),
        ("es", "**Plan:** MTX", [("plan", "** MTX")]),
        ("es", "JC: psoriasis. Plan: MTX.", [("assessment", "psoriasis."), ("plan", "MTX.")]),
        ("es", "Tto: MTX", [("medications", "MTX")]),
        ("es", "TTo ahbtiual: MTX", [("medications", "MTX")]),
        ("es", "Tratamiento actual.- MTX", [("medications", "- MTX")]),
        ("es", "Alergias: NAMC", [("allergies", "NAMC")]),
        ("es", "Pruebas complementarias:\r\nAnalítica: normal", [("tests", ""), ("laboratory", "normal")]),
        ("es", "Recomendaciones al alta:\nFotoprotección", [("recommendations", "Fotoprotección")]),
        ("es", "Antecedents:\nHTA\nMalaltia actual:\nplacas", [("past_history", "HTA"), ("history_present", "placas")]),
        ("es", "Exploració física: placas\nJudici clínic: psoriasis", [("examination", "placas"), ("assessment", "psoriasis")]),
        ("es", "Pla: MTX\nTractament: MTX", [("plan", "MTX"), ("medications", "MTX")]),
        ("es", "Al·lèrgies: no", [("allergies", "no")]),
        ("es", "Motiu de consulta: placas", [("chief_complaint", "placas")]),
        ("es", "Diagnóstico principal: psoriasis\nDiagnóstico secundario: HTA", [("diagnosis", "psoriasis"), ("diagnosis", "HTA")]),
        ("es", "Texto sin más.\nPlan:\nMTX", [("plan", "MTX")]),
        ("es", "El plan es seguir igual.", []),
        ("es", "La exploración fue normal", []),
        ("es", "ef normal", []),
        ("es", "Paciente de AP derivado", []),
        ("es", "", []),
        ("en", "CC: rash\nHPI: itching", [("chief_complaint", "rash"), ("history_present", "itching")]),
        ("en", "PMH: HTN\nPSH: none\nFHx: psoriasis", [("past_history", "HTN"), ("surgical_history", "none"), ("family_history", "psoriasis")]),
        ("en", "SH: smoker\nROS: negative", [("social_history", "smoker"), ("review_of_systems", "negative")]),
        ("en", "Allergies: NKDA", [("allergies", "NKDA")]),
        ("en", "Medications:\nmethotrexate", [("medications", "methotrexate")]),
        ("en", "Meds: methotrexate", [("medications", "methotrexate")]),
        ("en", "PE: plaques\nLabs: normal", [("examination", "plaques"), ("laboratory", "normal")]),
        ("en", "Objective:\nplaques", [("examination", "plaques")]),
        ("en", "Assessment: psoriasis. Plan: MTX.", [("assessment", "psoriasis."), ("plan", "MTX.")]),
        ("en", "A/P: psoriasis", [("assessment_plan", "psoriasis")]),
        ("en", "A&P:\npsoriasis", [("assessment_plan", "psoriasis")]),
        ("en", "IMPRESSION\npsoriasis", [("assessment", "psoriasis")]),
        ("en", "Discharge diagnosis: psoriasis", [("diagnosis", "psoriasis")]),
        ("en", "Past Medical History:\nHTN", [("past_history", "HTN")]),
        ("en", "The plan is to continue.", []),
        ("en", "pe normal", []),
    ],
)
def test_sections(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert sections(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "ENTITY\nAP: ENTITY\nPlan: ENTDRUG", [("ENTITY", ""), ("ENTITY", "past_history"), ("ENTDRUG", "plan")]),
        ("en", "ENTITY\nPMH: ENTITY\nPlan: ENTDRUG", [("ENTITY", ""), ("ENTITY", "past_history"), ("ENTDRUG", "plan")]),
    ],
)
def test_a_mention_names_its_section(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert [(m.text, m.section) for m in from_doc(nlp_entity[lang](text), "n1")] == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "AF: ENTITY\n\nENTITY", [("Family",), ()]),
        ("es", "Antecedentes familiares: ENTITY.\nPaciente con ENTITY", [("Family",), ()]),
        ("es", "Antecedentes familiares:\nENTITY\nENTITY", [("Family",), ("Family",)]),
        ("es", "AF: ENTITY\nEA: ENTITY", [("Family",), ()]),
        ("es", "Diagnóstico diferencial: ENTITY, ENTITY", [("Uncertain",), ("Uncertain",)]),
        ("es", "Copiado de visita anterior: ENTITY", [("Historical",)]),
        ("es", "Cirugías previas: ENTPROCEDURE", [("Historical",)]),
        ("en", "FH: ENTITY\n\nENTITY", [("Family",), ()]),
        ("en", "Family history:\nENTITY\nENTITY", [("Family",), ("Family",)]),
        ("en", "Differential diagnosis: ENTITY, ENTITY", [("Uncertain",), ("Uncertain",)]),
        ("en", "Copied from previous visit: ENTITY", [("Historical",)]),
        ("en", "PSH: ENTPROCEDURE", [("Historical",)]),
    ],
)
def test_a_section_gives_its_attributes_as_far_as_it_reaches(
    nlp_entity: dict[str, Language], lang: str, text: str, expected: list[tuple[str, ...]]
) -> None:
    assert [m.attributes for m in from_doc(nlp_entity[lang](text), "n1") if m.text.startswith("ENT")] == expected


@pytest.mark.parametrize("lang, text", [("es", "Plan:\nMTX"), ("en", "Plan:\nMTX")])
def test_sections_are_spans_of_the_doc(nlp: dict[str, Language], lang: str, text: str) -> None:
    doc = nlp[lang](text)
    assert [(span.label_, span.text) for span in doc.spans["sections"]] == [("plan", text)]
