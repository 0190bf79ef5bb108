"""The concept of a mention that only the tagger found: the very term, an abbreviation, or the nearest term."""

from __future__ import annotations

import pytest
from spacy.language import Language

from dermnlp.entities.linking import Linker
from dermnlp.extensions import Found


@pytest.fixture(scope="module")
def linkers() -> dict[str, Linker]:
    return {language: Linker(language, 88.0) for language in ("es", "en")}


def linked(nlp: Language, linker: Linker, type_: str, text: str, words: str) -> Found:
    """The last occurrence of some words of a text as a linked mention of the tagger."""
    start = text.rindex(words)
    mention = Found(type_, start, start + len(words), source="tagger", confidence=0.99)
    linker.link(mention, nlp(text))
    return mention


@pytest.mark.parametrize(
    "language, type_, words, concept",
    [
        ("es", "DIAGNOSIS", "dermatitis atópica", "atopic_dermatitis"),
        ("es", "DIAGNOSIS", "verrugas vulgares", "wart.common"),
        ("en", "DIAGNOSIS", "viral warts", "wart"),
        ("es", "DIAGNOSIS", "dermatitis atopcia", "atopic_dermatitis"),
        ("es", "DRUG", "metotrexxato", "methotrexate"),
        ("en", "DRUG", "methotrexat", "methotrexate"),
        ("en", "DRUG", "metho-\ntrexate", "methotrexate"),
        ("en", "DIAGNOSIS", "ingrown infected toenails", "onychocryptosis"),
        ("es", "DIAGNOSIS", "dermatofibrosarcoma protuberans congénito", "dfsp"),
        ("es", "DIAGNOSIS", "hta", "hypertension"),
        ("en", "DIAGNOSIS", "zyzzyx syndrome", ""),
        ("en", "DIAGNOSIS", "hepatitis Q", ""),
        ("en", "DIAGNOSIS", "chronic lesion", ""),
        ("en", "FINDING", "methotrexat", ""),
        ("en", "DRUG", "mtxx", ""),
    ],
)
def test_the_nearest_term(nlp: dict[str, Language], linkers: dict[str, Linker], language: str, type_: str, words: str, concept: str) -> None:
    mention = linked(nlp[language], linkers[language], type_, words, words)
    assert (mention.concept, bool(mention.codes)) == (concept, bool(concept))


@pytest.mark.parametrize(
    "language, text, words, concept",
    [
        ("es", "Interconsulta cama 412: CU con brote.", "CU", "ulcerative_colitis"),
        ("es", "IAM en 2020.", "IAM", "old_myocardial_infarction"),
        ("en", "He has AD and sees the memory clinic.", "AD", "alzheimer_s_disease"),
        ("en", "Childhood AD, outgrown.", "AD", "atopic_dermatitis"),
        ("en", "AD since 2019.", "AD", ""),
        ("en", "Blood pressure 120/80. BP 130/70.", "BP", ""),
        ("en", "A foreign tumour name (FTN) is given. The FTN was removed.", "FTN", ""),
        ("en", "Childhood eczema.", "eczema", "atopic_dermatitis"),
    ],
)
def test_what_a_form_means_in_its_note(
    nlp: dict[str, Language], linkers: dict[str, Linker], language: str, text: str, words: str, concept: str
) -> None:
    assert linked(nlp[language], linkers[language], "DIAGNOSIS", text, words).concept == concept


def test_a_part_of_a_longer_term_has_the_concept_of_its_own_words(nlp: dict[str, Language], linkers: dict[str, Linker]) -> None:
    mention = linked(nlp["es"], linkers["es"], "DRUG", "corticoides sistémicos", "corticoides")
    assert (mention.concept, mention.codes["INN"]) == ("class.corticosteroids", "class:corticosteroids")
