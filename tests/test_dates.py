"""Dates: absolute, relative to the note's own, as precise as written, and the mentions that they date."""

from __future__ import annotations

from datetime import date

import pytest
from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.mentions import from_doc

NOTE_DATE = date(2024, 3, 15)
Dated = tuple[str, str]


def read(nlp: Language, text: str, note_date: date | None = NOTE_DATE) -> Doc:
    """The Doc of a text whose note has a date."""
    doc = nlp.make_doc(text)
    doc.user_data["note_date"] = note_date
    for _, component in nlp.pipeline:
        doc = component(doc)
    return doc


def dates(nlp: Language, text: str, note_date: date | None = NOTE_DATE) -> list[Dated]:
    """Each date as (text, ISO value)."""
    doc = read(nlp, text, note_date)
    return [(text[item.start : item.end], item.value) for item in doc.user_data["dates"]]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "el 13 de abril de 2021", [("13 de abril de 2021", "2021-04-13")]),
        ("es", "el 13 de abril", [("13 de abril", "2023-04-13")]),
        ("es", "5/3/2021", [("5/3/2021", "2021-03-05")]),
        ("es", "05/03/21", [("05/03/21", "2021-03-05")]),
        ("es", "5/3/98", [("5/3/98", "1998-03-05")]),
        ("es", "5-3-2021", [("5-3-2021", "2021-03-05")]),
        ("es", "05.03.2021", [("05.03.2021", "2021-03-05")]),
        ("es", "2021-03-05", [("2021-03-05", "2021-03-05")]),
        ("es", "03/2021", [("03/2021", "2021-03")]),
        ("es", "marzo de 2011", [("marzo de 2011", "2011-03")]),
        ("es", "Agosto/10", [("Agosto/10", "2010-08")]),
        ("es", "en 2015", [("en 2015", "2015")]),
        ("es", "desde 2015", [("desde 2015", "2015")]),
        ("es", "hace 2 semanas", [("hace 2 semanas", "2024-03-01")]),
        ("es", "hace dos días", [("hace dos días", "2024-03-13")]),
        ("es", "hace 3 meses", [("hace 3 meses", "2023-12")]),
        ("es", "hace un año", [("hace un año", "2023")]),
        ("es", "HACE 10 AÑOS", [("HACE 10 AÑOS", "2014")]),
        ("es", "29/02/2024", [("29/02/2024", "2024-02-29")]),
        ("es", "entre 5/3/2021 y 6/4/2021", [("5/3/2021", "2021-03-05"), ("6/4/2021", "2021-04-06")]),
        ("es", "12/25/2021", [("12/25/2021", "2021-12-25")]),
        ("en", "03/05/2021", [("03/05/2021", "2021-03-05")]),
        ("en", "25/12/2021", [("25/12/2021", "2021-12-25")]),
        ("en", "25/12/2021 and 03/05/2021", [("25/12/2021", "2021-12-25"), ("03/05/2021", "2021-05-03")]),
        ("en", "March 5, 2021", [("March 5, 2021", "2021-03-05")]),
        ("en", "5th of March 2021", [("5th of March 2021", "2021-03-05")]),
        ("en", "March 2011", [("March 2011", "2011-03")]),
        ("en", "in 2015", [("in 2015", "2015")]),
        ("en", "2 weeks ago", [("2 weeks ago", "2024-03-01")]),
        ("en", "three months ago", [("three months ago", "2023-12")]),
        ("en", "a year ago", [("a year ago", "2023")]),
    ],
)
def test_dates(nlp: dict[str, Language], lang: str, text: str, expected: list[Dated]) -> None:
    assert dates(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text",
    [
        ("es", "30/02/2021"),
        ("es", "32/01/2021"),
        ("es", "29/02/2023"),
        ("es", "1-0-1"),
        ("es", "8/10"),
        ("es", "prurito 8/10"),
        ("es", "TA 120/80"),
        ("es", "1.220 leucocitos"),
        ("es", "PASI 12,4"),
        ("es", "2015"),
        ("es", "durante 2 semanas"),
        ("es", "cada 2 semanas"),
        ("en", "31/31/2021"),
        ("en", "pain 7/10"),
        ("en", "for 2 weeks"),
        ("en", "every 2 weeks"),
        ("en", "may be psoriasis"),
    ],
)
def test_no_date(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert dates(nlp[lang], text) == []


@pytest.mark.parametrize("lang, text", [("es", "hace 2 semanas"), ("en", "2 weeks ago")])
def test_a_relative_date_of_a_note_without_one_stays_open(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert dates(nlp[lang], text, None) == [(text, "")]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "PASI 12 el 5/3/2021.", [("PASI 12", "2021-03-05")]),
        ("es", "Inicia adalimumab en marzo de 2021.", [("adalimumab", "2021-03")]),
        ("es", "Adalimumab hace 2 semanas. Psoriasis.", [("Adalimumab", "2024-03-01"), ("Psoriasis", "")]),
        ("es", "Adalimumab de 5/3/2021 a 6/4/2021.", [("Adalimumab", "2021-03-05")]),
        ("en", "Started adalimumab in March 2021.", [("adalimumab", "2021-03")]),
        ("en", "PASI 12 on 03/05/2021.", [("PASI 12", "2021-03-05")]),
        ("en", "Adalimumab 2 weeks ago. Psoriasis.", [("Adalimumab", "2024-03-01"), ("Psoriasis", "")]),
    ],
)
def test_a_mention_takes_the_date_that_governs_it(
    nlp: dict[str, Language], lang: str, text: str, expected: list[Dated]
) -> None:
    assert [(m.text, m.date) for m in from_doc(read(nlp[lang], text), "n1")] == expected
