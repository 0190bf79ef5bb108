"""What drugs are known to do: rows that fit one another and the entities."""

from __future__ import annotations

import pytest

from dermnlp import lexicons
from dermnlp.extensions import Found
from dermnlp.relations import known_effects


def keys(*types: str) -> set[str]:
    """The concepts of these types."""
    topics = lexicons.topics("entities")
    return {key for topic in topics for key, row in lexicons.concepts("entities", topic).items() if row["type"] in types}


def groups(topic: str) -> set[str]:
    return {row["group"] for row in lexicons.concepts("relations", topic).values()}


@pytest.mark.parametrize("topic, types", [("drug_groups", ("DRUG",)), ("reaction_groups", ("FINDING", "DIAGNOSIS"))])
def test_groups_hold_concepts_of_the_entities(topic: str, types: tuple[str, ...]) -> None:
    assert set(lexicons.concepts("relations", topic)) - keys(*types) == set()


def test_effects_name_groups_that_are_there() -> None:
    effects = lexicons.concepts("relations", "known_effects")
    assert set(effects) == groups("drug_groups")
    assert {part for row in effects.values() for part in row["reactions"].split(";")} - groups("reaction_groups") == set()


@pytest.mark.parametrize(
    "drug, reaction, known",
    [
        ("methotrexate", "sign.nausea", True),
        ("isotretinoin", "sign.cheilitis", True),
        ("dupilumab", "conjunctivitis", True),
        ("ciclosporin", "hypertension", True),
        ("adalimumab", "sign.hair_excess", False),
        ("unheard_of", "sign.nausea", False),
    ],
)
def test_known(drug: str, reaction: str, known: bool) -> None:
    effects, cause = known_effects.load(), Found("DRUG", 2, 3, drug)
    assert (effects.groups(Found("FINDING", 0, 1, reaction), cause)[1] in effects.of(cause)) == known
