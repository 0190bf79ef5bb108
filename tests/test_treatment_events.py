"""Treatment events: every row of `data/events_*.tsv` and of `data/events_blind_*.tsv` (written before the rules were read), and what the rows can't say."""

from __future__ import annotations

from pathlib import Path

import pytest
from event_cases import Case, agrees, cases, read
from spacy.language import Language

from dermnlp.mentions import EVENTS, REASONS, from_doc

DATA = Path(__file__).parent / "data"


def rows() -> list[object]:
    """Each case with its language; a known failure fails the build when it passes."""
    return [
        pytest.param(language, case, marks=pytest.mark.xfail(strict=True, reason=case.known) if case.known else (), id=case.text[:60])
        for language in ("es", "en")
        for name in ("events", "events_blind")
        for case in cases(DATA / f"{name}_{language}.tsv")
    ]


@pytest.mark.parametrize("language, case", rows())
def test_case(nlp: dict[str, Language], language: str, case: Case) -> None:
    found = read(nlp[language], case)
    assert agrees(case.events, found), found


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_cases_hold_every_event_and_every_reason(language: str) -> None:
    events = [event for case in cases(DATA / f"events_{language}.tsv") for event in case.events]
    assert {event.kind for event in events} == set(EVENTS)
    assert {event.reason for event in events} - {""} == set(REASONS)


@pytest.mark.parametrize(
    "language, text, words",
    [
        ("es", "No se suspende metotrexato.", "No se suspende"),
        ("es", "Valorar suspender prednisona.", "Valorar suspender"),
        ("en", "Methotrexate was stopped.", "stopped"),
    ],
)
def test_an_event_names_its_words(nlp: dict[str, Language], language: str, text: str, words: str) -> None:
    found = from_doc(nlp[language](text), "n1")
    assert [text[e.start : e.end] for m in found for e in m.events] == [words]


@pytest.mark.parametrize(
    "language, text, attributes",
    [
        ("es", "Se suspende metotrexato.", ()),
        ("es", "Metotrexato suspendido en 2019.", ("Historical",)),
        ("es", "No se suspende metotrexato.", ()),
        ("en", "Methotrexate was stopped today.", ()),
        ("en", "Methotrexate was stopped in 2019.", ("Historical",)),
        ("en", "Hold methotrexate.", ()),
        ("en", "No longer on methotrexate.", ("Historical",)),
    ],
)
def test_a_stop_of_this_visit_is_no_attribute(nlp: dict[str, Language], language: str, text: str, attributes: tuple[str, ...]) -> None:
    assert [m.attributes for m in from_doc(nlp[language](text), "n1") if m.type == "DRUG"] == [attributes]


@pytest.mark.parametrize("language, text", [("es", "Alergias: penicilina (suspendida por exantema)."), ("en", "Allergies: penicillin (stopped for rash).")])
def test_allergies_tell_no_event(nlp: dict[str, Language], language: str, text: str) -> None:
    assert [m.events for m in from_doc(nlp[language](text), "n1") if m.events] == []
