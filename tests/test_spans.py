"""Context of spans that somebody brings, without a matcher."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import dermnlp
from dermnlp.mentions import Cue
from dermnlp.spans import Span

N, U, H, F = ("Negated",), ("Uncertain",), ("Historical",), ("Family",)


def spans(text: str, *words: str) -> list[Span]:
    """The place of each word in a text."""
    return [(text.index(word), text.index(word) + len(word)) for word in words]


@pytest.mark.parametrize(
    "lang, text, words, expected",
    [
        ("en", "Denies fever or zorbitis.", ("zorbitis", "fever"), [N, N]),
        ("en", "FH: zorbitis.", ("zorbitis",), [F]),
        ("en", "Zorbitis and fever, no fever blisters.", ("fever", "Zorbitis", "fever blisters"), [(), (), N]),
        ("en", "? zorbitis", ("zorbitis",), [U]),
        ("es", "Madre con zorbitis. No refiere fiebre.", ("zorbitis", "fiebre"), [F, N]),
        ("es", "Niega fiebre, pero refiere zorbitis.", ("zorbitis",), [()]),
        ("en", "", (), []),
        ("en", "Fever.", (), []),
    ],
)
def test_attributes_in_the_order_of_the_spans(lang: str, text: str, words: tuple[str, ...], expected: list[tuple[str, ...]]) -> None:
    given = spans(text, *words)
    mentions = dermnlp.context_of(text, given, lang)
    assert [(mention.start, mention.end) for mention in mentions] == given
    assert [mention.text for mention in mentions] == list(words)
    assert [mention.attributes for mention in mentions] == expected
    assert [mention.index for mention in mentions] == list(range(len(words)))


@pytest.mark.parametrize(
    "type_, expected", [("DRUG", H), ("PROCEDURE", H), ("FINDING", H), ("DIAGNOSIS", ()), ("", H), ("PROBLEM", H), ("SCORE", H)]
)
def test_cues_are_for_types(type_: str, expected: tuple[str, ...]) -> None:
    text = "Previously zorbine."
    assert [(m.attributes, m.type) for m in dermnlp.context_of(text, [(11, 18, type_)], "en")] == [(expected, type_)]


@pytest.mark.parametrize("type_, expected", [("DRUG", N), ("DIAGNOSIS", ()), ("", N), ("PROBLEM", ())])
def test_a_span_without_type_takes_all_cues_and_other_types_those_of_diseases(type_: str, expected: tuple[str, ...]) -> None:
    text = "Zorbine was never started."
    assert [m.attributes for m in dermnlp.context_of(text, [(0, 7, type_)], "en")] == [expected]


def test_spans_may_overlap_and_come_twice() -> None:
    text = "No fever of unknown origin."
    mentions = dermnlp.context_of(text, [(3, 8), (3, 26), (3, 8), (12, 26)], "en")
    assert [mention.attributes for mention in mentions] == [N, N, N, N]


def test_every_decision_has_the_words_and_the_rule() -> None:
    text = "FH: no zorbitis."
    (mention,) = dermnlp.context_of(text, spans(text, "zorbitis"), "en")
    assert mention.cues == (
        Cue("Family", "sections/headers:family_history", 0, 3),
        Cue("Negated", "context/negation:negation.before", 4, 6),
    )
    assert [cue.text for cue in mention.cues] == ["FH:", "no"]
    assert (mention.section, mention.sentence) == ("family_history", 0)


def test_lexicons_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "context" / "negation").mkdir(parents=True)
    (tmp_path / "context" / "negation" / "en.csv").write_text("term,concept,match\nzilch,negation.before,\n")
    (mention,) = dermnlp.context_of("Zilch fever", [(6, 11)], "en", lexicons=[tmp_path])
    assert mention.attributes == N
    (mention,) = dermnlp.context_of("Zilch fever", [(6, 11)], "en")
    assert mention.attributes == ()


@pytest.mark.parametrize(
    "span, lang, said",
    [
        ((0, 99), "en", r"The span \(0, 99\) isn't in the text, which has 9 characters"),
        ((-1, 3), "en", r"The span \(-1, 3\) isn't in the text"),
        ((3, 3), "en", r"The span \(3, 3\) isn't in the text"),
        ((5, 2), "es", r"The span \(5, 2\) isn't in the text"),
        ((3,), "en", r"A span is \(start, end\) or \(start, end, type\)"),
        (("a", 3), "en", r"A span is \(start, end\) or \(start, end, type\)"),
        ((0, 3), "fr", "No pipeline for the language 'fr'. There are: es, en."),
    ],
)
def test_what_is_no_span_is_said(span: Span, lang: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        dermnlp.context_of("No fever.", [span], lang)


def test_no_matcher_and_no_tagger_is_loaded() -> None:
    code = "import sys, dermnlp; dermnlp.context_of('No x', [(3, 4)], 'en'); print('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
