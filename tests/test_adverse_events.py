"""Adverse events: which drug did what, by rules and by the learned model, and what else is written of it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data"


def rows(language: str) -> list[object]:
    """The rows of a language: a text, the whole result, and the reason of a known failure, which fails the build when it passes."""
    with (DATA / f"adverse_events_{language}.tsv").open(encoding="utf-8", newline="") as file:
        table = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    known = [[pytest.mark.xfail(strict=True, reason=row["known"])] if row["known"] else [] for row in table]
    return [pytest.param(language, row["text"], row["expected"], marks=marks) for row, marks in zip(table, known, strict=True)]


def shown(nlp: Language, text: str) -> str:
    """Each adverse event as "reaction > drug" with its details, in the order of the text."""
    found = from_doc(nlp(text), "n1")
    events = [(m, found[r.target], r.details) for m in found for r in m.relations if r.type == "Adverse_event"]
    return "; ".join(", ".join([f"{m.text} > {drug.text}", *details.values()]) for m, drug, details in events) or "-"


@pytest.mark.parametrize("lang, text, expected", [*rows("es"), *rows("en")])
def test_adverse_events(nlp: dict[str, Language], lang: str, text: str, expected: str) -> None:
    assert shown(nlp[lang], text) == expected
