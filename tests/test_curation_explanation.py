"""Which rows fire in a text, and what beat the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from dermnlp.curation.explanation import Firing, explain


def fates(text: str, language: str, *over: Path) -> list[tuple[str, str, str]]:
    """Words, concept (or type, without one) and what beat the row."""
    firings = explain(text, language, exclude=["tagger"], over=over)
    return [(firing.text, firing.concept or firing.type, firing.beaten) for firing in firings]


@pytest.mark.parametrize(
    "language, text, expected",
    [
        (
            "es",
            "Prurito en axilas, ayer a las 10 HS.",
            [
                ("Prurito", "sign.pruritus", ""),
                ("axilas", "site_axilla", ""),
                ("HS", "hidradenitis_suppurativa", "sense skin_diseases.hs_time: one of its words stands in the sentence"),
            ],
        ),
        (
            "es",
            "Niega psoriasis en placas.",
            [
                ("Niega", "Negated", ""),
                ("psoriasis en placas", "psoriasis.plaque", ""),
                ("psoriasis", "psoriasis", "'psoriasis en placas' (psoriasis.plaque) is longer"),
                ("en placas", "morph.plaque_like", "is part of 'psoriasis en placas'"),
                ("placas", "sign.plaque", "'psoriasis en placas' (DIAGNOSIS psoriasis.plaque) takes its place"),
            ],
        ),
        (
            "en",
            "Confluent plaques. Confluent.",
            [
                ("Confluent", "morph.grouped", "is part of 'Confluent plaques'"),
                ("plaques", "sign.plaque", ""),
                ("Confluent", "morph.grouped", "no noun stands beside it"),
            ],
        ),
        ("en", "Area.", [("Area", "sign.area", "is no mention without an adjective"), ("Area", "part_region", "no noun stands beside it")]),
        ("en", "PASI 12, 15 mg", [("PASI 12", "SCORE", ""), ("15 mg", "DOSE", "")]),
        ("es", "Buenos días.", []),
    ],
)
def test_fates(language: str, text: str, expected: list[tuple[str, str, str]]) -> None:
    assert fates(text, language) == expected


def test_the_row_is_named_with_file_and_line(tmp_path: Path) -> None:
    topic = tmp_path / "entities" / "own"
    topic.mkdir(parents=True)
    (topic / "concepts.csv").write_text("concept,type,name,icd10cm,inn,omop,attributes,role\nown.a,FINDING,a,,,,,\n")
    (topic / "es.csv").write_text("term,concept,match,sense\nzorbona,own.a,,\nzorbita mayor,own.a,,\n")
    assert explain("Zorbitas mayores", "es", exclude=["tagger"], over=[tmp_path]) == [
        Firing(0, 16, "Zorbitas mayores", "FINDING", "own.a", f"{topic / 'es.csv'}:3")
    ]
