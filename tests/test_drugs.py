"""The lexicon of drugs: names in use and what they are, routes and forms."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp import lexicons
from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data" / "drugs"
CLASS = "class:"


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a file of test data."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def ingredients() -> list[dict[str, str]]:
    """The concepts of drugs that are no class."""
    return [row for row in lexicons.concepts("entities", "drugs").values() if not row["inn"].startswith(CLASS)]


@pytest.mark.parametrize("row", rows("names.csv"), ids=lambda row: f"{row['text']}: {row['words']}")
def test_name_has_its_ingredient_or_class(nlp: dict[str, Language], row: dict[str, str]) -> None:
    found = [
        (m.text, m.codes.get("INN")) for m in from_doc(nlp[row["language"]](row["text"]), "n1") if m.type == "DRUG"
    ]
    if row["words"]:
        assert (row["words"], row["inn"]) in found
    else:
        assert found == []


def test_routes_are_terms_of_the_routes() -> None:
    known = {term["term"] for term in lexicons.terms("attributes", "routes", "en")}
    assert {route for row in ingredients() for route in row["route"].split(";") if route} <= known


def test_dermatological_ingredients_have_route_and_form() -> None:
    by_inn = {row["inn"]: row for row in ingredients()}
    wanted = [row["inn"] for row in rows("dermatological.csv")]
    assert [inn for inn in wanted if inn not in by_inn] == []
    assert [inn for inn in wanted if not (by_inn[inn]["route"] and by_inn[inn]["form"])] == []


def test_most_ingredients_have_route_and_form() -> None:
    full = [row for row in ingredients() if row["route"] and row["form"]]
    assert len(full) > 0.9 * len(ingredients())
