"""Merge: findings grow over their adjectives, sites over laterality, the longest wins, sites nest."""

from __future__ import annotations

import pytest
from conftest import parts
from spacy.language import Language

from dermnlp.mentions import from_doc

Part = tuple[str, str]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "placas eritematodescamativas", [("FINDING", "placas eritematodescamativas")]),
        ("es", "placas eritematosas y descamativas", [("FINDING", "placas eritematosas y descamativas")]),
        ("es", "placas leves múltiples de 2 cm", [("FINDING", "placas")]),
        ("es", "lesiones eritematosas", [("FINDING", "lesiones eritematosas")]),
        ("es", "lesiones", []),
        ("es", "lesiones orales", [("FINDING", "lesiones orales"), ("BODY_SITE", "orales")]),
        ("es", "dolor articular", [("FINDING", "dolor articular"), ("BODY_SITE", "articular")]),
        ("es", "placas en codos", [("FINDING", "placas"), ("BODY_SITE", "codos")]),
        ("es", "ingle dcha", [("BODY_SITE", "ingle dcha")]),
        ("es", "codo izquierdo", [("BODY_SITE", "codo izquierdo")]),
        ("es", "ambas manos", [("BODY_SITE", "manos")]),
        ("es", "corticoides tópicos", [("DRUG", "corticoides tópicos")]),
        ("es", "placas\n\neritematosas", [("FINDING", "placas")]),
        ("es", "EVA prurito 8/10", [("SCORE", "EVA prurito 8/10")]),
        ("en", "erythematous plaques", [("FINDING", "erythematous plaques")]),
        ("en", "erythematous, scaly plaques", [("FINDING", "erythematous, scaly plaques")]),
        ("en", "multiple 2 cm plaques", [("FINDING", "plaques")]),
        ("en", "erythematous lesions", [("FINDING", "erythematous lesions")]),
        ("en", "lesions", []),
        ("en", "oral lesions", [("FINDING", "oral lesions"), ("BODY_SITE", "oral")]),
        ("en", "joint pain", [("FINDING", "joint pain"), ("BODY_SITE", "joint")]),
        ("en", "left arm", [("BODY_SITE", "left arm")]),
        ("en", "both hands", [("BODY_SITE", "hands")]),
        ("en", "itch 8/10", [("SCORE", "itch 8/10")]),
    ],
)
def test_merge(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert parts(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text",
    [
        ("es", "AP: HTA. Psoriasis en placas, prurito EVA 8/10, MTX 15 mg sc semanal en ingle dcha. PASI 12→3. Lesiones orales."),
        ("en", "PMH: HTN. Plaque psoriasis, itch 8/10, MTX 15 mg SC weekly, left arm. PASI 12→3. Oral lesions."),
    ],
)
def test_mentions_of_one_type_never_overlap_and_ents_are_outermost(nlp: dict[str, Language], lang: str, text: str) -> None:
    doc = nlp[lang](text)
    found = from_doc(doc, "n1")
    for one in found:
        for other in found:
            if one.index < other.index and one.type == other.type:
                assert one.end <= other.start
    assert {(e.label_, e.start_char, e.end_char) for e in doc.ents} <= {(m.type, m.start, m.end) for m in found}
    assert all(any(e.start_char <= m.start and m.end <= e.end_char for e in doc.ents) for m in found)
