"""Sentences: full stops that aren't abbreviations, list lines, and hard line breaks told from real ones."""

from __future__ import annotations

import time

import pytest
from conftest import known
from spacy.language import Language

ROUTES = known("sentences/abbreviations/es.csv lacks the abbreviated routes v.o., s.c., i.m., i.v.")


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Placas. Prurito.", ["Placas.", "Prurito."]),
        ("es", "Refiere placas. no prurito", ["Refiere placas.", "no prurito"]),
        ("es", "Tto. con MTX.", ["Tto. con MTX."]),
        ("es", "Dr. García valora.", ["Dr. García valora."]),
        ("es", "Placa en codo izq. y dcho.", ["Placa en codo izq. y dcho."]),
        pytest.param("es", "MTX 2.5 mg v.o. semanal.", ["MTX 2.5 mg v.o. semanal."], marks=ROUTES),
        pytest.param("es", "MTX 15 mg s.c. semanal.", ["MTX 15 mg s.c. semanal."], marks=ROUTES),
        ("es", "PASI 12.4. DLQI 3.", ["PASI 12.4.", "DLQI 3."]),
        ("es", "¿Psoriasis? Biopsia.", ["¿Psoriasis?", "Biopsia."]),
        ("es", "- placas\n- prurito", ["- placas", "- prurito"]),
        ("es", "placas\nprurito", ["placas", "prurito"]),
        ("es", "placas\r\nprurito", ["placas", "prurito"]),
        ("es", "placas\n\nprurito", ["placas", "prurito"]),
        ("es", "lesiones de\npsoriasis", ["lesiones de\npsoriasis"]),
        ("es", "codos, rodillas,\nmanos", ["codos, rodillas,\nmanos"]),
        (
            "es",
            "Paciente de 54 años con placas eritematosas y descamativas en ambos\ncodos desde hace años",
            ["Paciente de 54 años con placas eritematosas y descamativas en ambos\ncodos desde hace años"],
        ),
        ("es", "Placas; prurito", ["Placas; prurito"]),
        ("es", "", []),
        ("en", "Plaques. Itch.", ["Plaques.", "Itch."]),
        ("en", "Seen by Dr. Smith today.", ["Seen by Dr. Smith today."]),
        ("en", "MTX 2.5 mg p.o. weekly.", ["MTX 2.5 mg p.o. weekly."]),
        ("en", "Plaques vs. patches.", ["Plaques vs. patches."]),
        ("en", "- plaques\n- itch", ["- plaques", "- itch"]),
        ("en", "plaques\nitch", ["plaques", "itch"]),
        ("en", "history of\npsoriasis", ["history of\npsoriasis"]),
        ("en", "Psoriasis? Biopsy.", ["Psoriasis?", "Biopsy."]),
        (
            "en",
            "This is a 54-year-old man with erythematous scaly plaques on both\nelbows for many years",
            ["This is a 54-year-old man with erythematous scaly plaques on both\nelbows for many years"],
        ),
    ],
)
def test_sentences(nlp: dict[str, Language], lang: str, text: str, expected: list[str]) -> None:
    doc = nlp[lang](text)
    assert [sentence.text.strip() for sentence in doc.sents] == expected


@pytest.mark.parametrize("lang, text", [("es", "Placas. EF: codos. Plan: nada."), ("en", "Rash. PE: elbows. Plan: none.")])
def test_a_section_begins_a_sentence(nlp: dict[str, Language], lang: str, text: str) -> None:
    doc = nlp[lang](text)
    starts = {sentence.start_char for sentence in doc.sents}
    assert {section.start for section in doc.user_data["sections"]} <= starts
    assert doc.user_data["sentences"] == sorted(starts)


@pytest.mark.parametrize("text", ["." * 30_000, "; " * 10_000, "1/" * 10_000, "a.\n" * 10_000])
def test_long_runs_cost_no_more_than_their_length(nlp_es: Language, text: str) -> None:
    began = time.perf_counter()
    nlp_es(text)
    assert time.perf_counter() - began < 5
