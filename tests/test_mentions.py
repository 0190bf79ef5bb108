"""Mentions: what a Doc says, and the round trip through Arrow."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.language import Language

from dermnlp.mentions import SCHEMA, TYPES, Cue, Event, Mention, Relation, from_batch, from_doc, to_batch

BARE = Mention("n1", 0, "DIAGNOSIS", 0, 9, "psoriasis")
FULL = Mention(
    note_id="ñ😀\x00",
    index=3,
    type="FINDING",
    start=4,
    end=7,
    text="a\r\nb",
    language="es",
    section="plan",
    sentence=2,
    negated=True,
    uncertain=True,
    historical=True,
    family=True,
    concept="sign.a",
    codes={"ICD10CM": "L40.0", "OMOP": "1"},
    scale="PASI",
    value="<3",
    unit="%",
    date="2021-03",
    source="lexicon",
    rule="entities/findings",
    confidence=0.5,
    cues=(Cue("Negated", "context/negation:before", 0, 3), Cue("Family", "sections/headers:af", 5, 6)),
    relations=(Relation("Adverse_event", 0, "relations/x:cause", {"certainty": "stated"}), Relation("Drug_attribute", 1)),
    details={"severity": "mild", "course": "flare"},
    events=(Event("stopped", 0, 3, "relations/x:stop", "2021-03", "adverse_event", 4, 9), Event("switched", 0, 3, other=2)),
)


@pytest.mark.parametrize("mentions", [[], [BARE], [FULL], [BARE, FULL, BARE]])
def test_round_trip_through_arrow(mentions: list[Mention]) -> None:
    batch = to_batch(mentions)
    assert batch.schema == SCHEMA
    assert batch.num_rows == len(mentions)
    assert list(from_batch(batch)) == mentions


def test_round_trip_through_a_stream_of_arrow() -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, SCHEMA) as writer:
        writer.write_batch(to_batch([BARE, FULL]))
    batches = list(pa.ipc.open_stream(sink.getvalue()))
    assert [mention for batch in batches for mention in from_batch(batch)] == [BARE, FULL]


TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
DETAILS = st.dictionaries(TEXT, TEXT, max_size=3)
MENTIONS = st.builds(
    Mention,
    note_id=TEXT,
    index=st.integers(0, 2**31 - 1),
    type=st.sampled_from(TYPES),
    start=st.integers(0, 2**31 - 1),
    end=st.integers(0, 2**31 - 1),
    text=TEXT,
    negated=st.booleans(),
    codes=st.dictionaries(TEXT, TEXT, max_size=3),
    confidence=st.floats(0, 1, width=32),
    cues=st.lists(st.builds(Cue, TEXT, TEXT, st.integers(0, 99), st.integers(0, 99)), max_size=3).map(tuple),
    relations=st.lists(st.builds(Relation, TEXT, st.integers(0, 99), TEXT, DETAILS), max_size=3).map(tuple),
    details=DETAILS,
    events=st.lists(st.builds(Event, TEXT, st.integers(0, 99), st.integers(0, 99), TEXT, TEXT, TEXT), max_size=3).map(tuple),
)


@given(st.lists(MENTIONS, max_size=5))
@settings(max_examples=100, deadline=None)
def test_any_mentions_come_back_from_arrow(mentions: list[Mention]) -> None:
    assert list(from_batch(to_batch(mentions))) == mentions


@pytest.mark.parametrize(
    "mention, attributes", [(BARE, ()), (FULL, ("Negated", "Uncertain", "Historical", "Family"))]
)
def test_attributes(mention: Mention, attributes: tuple[str, ...]) -> None:
    assert mention.attributes == attributes


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        (
            "es",
            "Niega psoriasis.",
            [
                Mention(
                    "n7", 0, "DIAGNOSIS", 6, 15, "psoriasis", "es",
                    negated=True, concept="psoriasis", codes={"ICD10CM": "L40.9"}, source="lexicon", rule="entities/skin_diseases",
                    cues=(Cue("Negated", "context/negation:negation.before", 0, 5),),
                )
            ],
        ),
        (
            "en",
            "BSA: 15%. Methotrexate 15 mg.",
            [
                Mention("n7", 0, "SCORE", 0, 8, "BSA: 15%", "en", scale="BSA", value="15", unit="%", source="rule", rule="attributes/scores"),
                Mention(
                    "n7", 1, "DRUG", 10, 22, "Methotrexate", "en", sentence=1, concept="methotrexate",
                    codes={"INN": "methotrexate", "OMOP": "1305058"}, source="lexicon", rule="entities/drugs",
                    relations=(Relation("Drug_attribute", 2, "relations/nearest_drug"),),
                ),
                Mention("n7", 2, "DOSE", 23, 28, "15 mg", "en", sentence=1, source="rule", rule="attributes/doses"),
            ],
        ),
        ("es", "", []),
    ],
)  # fmt: skip
def test_from_doc(nlp: dict[str, Language], lang: str, text: str, expected: list[Mention]) -> None:
    assert from_doc(nlp[lang](text), "n7") == expected


def test_mentions_are_free_of_spacy() -> None:
    code = "import sys, dermnlp.mentions; print('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
