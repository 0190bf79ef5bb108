"""Ambiguous short forms: every sense of each in both languages, one row of `data/senses_<language>.tsv` per sense and wording.

`expected` is the concept of the mention that covers the form, its type for doses, routes and frequencies, `SCORE:` and the scale,
`section:` and the section that it heads, or `none` for no mention; alternatives are joined by `|`.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data"
NONE = "none"


def rows() -> list[tuple[str, str, str, str]]:
    """Each row as (language, text, form, expected); a written \\n is a line break."""
    found = []
    for lang in ("es", "en"):
        with (DATA / f"senses_{lang}.tsv").open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                found.append((lang, row["text"].replace("\\n", "\n"), row["form"], row["expected"]))
    return found


def readings(nlp: Language, text: str, form: str) -> set[str]:
    """What the form is read as; a mention that only overlaps it is named with its text."""
    doc = nlp(text)
    place = re.search(rf"(?<!\w){re.escape(form)}(?!\w)", text)
    assert place, f"{form!r} isn't in {text!r}"
    found = {f"section:{section.concept}" for section in doc.user_data["sections"] if section.start == place.start()}
    for mention in from_doc(doc, "n1"):
        if mention.start <= place.start() and place.end() <= mention.end:
            found.add(f"SCORE:{mention.scale}" if mention.type == "SCORE" else mention.concept or mention.type)
        elif mention.start < place.end() and place.start() < mention.end:
            found.add(mention.text)
    return found


@pytest.mark.parametrize("lang, text, form, expected", rows())
def test_sense(nlp: dict[str, Language], lang: str, text: str, form: str, expected: str) -> None:
    found = readings(nlp[lang], text, form)
    assert found == set() if expected == NONE else found & set(expected.split("|"))


def test_every_ambiguous_form_of_the_field_is_there() -> None:
    forms = {form for _, _, form, _ in rows()}
    named = "HS DA MTX UC UCE AP IC EA IgA BSA PA CU LP AA PN MS AK CC AD RA AR SS LE BP CD DM PV SD DS ECM PRP PG CHE LS MM CE TA ADA AZA AAS ASA IVIG"
    assert forms >= set(named.split())
    assert len(rows()) >= 150
