"""What the pipeline puts on a Doc: the spans, the outermost entities, and every `._.` name."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Span

from dermnlp.extensions import FLAGS, VALUES, declare
from dermnlp.mentions import from_doc

TEXTS = {
    "es": "AP: madre con psoriasis. No prurito.\nTto: metotrexato 15 mg sc semanal. PASI 12,4→1,8; BSA: 15%.",
    "en": "PMH: mother with psoriasis. No itch.\nMeds: methotrexate 15 mg SC weekly. PASI 12.4→1.8; BSA: 15%.",
}


@pytest.mark.parametrize("name", [*FLAGS, *VALUES])
def test_every_name_is_declared(nlp: dict[str, Language], name: str) -> None:
    assert Span.has_extension(name)


def test_declaring_again_changes_nothing(nlp: dict[str, Language]) -> None:
    declare()
    assert Span.has_extension("negated")


@pytest.mark.parametrize(
    "lang, index, expected",
    [
        ("es", 0, {"concept": "psoriasis", "codes": {"ICD10CM": "L40.9"}, "negated": False, "family": True, "source": "lexicon", "section": "past_history", "confidence": 1.0}),
        ("es", 1, {"concept": "sign.pruritus", "negated": True, "family": False, "section": "past_history"}),
        ("en", 0, {"concept": "psoriasis", "codes": {"ICD10CM": "L40.9"}, "negated": False, "family": True, "source": "lexicon", "section": "past_history", "confidence": 1.0}),
        ("en", 1, {"concept": "sign.pruritus", "negated": True, "family": False, "section": "past_history"}),
    ],
)
def test_what_a_mention_says(nlp: dict[str, Language], lang: str, index: int, expected: dict[str, object]) -> None:
    doc = nlp[lang](TEXTS[lang])
    span = doc.spans["mentions"][index]
    assert {name: getattr(span._, name) for name in expected} == expected


@pytest.mark.parametrize("lang", ["es", "en"])
def test_the_spans_are_the_mentions(nlp: dict[str, Language], lang: str) -> None:
    doc = nlp[lang](TEXTS[lang])
    found = from_doc(doc, "n1")
    spans = doc.spans["mentions"]
    assert [(s.label_, s.text, s._.scale, s._.value) for s in spans] == [(m.type, m.text, m.scale, m.value) for m in found]
    assert [(e.label_, e.text) for e in doc.ents] == [(m.type, m.text) for m in found]


def test_a_span_that_somebody_else_added_can_be_read_and_written(nlp_es: Language) -> None:
    doc = nlp_es("Sin novedades.")
    span = Span(doc, 0, 1, label="FINDING")
    assert (span._.negated, span._.source, span._.codes) == (False, "", {})
    span._.negated = True
    assert Span(doc, 0, 1, label="FINDING")._.negated is True


PIECES = st.sampled_from(
    ["psoriasis", "PASI 12,4→1,8", "PASI", "BSA 15%", "MTX 15 mg", "sin", "no ", "\n", "\r\n", "\n\n", " ", ".", ": ", "AP", "Plan:", "\x00",
     "😀", "👩🏽‍⚕️", "\u0301", "ñ", "İ", "ß", "ﬁ", "½", "²", "\ufeff", "\u2028", "(DA)", "hace 2 semanas", "5/3/2021", "1-0-1", "→", "lesiones",
     "eritematosas", "9" * 30, "'", '"', ",", ";", "?", "pain 7/10", "Hurley II"]
)  # fmt: skip
ANY_TEXT = st.one_of(st.text(max_size=80), st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40).map("".join))


@given(ANY_TEXT)
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_mentions_that_are_in_it(nlp: dict[str, Language], text: str) -> None:
    for language in nlp.values():
        doc = language(text)
        assert doc.text == text
        found = from_doc(doc, "n1")
        assert [m.text for m in found] == [text[m.start : m.end] for m in found]
        assert [s.text for s in doc.spans["mentions"]] == [m.text for m in found]
        assert all(m.text.strip() == m.text != "" for m in found)
        assert all(0 <= relation.target < len(found) for m in found for relation in m.relations)
