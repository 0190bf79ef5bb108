"""Context in Spanish: the literal rows of `data/context_es.tsv`, with ENTITY, ENTFINDING, ENTDRUG and ENTPROCEDURE for any mention."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import ATTRIBUTED, from_doc

ROWS = Path(__file__).parent / "data" / "context_es.tsv"


def rows() -> list[object]:
    """The rows: the text, and the attributes of each mention in its order; a row with a reason in `known` is a known failure."""
    with ROWS.open(encoding="utf-8", newline="") as lines:
        return [_row(row) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


def _row(row: dict[str, str]) -> object:
    marks = [pytest.mark.xfail(strict=True, reason=row["known"])] if row["known"] else []
    return pytest.param(row["text"], row["expected"].split("|"), id=f"{row['class']}: {row['text']}", marks=marks)


@pytest.mark.parametrize("text, expected", rows())
def test_context(nlp_entity: dict[str, Language], text: str, expected: list[str]) -> None:
    found = [";".join(mention.attributes) or "-" for mention in from_doc(nlp_entity["es"](text), "n1") if mention.text.startswith("ENT")]
    assert found == expected


@pytest.mark.parametrize(
    "text, mentions",
    [
        ("Hallazgos compatibles con enfermedad de Darier.", [("enfermedad de Darier", ("Uncertain",))]),
        ("no psoriasis no lumbalgia", [("psoriasis", ("Negated",)), ("lumbalgia", ("Negated",))]),
        ("Se suspende MTX.", [("MTX", ())]),
        ("Madre con psoriasis, hermano sano. Tía con melanoma.", [("psoriasis", ("Family",)), ("melanoma", ("Family",))]),
        ("Si brote, clobetasol.", [("clobetasol", ("Uncertain",))]),
    ],
)
def test_real_words(nlp_es: Language, text: str, mentions: list[tuple[str, tuple[str, ...]]]) -> None:
    assert [(m.text, m.attributes) for m in from_doc(nlp_es(text), "n1") if m.type in ATTRIBUTED] == mentions
