"""The language of a note: short, capital, accentless and mixed notes; Spanish when nothing tells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermnlp.language import detect


@pytest.mark.parametrize(
    "text, language",
    [
        ("Paciente con psoriasis en placas en codos y rodillas. PASI 12,4.", "es"),
        ("Patient with plaque psoriasis on elbows and knees. PASI 12.4.", "en"),
        ("PACIENTE CON PLACAS ERITEMATOSAS EN CODOS", "es"),
        ("PATIENT WITH ERYTHEMATOUS PLAQUES ON THE ELBOWS", "en"),
        ("Sin lesiones.", "es"),
        ("No lesions.", "en"),
        ("exploracion: papulas en ingles", "es"),
        ("No refiere fiebre", "es"),
        ("Denies fever", "en"),
        ("EF: placas", "es"),
        ("Motiu de consulta: psoriasi. Paciente que acude por placas en codos desde hace meses.", "es"),
        ("Tratado con corticoides tópicos (topical steroids) sin mejoría", "es"),
        ("12,4 15% 18", "es"),
        ("", "es"),
        ("😀 \x00", "es"),
    ],
)
def test_language(text: str, language: str) -> None:
    assert detect(text)[0] == language


@pytest.mark.parametrize("text", ["", "12,4", "xyzzy"])
def test_nothing_tells_is_half_sure(text: str) -> None:
    assert detect(text) == ("es", 0.5)


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_has_a_language(text: str) -> None:
    language, sure = detect(text)
    assert language in ("es", "en")
    assert 0.5 <= sure <= 1
