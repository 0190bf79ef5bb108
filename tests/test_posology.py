"""What a drug's dose, route and frequency say together: one row of `data/doses_es.tsv` or `data/doses_en.tsv` each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data"


def rows() -> list[object]:
    """Language, text, the details of each drug; a row with a reason is a known failure, and fails the build when it passes."""
    found = []
    for lang in ("es", "en"):
        with (DATA / f"doses_{lang}.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                marks = [pytest.mark.xfail(strict=True, reason=row["known"])] if row["known"] else []
                found.append(pytest.param(lang, row["text"], row["details"], marks=marks))
    return found


@pytest.mark.parametrize("lang, text, details", rows())
def test_regimen(nlp: dict[str, Language], lang: str, text: str, details: str) -> None:
    written = text.replace("\\n", "\n").replace("\\t", "\t")
    found = [mention.details for mention in from_doc(nlp[lang](written), "n1") if mention.type == "DRUG"]
    assert " | ".join(";".join(f"{name}={value}" for name, value in each.items()) for each in found) == details
