"""Context in English: the rows of `data/context_en.tsv`, with ENTITY, ENTFINDING, ENTDRUG and ENTPROCEDURE for any mention, and of
`data/negation_en.tsv`, sentences of hospital reports with one phrase each."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

import dermnlp

DATA = Path(__file__).parent / "data"
TYPES = {"ENTITY": "DIAGNOSIS", "ENTFINDING": "FINDING", "ENTDRUG": "DRUG", "ENTPROCEDURE": "PROCEDURE"}


def rows(name: str) -> list[object]:
    """The rows of a file of `data`; `\\n` is a line end, and a row with a reason in `known` is a known failure."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return [_row(*row.values()) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _row(kind: str, text: str, expected: str, known: str) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=known)] if known else []
    return pytest.param(text.replace("\\n", "\n"), kind, expected.split("|"), id=f"{kind}: {text}", marks=marks)


@pytest.mark.parametrize("text, kind, expected", rows("context_en.tsv"))
def test_context(text: str, kind: str, expected: list[str]) -> None:
    spans = [(*match.span(), TYPES[match.group()]) for match in re.finditer("ENT[A-Z]+", text)]
    assert [";".join(mention.attributes) or "-" for mention in dermnlp.context_of(text, spans, "en")] == expected


@pytest.mark.parametrize("text, phrase, expected", rows("negation_en.tsv"))
def test_negation(text: str, phrase: str, expected: list[str]) -> None:
    start = text.index(phrase)
    (mention,) = dermnlp.context_of(text, [(start, start + len(phrase), "FINDING")], "en")
    assert ["Negated" if mention.negated else "Affirmed"] == expected
