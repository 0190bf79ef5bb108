"""Adverse events: a reaction of the patient and the drug that the note blames for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dermnlp.mentions import Mention
from dermnlp.records.record import Header, key

DETAILS = ("certainty", "outcome", "action", "serious")


@dataclass(frozen=True, slots=True)
class AdverseEvent:
    """A reaction and its drug: the indices of both mentions, their concepts, the rule that joined them, and what else is written.

    `certainty` is stated, suspected or not_excluded; `outcome`, `action` and `serious` are empty where nothing is written.
    """

    person_id: int
    note_id: int
    date: date
    reaction: int
    drug: int
    reaction_concept: str
    drug_concept: str
    rule: str
    certainty: str = ""
    outcome: str = ""
    action: str = ""
    serious: str = ""


def of_note(header: Header, mentions: Sequence[Mention]) -> list[AdverseEvent]:
    """The adverse events of a note in the order of the text; a denied reaction or one of a relative is none."""
    by_index = {mention.index: mention for mention in mentions}
    return [
        AdverseEvent(
            header.person_id,
            header.note_id,
            header.date,
            mention.index,
            drug.index,
            key(mention),
            key(drug),
            relation.rule,
            *(relation.details.get(name, "") for name in DETAILS),
        )
        for mention in sorted(mentions, key=lambda item: item.index)
        for relation in mention.relations
        if relation.type == "Adverse_event" and not (mention.negated or mention.family)
        if (drug := by_index.get(relation.target)) and drug.type == "DRUG"
    ]
