"""Diagnoses as dermatologists write them: abbreviations, subtypes, word order, plurals, missing accents, and what the words around them say."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

ROWS = Path(__file__).parent / "data" / "diagnoses.csv"


def rows() -> list[dict[str, str]]:
    with ROWS.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row['language']}: {row['sentence']}")
def test_a_diagnosis_has_its_concept_and_category(nlp: dict[str, Language], row: dict[str, str]) -> None:
    mentions = from_doc(nlp[row["language"]](row["sentence"]), "n1")
    found = [(m.text, m.concept, m.codes.get("ICD10CM", "")[:3]) for m in mentions if m.type == "DIAGNOSIS"]
    assert (row["mention"], row["concept"], row["category"]) in found
