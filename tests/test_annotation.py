"""The unit of work: notes in, mentions out; a note that fails costs only itself, and its text stays with it."""

from __future__ import annotations

import logging
import time
from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

import dermnlp
from dermnlp import annotation, mentions, notes
from dermnlp.annotation import annotate, annotate_notes, annotate_texts
from dermnlp.mentions import Mention
from dermnlp.notes import Note

ES = "Paciente con psoriasis en placas. Niega prurito. PASI 12,4."
EN = "Patient with plaque psoriasis. Denies pruritus. PASI 12.4."
SECRET = "Dolores Fuertes, 54 años, psoriasis SECRETO"


def batch(*given: Note) -> pa.RecordBatch:
    return notes.to_batch(list(given))


def said(result: pa.RecordBatch) -> list[tuple[str, str, str, bool]]:
    """Each mention as (note, language, text, negated)."""
    return [(m.note_id, m.language, m.text, m.negated) for m in mentions.from_batch(result)]


@pytest.mark.parametrize(
    "given, expected",
    [
        ([], []),
        ([Note("n1", "")], []),
        (
            [Note("n1", ES, language="es"), Note("n2", EN, language="en")],
            [
                ("n1", "es", "psoriasis en placas", False),
                ("n1", "es", "prurito", True),
                ("n1", "es", "PASI 12,4", False),
                ("n2", "en", "plaque psoriasis", False),
                ("n2", "en", "pruritus", True),
                ("n2", "en", "PASI 12.4", False),
            ],
        ),
    ],
)
def test_annotate(given: list[Note], expected: list[tuple[str, str, str, bool]]) -> None:
    result = annotate(batch(*given), exclude=["tagger"])
    assert result.schema == mentions.SCHEMA
    assert said(result) == expected


def test_the_language_is_found_where_it_is_not_given() -> None:
    found = list(annotate_notes([Note("n1", ES), Note("n2", EN), Note("n3", EN, language="es")], exclude=["tagger"]))
    assert [(note.note_id, note.language) for note, _ in found] == [("n1", "es"), ("n2", "en"), ("n3", "es")]


@pytest.mark.parametrize(
    "language, texts, expected",
    [
        ("auto", {"a": ES, "b": EN}, {"a": "es", "b": "en"}),
        ("es", {"a": "psoriasis"}, {"a": "es"}),
        ("en", {"a": "psoriasis"}, {"a": "en"}),
    ],
)
def test_texts_by_name(language: str, texts: dict[str, str], expected: dict[str, str]) -> None:
    found = annotate_texts(texts, language, exclude=["tagger"])
    assert {name: items[0].language for name, items in found.items()} == expected


def test_the_same_notes_give_the_same_mentions() -> None:
    one = annotate(batch(Note("n1", ES), Note("n2", EN)), exclude=["tagger"])
    assert annotate(batch(Note("n1", ES), Note("n2", EN)), exclude=["tagger"]).equals(one)


@pytest.mark.parametrize("text, day", [("MTX hace 2 semanas.", "2024-03-01"), ("MTX on 03/05/2021, two weeks in.", "2021-03-05")])
def test_the_date_of_the_note_is_at_hand(text: str, day: str) -> None:
    found = annotate(batch(Note("n1", text, note_date=date(2024, 3, 15))), exclude=["tagger"])
    assert [m.date for m in mentions.from_batch(found) if m.type == "DRUG"] == [day]


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A component that raises, with the text of the note in its message, for notes that hold SECRETO."""

    def fails(doc: Doc) -> Doc:
        if "SECRETO" in doc.text:
            raise RuntimeError(f"cannot read {doc.text}")
        return doc

    nlp = dermnlp.load("es", exclude=["tagger"])
    monkeypatch.setattr(nlp, "_components", [*nlp._components, ("broken", fails)])
    monkeypatch.setattr(annotation, "_loaded", lambda *_: nlp)


def test_a_component_that_raises_costs_only_its_note(broken: None, caplog: pytest.LogCaptureFixture) -> None:
    given = [Note("n1", ES, language="es"), Note("n2", SECRET, language="es"), Note("n3", ES, language="es")]
    with caplog.at_level(logging.DEBUG):
        result = annotate(batch(*given))
    assert {m.note_id for m in mentions.from_batch(result)} == {"n1", "n3"}
    assert [record.getMessage() for record in caplog.records] == [
        f"note n2 left out: failed with RuntimeError in {__name__}:{_line_of_the_raise()}"
    ]
    assert all(record.exc_info is None for record in caplog.records)
    assert not any(word in caplog.text for word in SECRET.split())


def test_the_reason_holds_no_text_of_the_note(broken: None) -> None:
    [(note, reason)] = annotate_notes([Note("n2", SECRET, language="es")])
    assert (note.note_id, reason) == ("n2", f"failed with RuntimeError in {__name__}:{_line_of_the_raise()}")


def _line_of_the_raise() -> int:
    """The line of this file on which `broken` raises."""
    with open(__file__, encoding="utf-8") as lines:
        return next(number for number, line in enumerate(lines, 1) if "raise RuntimeError(f" in line)


def test_a_language_that_there_is_not_costs_only_its_note() -> None:
    found = dict(annotate_notes_by_id([Note("n1", ES, language="fr"), Note("n2", ES, language="es")]))
    assert isinstance(found["n1"], str) and found["n1"].startswith("failed with ValueError in dermnlp.pipelines:")
    assert [m.text for m in found["n2"]] == ["psoriasis en placas", "prurito", "PASI 12,4"]


def annotate_notes_by_id(given: list[Note]) -> list[tuple[str, list[Mention] | str]]:
    return [(note.note_id, result) for note, result in annotate_notes(given, exclude=["tagger"])]


@given(st.lists(st.text(max_size=60), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_texts_give_mentions_that_are_in_them(texts: list[str]) -> None:
    given = {f"n{i}": text for i, text in enumerate(texts)}
    for language in ("auto", "es", "en"):
        for name, found in annotate_texts(given, language, exclude=["tagger"]).items():
            assert [m.text for m in found] == [given[name][m.start : m.end] for m in found]


LONG = {
    "es": "Niega prurito y refiere placas eritematosas en codos; MTX 15 mg sc semanal desde 5/3/2021. PASI 12,4→1,8. ",
    "en": "Denies itch, reports erythematous plaques on elbows; MTX 15 mg SC weekly since 03/05/2021. PASI 12.4→1.8. ",
    "letters": "a" * 1000,
    "digits": "1" * 1000,
    "marks": "(((",
    "commas": "placas, ",
    "breaks": "\n",
    "negations": "no ",
}


@pytest.mark.parametrize("kind", list(LONG))
def test_a_note_of_200000_characters_is_read_in_under_20_seconds(nlp: dict[str, Language], kind: str) -> None:
    text = (LONG[kind] * (200_000 // len(LONG[kind]) + 1))[:200_000]
    language = nlp["en" if kind == "en" else "es"]
    began = time.perf_counter()
    doc = language(text)
    assert time.perf_counter() - began < 20
    assert bool(doc.user_data["found"]) == (kind in ("es", "en", "commas"))


def test_the_time_to_hand_mentions_over_grows_with_the_note_and_no_faster(nlp: dict[str, Language]) -> None:
    docs = [nlp["es"]((LONG["es"] * 200)[:size]) for size in (2_000, 20_000)]
    times = []
    for doc in docs:
        began = time.perf_counter()
        mentions.from_doc(doc, "n1")
        times.append(time.perf_counter() - began)
    assert times[1] < 30 * times[0]
