"""Drug attributes: the dose, route and frequency of each drug."""

from bisect import bisect_right

from spacy.tokens import Doc

from dermnlp.extensions import Found, Link
from dermnlp.tokens import text_of

ATTRIBUTE_TYPES = ("DOSE", "ROUTE", "FREQUENCY")


class DrugAttributes:
    """Adds Drug_attribute by nearness; a drug that follows its attribute is taken when at most `ahead` characters lie between."""

    def __init__(self, ahead: int) -> None:
        self.ahead = ahead

    def add(self, doc: Doc, mentions: list[Found], drugs: list[Found]) -> None:
        """Each dose, route and frequency to its drug."""
        starts = [drug.start for drug in drugs]
        for mention in mentions:
            if mention.type in ATTRIBUTE_TYPES:
                position = bisect_right(starts, mention.start)
                before = drugs[position - 1] if position else None
                after = drugs[position] if position < len(drugs) else None
                drug = self._owner(doc, mention, before, after)
                if drug:
                    drug.relations = (*drug.relations, Link("Drug_attribute", mention, "relations/nearest_drug"))

    def _owner(self, doc: Doc, mention: Found, before: Found | None, after: Found | None) -> Found | None:
        """The drug that an attribute belongs to: the one right after it, else the last one before it."""
        if after and (before is None or mention.start - before.end > self.ahead):
            between = text_of(doc)[mention.end : after.start]
            if len(between) <= self.ahead and not set(between) & set(",;\n"):
                return after
        if before and mention.sentence - before.sentence <= 1:
            return before
        return after if after and after.sentence == mention.sentence and before is None else None
