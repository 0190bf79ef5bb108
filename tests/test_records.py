"""Mentions of one note in, records out, whole."""

from __future__ import annotations

from datetime import date

import pytest

from dermnlp.mentions import Mention, Relation
from dermnlp.records import Header, Record, adverse_events, phenotypes, treatments

DAY = date(2024, 3, 10)
NOTE = Header(person_id=7, note_id=70, date=DAY, visit_id=5)


def mention(index: int, type: str, text: str, **more: object) -> Mention:
    return Mention(note_id="n", index=index, type=type, start=index * 20, end=index * 20 + len(text), text=text, **more)


@pytest.mark.parametrize(
    "type, attributes, kind",
    [
        ("DIAGNOSIS", "", "condition"),
        ("DIAGNOSIS", "negated", ""),
        ("DIAGNOSIS", "uncertain", "suspected"),
        ("DIAGNOSIS", "family", "family_history"),
        ("DIAGNOSIS", "historical", "personal_history"),
        ("DIAGNOSIS", "historical family", "family_history"),
        ("DIAGNOSIS", "negated family", ""),
        ("DIAGNOSIS", "negated historical", ""),
        ("DIAGNOSIS", "uncertain family", ""),
        ("DIAGNOSIS", "uncertain historical", ""),
        ("FINDING", "", "finding"),
        ("FINDING", "negated", ""),
        ("FINDING", "uncertain", ""),
        ("FINDING", "historical", ""),
        ("DRUG", "", "drug"),
        ("DRUG", "historical", "drug"),
        ("DRUG", "negated", ""),
        ("DRUG", "uncertain", ""),
        ("DRUG", "family", ""),
        ("DRUG", "historical uncertain", ""),
        ("PROCEDURE", "", "procedure"),
        ("PROCEDURE", "historical", ""),
        ("PROCEDURE", "uncertain", ""),
        ("SCORE", "", "measurement"),
        ("BODY_SITE", "", ""),
        ("DOSE", "", ""),
        ("ROUTE", "", ""),
        ("FREQUENCY", "", ""),
    ],
)
def test_kind(type: str, attributes: str, kind: str) -> None:
    assert phenotypes.kind(mention(0, type, "x", **dict.fromkeys(attributes.split(), True))) == kind


@pytest.mark.parametrize("details", [{"rejected": "above_maximum"}, {"moment": "target"}])
def test_a_score_that_was_not_measured_is_no_record(details: dict[str, str]) -> None:
    assert phenotypes.kind(mention(0, "SCORE", "PASI 120", scale="PASI", value="120", details=details)) == ""


def test_a_past_procedure_counts_on_its_own_date() -> None:
    past = mention(0, "PROCEDURE", "biopsia", concept="skin_biopsy", historical=True, date="2019-05")
    [(record, _)] = phenotypes.of_note(NOTE, [past])
    assert (record.kind, record.date) == ("procedure", date(2019, 5, 1))


@pytest.mark.parametrize(
    "type, written, expected",
    [
        ("DIAGNOSIS", "2019-05-04", date(2019, 5, 4)),
        ("DIAGNOSIS", "2019-05", date(2019, 5, 1)),
        ("DIAGNOSIS", "2019", date(2019, 1, 1)),
        ("DIAGNOSIS", "2024-03-10", DAY),
        ("DIAGNOSIS", "2024-03-11", DAY),
        ("DIAGNOSIS", "2025", DAY),
        ("DIAGNOSIS", "1900", date(1900, 1, 1)),
        ("DIAGNOSIS", "1899-12-31", DAY),
        ("DIAGNOSIS", "2023-02-30", DAY),
        ("DIAGNOSIS", "hace 3", DAY),
        ("DIAGNOSIS", "", DAY),
        ("FINDING", "2019", DAY),
        ("SCORE", "2023-12", date(2023, 12, 1)),
    ],
)
def test_date(type: str, written: str, expected: date) -> None:
    [(record, _)] = phenotypes.of_note(NOTE, [mention(0, type, "x", date=written, value="1")])
    assert record.date == expected


