"""The tokenizer and the folded forms: nothing of the text is lost, and offsets hold."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language

from dermnlp.tokens import fold, fold_in_place, forms, split

HARD = st.sampled_from(["\x00", "\r\n", "\u0301", "\u200d", "😀", "👩🏽‍⚕️", "İ", "ß", "ﬁ", "ñ", "n\u0303", "½", "²", "\u00a0", "\ufeff", "\u2028"])
TEXTS = st.lists(st.one_of(HARD, st.text(max_size=12), st.sampled_from(["PASI 12,4", " ", "\n"])), max_size=30).map("".join)


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("", []),
        (" ", [" "]),
        ("PASI 12,4→1,8", ["PASI", "12", ",", "4", "→", "1", ",", "8"]),
        ("40mg c/12h", ["40", "mg", "c", "/", "12", "h"]),
        ("IL-17A", ["IL", "-", "17", "A"]),
        ("v.o.", ["v", ".", "o", "."]),
        ("cafe\u0301 con", ["cafe\u0301", "con"]),
        ("a\r\nb", ["a", "\r\n", "b"]),
        ("a\n\n  b", ["a", "\n\n", " ", "b"]),
        ("\ufeffPlaca", ["\ufeff", "Placa"]),
        ("m²", ["m²"]),
        ("snake_case", ["snake", "_", "case"]),
        ("a\x00b", ["a", "\x00", "b"]),
        ("😀placa", ["😀", "placa"]),
    ],
)
def test_tokens(nlp: dict[str, Language], text: str, tokens: list[str]) -> None:
    for language in nlp.values():
        assert [token.text for token in language.make_doc(text)] == tokens


@given(TEXTS)
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_of_the_text_is_lost(nlp_es: Language, text: str) -> None:
    doc = nlp_es.make_doc(text)
    assert "".join(token.text_with_ws for token in doc) == text
    assert [token.idx for token in doc] == doc.user_data["words"][1]
    assert [token.text for token in doc] == doc.user_data["words"][0]


@given(st.one_of(TEXTS, st.text()))
@settings(max_examples=500, deadline=None)
def test_folding_in_place_keeps_the_length(text: str) -> None:
    assert len(fold_in_place(text)) == len(text)


@pytest.mark.parametrize(
    "text, folded",
    [
        ("Metotrexato", "metotrexato"),
        ("PÁPULA", "papula"),
        ("AÑOS", "años"),
        ("an\u0303o", "año"),
        ("cig\u00fce\u00f1a", "cigueña"),
        ("Sjögren", "sjogren"),
        ("Behçet", "behcet"),
        ("pa\u0301pula", "papula"),
        ("2´5", "2'5"),
        ("UVB–BE", "uvb-be"),
        ("µg", "μg"),
        ("", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    "text, folded",
    [("PÁPULA", "papula"), ("AÑOS", "años"), ("Sjögren", "sjogren"), ("ﬁ", "ﬁ"), ("İ", "i"), ("STRASSE ß", "strasse ß")],
)
def test_fold_in_place(text: str, folded: str) -> None:
    assert fold_in_place(text) == folded


@pytest.mark.parametrize(
    "lang, one, other",
    [
        ("es", "placa", "placas"),
        ("es", "eritematosa", "eritematosos"),
        ("es", "lesión", "lesiones"),
        ("es", "codo", "codos"),
        ("es", "raíz", "raíces"),
        ("es", "PÁPULA", "papulas"),
        ("en", "plaque", "plaques"),
        ("en", "papule", "papules"),
        ("en", "biopsy", "biopsies"),
        ("en", "virus", "viruses"),
        ("en", "abscess", "abscesses"),
    ],
)
def test_inflections_share_a_form(lang: str, one: str, other: str) -> None:
    table = forms(lang, inflected=True)
    assert table[one] == table[other]


@pytest.mark.parametrize(
    "lang, one, other",
    [("es", "pies", "piel"), ("es", "mano", "manía"), ("es", "ano", "año"), ("es", "caso", "casi"), ("en", "lens", "lent"), ("en", "pus", "pu")],
)
def test_different_words_keep_different_forms(lang: str, one: str, other: str) -> None:
    table = forms(lang, inflected=True)
    assert table[one] != table[other]


@pytest.mark.parametrize("term, words", [("v.o.", ["v", ".", "o", "."]), ("IL-17", ["IL", "-", "17"]), ("", []), (" a\nb ", ["a", "b"])])
def test_split_leaves_blanks_out(term: str, words: list[str]) -> None:
    assert split(term) == words


@given(TEXTS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_blank_spacy_tokens_are_read_too(text: str) -> None:
    """The components take a Doc of any tokenizer: words and offsets come from its tokens."""
    import spacy

    from dermnlp.tokens import words_of

    doc = spacy.blank("es").make_doc(text)
    words, starts = words_of(doc)
    assert [doc.text[at : at + len(word)] for word, at in zip(words, starts, strict=True)] == words


def test_the_quick_letters_are_the_letters_before_the_others_begin() -> None:
    from dermnlp.tokens import BEYOND, LATIN, LETTERS

    every = [chr(code) for code in range(0x250)]
    assert not any(map(BEYOND.match, every)) and BEYOND.match(chr(0x250))
    assert [c for c in every if re.fullmatch(LETTERS, c)] == [c for c in every if re.fullmatch(f"[{LATIN}]", c)]
