"""The pipelines that the tests of the components share, loaded once."""

from __future__ import annotations

from pathlib import Path

import pytest
from spacy.language import Language

import dermnlp
from dermnlp.mentions import from_doc

LANGUAGES = ("es", "en")
CONCEPTS = "concept,type,name,icd10cm,inn,omop,attributes,role\n"
TERMS = "term,concept,match,sense\n"
TEST_LEXICONS = Path(__file__).parent / "data" / "lexicons"
"""ENTITY, ENTFINDING, ENTDRUG and ENTPROCEDURE: one word per type, so that a matcher's fault can't mask one of context."""


def known(reason: str) -> pytest.MarkDecorator:
    """A known failure; the row fails the build when it passes."""
    return pytest.mark.xfail(strict=True, reason=reason)


def parts(nlp: Language, text: str) -> list[tuple[str, str]]:
    """Each mention as (type, text)."""
    return [(m.type, m.text) for m in from_doc(nlp(text), "n1")]


@pytest.fixture(scope="session")
def nlp_es() -> Language:
    return dermnlp.load("es", exclude=["tagger"])


@pytest.fixture(scope="session")
def nlp_en() -> Language:
    return dermnlp.load("en", exclude=["tagger"])


@pytest.fixture(scope="session")
def nlp(nlp_es: Language, nlp_en: Language) -> dict[str, Language]:
    """The pipeline of each language."""
    return {"es": nlp_es, "en": nlp_en}


@pytest.fixture(scope="session")
def nlp_entity() -> dict[str, Language]:
    """The pipeline of each language with the words of `TEST_LEXICONS` laid over the lexicons."""
    return {lang: dermnlp.load(lang, exclude=["tagger"], lexicons=[TEST_LEXICONS]) for lang in LANGUAGES}