def test_a_note_states_a_fact_once_and_the_first_mention_wins() -> None:
    mentions = [
        mention(0, "DIAGNOSIS", "Psoriasis", concept="psoriasis"),
        mention(1, "DIAGNOSIS", "pso", concept="psoriasis"),
        mention(2, "DIAGNOSIS", "psoriasis", concept="psoriasis", date="2019"),
        mention(3, "DIAGNOSIS", "psoriasis", concept="psoriasis", family=True),
        mention(4, "SCORE", "PASI 12,4", scale="PASI", value="12.4"),
        mention(5, "SCORE", "1,8", scale="PASI", value="1.8"),
        mention(6, "SCORE", "PASI 12,4", scale="PASI", value="12.4"),
        mention(7, "FINDING", "Costras"),
        mention(8, "FINDING", "costras"),
    ]
    common = (7, 70, 5)
    assert phenotypes.of_note(NOTE, mentions[::-1]) == [
        (Record(*common, "condition", "psoriasis", DAY, 0, "Psoriasis"), (0, 1)),
        (Record(7, 70, None, "condition", "psoriasis", date(2019, 1, 1), 2, "psoriasis"), (2,)),
        (Record(*common, "family_history", "psoriasis", DAY, 3, "psoriasis"), (3,)),
        (Record(*common, "measurement", "scale.PASI", DAY, 4, "PASI 12,4", value="12.4"), (4, 6)),
        (Record(*common, "measurement", "scale.PASI", DAY, 5, "1,8", value="1.8"), (5,)),
        (Record(*common, "finding", "", DAY, 7, "Costras"), (7, 8)),
    ]


def test_a_drug_with_its_words() -> None:
    joined = tuple(Relation("Drug_attribute", target) for target in (3, 1, 2, 9)) + (Relation("Adverse_event", 1),)
    mentions = [
        mention(0, "DRUG", "MTX", concept="methotrexate", relations=joined),
        mention(1, "DOSE", "15 mg"),
        mention(2, "ROUTE", "sc"),
        mention(3, "FREQUENCY", "semanal"),
    ]
    [(record, _)] = phenotypes.of_note(NOTE, mentions)
    assert record == Record(
        7, 70, 5, "drug", "methotrexate", DAY, 0, "MTX", date(2024, 4, 8), "start+29", "15 mg sc semanal", "15 mg", "sc"
    )


@pytest.mark.parametrize(
    "historical, written, start, end, rule",
    [
        (False, "", DAY, date(2024, 4, 8), "start+29"),
        (False, "2024-03-01", date(2024, 3, 1), date(2024, 3, 30), "start+29"),
        (False, "2020-01", date(2020, 1, 1), DAY, "current-at-note"),
        (True, "", DAY, DAY, "ended-by-note"),
        (True, "2020", date(2020, 1, 1), date(2020, 1, 30), "start+29"),
        (True, "2024-03-01", date(2024, 3, 1), DAY, "ended-by-note"),
    ],
)
def test_end_of_an_exposure(historical: bool, written: str, start: date, end: date, rule: str) -> None:
    drug = mention(0, "DRUG", "MTX", concept="methotrexate", historical=historical, date=written)
    [(record, _)] = phenotypes.of_note(NOTE, [drug])
    assert (record.date, record.end, record.rule) == (start, end, rule)


def test_exposures_of_a_person_over_notes() -> None:
    later = Header(7, 71, date(2024, 9, 1))
    other = Header(8, 80, DAY)
    drug = [mention(0, "DRUG", "MTX", concept="methotrexate"), mention(1, "DRUG", "crema")]
    found = treatments.exposures(phenotypes.of_notes([(later, drug), (other, drug), (NOTE, drug)]))
    assert found == [
        treatments.Exposure(7, "methotrexate", DAY, date(2024, 9, 30), 2),
        treatments.Exposure(8, "methotrexate", DAY, date(2024, 4, 8), 1),
    ]


@pytest.mark.parametrize(
    "reaction, count",
    [({}, 1), ({"uncertain": True}, 1), ({"historical": True}, 1), ({"negated": True}, 0), ({"family": True}, 0)],
)
def test_adverse_events(reaction: dict[str, bool], count: int) -> None:
    details = {"certainty": "suspected", "outcome": "resolved", "action": "stopped", "serious": "hospitalisation"}
    caused = (Relation("Adverse_event", 1, "cause", details), Relation("Adverse_event", 5), Relation("Adverse_event", 2))
    mentions = [
        mention(0, "FINDING", "náuseas", concept="sign.nausea", relations=caused, **reaction),
        mention(1, "DRUG", "MTX", codes={"INN": "methotrexate"}, negated=True),
        mention(2, "DOSE", "15 mg"),
    ]
    event = adverse_events.AdverseEvent(7, 70, DAY, 0, 1, "sign.nausea", "methotrexate", "cause", "suspected", "resolved", "stopped", "hospitalisation")
    assert adverse_events.of_note(NOTE, mentions) == [event] * count
