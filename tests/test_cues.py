"""Every cue and every header that notes really hold: one row of `data/cues.tsv` or `data/headers.tsv` each."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data"


def rows(name: str) -> list[tuple[str, ...]]:
    """The rows of a file of `data`."""
    with (DATA / name).open(encoding="utf-8", newline="") as lines:
        return [tuple(row.values()) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]


@pytest.mark.parametrize("lang, text, attributes", rows("cues.tsv"))
def test_cue(nlp_entity: dict[str, Language], lang: str, text: str, attributes: str) -> None:
    found = [mention.attributes for mention in from_doc(nlp_entity[lang](text), "n1") if mention.text.startswith("ENT")]
    assert found == [tuple(part for part in attributes.split(";") if part)]


@pytest.mark.parametrize("form", ["{}: psoriasis.", "{}\npsoriasis.", "Texto.\n{}: psoriasis."])
@pytest.mark.parametrize("lang, header, section", rows("headers.tsv"))
def test_header(nlp: dict[str, Language], lang: str, header: str, section: str, form: str) -> None:
    doc = nlp[lang](form.format(header))
    assert [found.concept for found in doc.user_data["sections"]] == [section]
