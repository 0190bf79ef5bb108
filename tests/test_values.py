"""What is written around mentions: values, moments, dates, severity, course, sites; one row of `data/values_*.tsv` each.

`expected` holds, joined by ` | `, every mention of the text of which something is written, as `MENTION: value, moment, assessor, rejected,
severity, course, laterality, on DATE, at SITE & SITE`; the note is of the 15th of March 2024. A row with a `failure` is a known one.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.mentions import LOCATED_AT, Mention, from_doc

NOTE_DATE = date(2024, 3, 15)
SHOWN = ("moment", "assessor", "rejected", "severity", "course", "laterality")
DATA = Path(__file__).parent / "data"


def rows(language: str) -> list[object]:
    """The rows of a language; those that are known to fail must fail."""
    with (DATA / f"values_{language}.tsv").open(encoding="utf-8", newline="") as lines:
        found = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        pytest.param(
            row["text"].replace("\\n", "\n"),
            row["expected"] or "",
            id=row["text"][:60],
            marks=[pytest.mark.xfail(strict=True, reason=row["failure"])] if row["failure"] else [],
        )
        for row in found
    ]


def read(nlp: Language, text: str, note_date: date | None = NOTE_DATE) -> Doc:
    """The Doc of a text whose note has a date."""
    doc = nlp.make_doc(text)
    doc.user_data["note_date"] = note_date
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def shown(mention: Mention, mentions: list[Mention]) -> str:
    """What is written of a mention."""
    sites = [mentions[link.target].text for link in mention.relations if link.type == LOCATED_AT]
    parts = [mention.value, *(mention.details.get(name, "") for name in SHOWN)]
    parts += [f"on {mention.date}" if mention.date else "", f"at {' & '.join(sites)}" if sites else ""]
    return ", ".join(part for part in parts if part)


def written(nlp: Language, text: str) -> str:
    """What is written of all mentions of a text."""
    mentions = from_doc(read(nlp, text), "n1")
    told = [(mention.text, shown(mention, mentions)) for mention in mentions]
    return " | ".join(f"{name}: {what}" for name, what in told if what)


@pytest.mark.parametrize("text, expected", rows("es"))
def test_spanish(nlp: dict[str, Language], text: str, expected: str) -> None:
    assert written(nlp["es"], text) == expected


@pytest.mark.parametrize("text, expected", rows("en"))
def test_english(nlp: dict[str, Language], text: str, expected: str) -> None:
    assert written(nlp["en"], text) == expected


@pytest.mark.parametrize("lang, text", [("es", "Psoriasis desde hace 3 meses."), ("en", "Psoriasis since March.")])
def test_without_the_date_of_the_note_relative_ones_stay_open(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert [mention.date for mention in from_doc(read(nlp[lang], text, None), "n1")] == [""]
