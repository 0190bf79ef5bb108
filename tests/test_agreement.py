"""Lexicon and tagger together: what the tagger adds, redraws, names otherwise and lets fall."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermnlp.entities.agreement import Agreement, Limits
from dermnlp.extensions import Found

Row = tuple[str, int, int, str]
LIMITS = Limits(
    add={"DIAGNOSIS": 0.8, "FINDING": 0.8, "BODY_SITE": 0.8, "DRUG": 0.8},
    redraw={"FINDING": 0.9, "BODY_SITE": 0.9},
    shorten={"FINDING": 0.95},
    retype={"DIAGNOSIS": 0.3},
    doubt={"FINDING": 0.1, "DRUG": 0.2},
)


def known(type_: str, start: int, end: int, concept: str = "c") -> Found:
    return Found(type_, start, end, concept, {"ICD10CM": "L00"})


def tagged(type_: str, start: int, end: int, sure: float) -> Found:
    return Found(type_, start, end, source="tagger", confidence=sure)


def settled(ours: list[Found], theirs: list[Found], support: float | None = 0.5, limits: Limits = LIMITS) -> list[Row]:
    """What stays, in the order of the text, as type, start, end and source."""
    agreement = Agreement(limits, site="BODY_SITE", nested=frozenset({"FINDING"}))
    kept = agreement.settle(ours, theirs, lambda *_: support)
    return sorted((m.type, m.start, m.end, m.source) for m in kept)


@pytest.mark.parametrize(
    "ours, theirs, expected",
    [
        ([], [tagged("DIAGNOSIS", 0, 5, 0.8)], [("DIAGNOSIS", 0, 5, "tagger")]),
        ([], [tagged("DIAGNOSIS", 0, 5, 0.79)], []),
        ([], [tagged("PROCEDURE", 0, 5, 0.99)], []),
        ([known("FINDING", 0, 5)], [tagged("FINDING", 0, 9, 0.9)], [("FINDING", 0, 9, "tagger")]),
        ([known("FINDING", 0, 5)], [tagged("FINDING", 0, 9, 0.89)], [("FINDING", 0, 5, "lexicon")]),
        ([known("FINDING", 0, 9)], [tagged("FINDING", 0, 5, 0.94)], [("FINDING", 0, 9, "lexicon")]),
        ([known("FINDING", 0, 9)], [tagged("FINDING", 0, 5, 0.95)], [("FINDING", 0, 5, "tagger")]),
        ([known("FINDING", 0, 5)], [tagged("FINDING", 0, 5, 0.99)], [("FINDING", 0, 5, "lexicon")]),
        ([known("FINDING", 0, 5)], [tagged("DIAGNOSIS", 0, 5, 0.8)], [("DIAGNOSIS", 0, 5, "tagger")]),
        ([known("FINDING", 0, 5)], [tagged("DIAGNOSIS", 0, 5, 0.79)], [("FINDING", 0, 5, "lexicon")]),
        ([known("FINDING", 0, 5)], [tagged("DRUG", 0, 5, 0.99)], [("FINDING", 0, 5, "lexicon")]),
        ([known("SCORE", 0, 9)], [tagged("DIAGNOSIS", 0, 5, 1.0)], [("SCORE", 0, 9, "lexicon")]),
        (
            [known("FINDING", 0, 9)],
            [tagged("BODY_SITE", 4, 9, 0.8)],
            [("BODY_SITE", 4, 9, "tagger"), ("FINDING", 0, 9, "lexicon")],
        ),
        ([known("BODY_SITE", 0, 9)], [tagged("FINDING", 0, 9, 0.99)], [("BODY_SITE", 0, 9, "lexicon")]),
        (
            [known("FINDING", 0, 4), known("FINDING", 5, 9)],
            [tagged("FINDING", 0, 9, 0.9)],
            [("FINDING", 0, 9, "tagger")],
        ),
        ([], [tagged("FINDING", 0, 9, 0.9), tagged("FINDING", 5, 12, 0.95)], [("FINDING", 5, 12, "tagger")]),
    ],
)
def test_who_wins(ours: list[Found], theirs: list[Found], expected: list[Row]) -> None:
    assert settled(ours, theirs) == expected


@pytest.mark.parametrize("support, stays", [(0.09, False), (0.1, True), (None, True)])
def test_what_the_tagger_holds_for_unlikely_falls(support: float | None, stays: bool) -> None:
    assert bool(settled([known("FINDING", 0, 5)], [], support)) == stays


def test_without_limits_the_tagger_has_no_say() -> None:
    theirs = [tagged("FINDING", 0, 9, 1.0), tagged("DIAGNOSIS", 20, 30, 1.0)]
    assert settled([known("FINDING", 0, 5)], theirs, 0.0, Limits()) == [("FINDING", 0, 5, "lexicon")]


def test_a_redrawn_mention_keeps_concept_codes_and_attributes() -> None:
    ours = known("FINDING", 0, 5, "sign.plaque")
    ours.historical = True
    [kept] = Agreement(LIMITS, site="BODY_SITE", nested=frozenset()).settle([ours], [tagged("FINDING", 0, 9, 0.93)], lambda *_: 0.4)
    assert (kept.end, kept.source, kept.confidence, kept.concept, kept.codes, kept.historical) == (
        9,
        "tagger",
        0.93,
        "sign.plaque",
        {"ICD10CM": "L00"},
        True,
    )


def test_every_mention_says_how_sure_the_tagger_is() -> None:
    [kept] = Agreement(LIMITS, site="BODY_SITE", nested=frozenset()).settle([known("DRUG", 0, 5)], [], lambda *_: 0.73214)
    assert kept.confidence == 0.7321


SPANS = st.lists(st.tuples(st.sampled_from(("DIAGNOSIS", "FINDING", "DRUG")), st.integers(0, 20), st.integers(1, 6), st.floats(0, 1)), max_size=8)


@given(SPANS)
def test_what_stays_never_overlaps_but_for_sites(spans: list[tuple[str, int, int, float]]) -> None:
    theirs = [tagged(type_, start, start + size, sure) for type_, start, size, sure in spans]
    kept = settled([known("FINDING", 3, 9), known("DRUG", 12, 15)], theirs)
    ordered = sorted(kept, key=lambda row: row[1])
    assert all(one[2] <= other[1] for one, other in zip(ordered, ordered[1:], strict=False))
