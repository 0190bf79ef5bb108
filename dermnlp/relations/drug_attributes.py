"""Drug attributes: the dose, route and frequency of each drug."""

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, STAGE, union
from dermnlp.extensions import Found, Link
from dermnlp.tokens import fold, folded_of, split, text_of

WORDS = "dose_words"
BRACKET = re.compile(r"[\s®™]*\(")
CELL = re.compile(r"[|\t]")
ITEM = re.compile(r"[\s:\-–•*]*")
LISTED = re.compile(r"[\s,]*(?:[^\W\d_]{1,4}|[+&])?[\s,]*")
TOUCHING = re.compile(r"[\s(]*")
LONGEST_LINK = 30


class DrugAttributes:
    """Adds Drug_attribute: to the drug that the attribute stands before ("15 mg of"), else to the last one named."""

    def __init__(self, language: str) -> None:
        self.words = _words(language, lexicons.state())

    def add(self, doc: Doc, attributes: list[Found], drugs: list[Found]) -> None:
        """Each dose, route and frequency to its drug."""
        owners = _Owners(doc, drugs, self.words)
        shared = owners.respective(attributes)
        for attribute in attributes:
            owner = shared.get(id(attribute)) or owners.of(attribute)
            for drug in owners.both(attribute, owner) if owner else ():
                drug.relations = (*drug.relations, Link("Drug_attribute", attribute, "relations/nearest_drug"))


class _Owners:
    """Whose the attributes of a Doc are, asked in the order of the text."""

    def __init__(self, doc: Doc, drugs: list[Found], words: "_Words") -> None:
        self.text, self.folded = text_of(doc), folded_of(doc)
        self.drugs, self.words = drugs, words
        self.starts = [drug.start for drug in drugs]
        self.last: tuple[Found, Found] | None = None

    def of(self, attribute: Found) -> Found | None:
        """The drug that an attribute belongs to: the one it stands before, else the last one before it."""
        position = bisect_right(self.starts, attribute.start)
        before = self.drugs[position - 1] if position else None
        after = self.drugs[position] if position < len(self.drugs) else None
        owner = after if after and self._ahead(attribute, before, after) else self._behind(attribute, before, after)
        if owner:
            self.last = (attribute, owner)
        return owner

    def _ahead(self, attribute: Found, before: Found | None, after: Found) -> bool:
        """Whether an attribute belongs to the drug that follows: linked to it, and not touching what is another's."""
        if after.sentence != attribute.sentence or after.start - attribute.end > LONGEST_LINK:
            return False
        between = self.folded[attribute.end : after.start]
        if self._row_of(attribute, before, after):
            return True
        linked = self.words.of.fullmatch(between) or (attribute.type == "ROUTE" and self.words.route.fullmatch(between))
        if not linked:
            return False
        return before is None or bool(between.strip()) or not TOUCHING.fullmatch(self.text, self._end(before), attribute.start)

    def _row_of(self, attribute: Found, before: Found | None, after: Found) -> bool:
        """Whether an attribute stands in a row of a table whose drug follows: "15 mg | methotrexate"."""
        line = self.text.rfind("\n", 0, attribute.start) + 1
        return "\n" not in self.text[attribute.end : after.start] and (before is None or before.start < line) and bool(
            CELL.search(self.text, attribute.end, after.start)
        )

    def _behind(self, attribute: Found, before: Found | None, after: Found | None) -> Found | None:
        """The drug before an attribute when it is near, or the attribute goes on with one of its; else the only one after it."""
        if before is None:
            return after if after and after.sentence == attribute.sentence else None
        before = self._named(before, attribute)
        goes_on = self.last and self.last[1] is before and attribute.sentence - self.last[0].sentence <= 1
        if attribute.sentence - before.sentence <= 1 or (goes_on and self.last and ITEM.fullmatch(self.text, self.last[0].end, attribute.start)):
            return before
        return None

    def _named(self, before: Found, attribute: Found) -> Found:
        """A drug, or the one that the bracket which holds it explains: "methotrexate (Bertanel) 15 mg"."""
        opening = self.text.rfind("(", 0, before.start)
        closing = self.text.find(")", before.end, attribute.start)
        if opening < 0 or closing < 0 or ")" in self.text[opening : before.start]:
            return before
        position = bisect_left(self.starts, opening)
        explained = self.drugs[position - 1] if position else None
        return explained if explained and BRACKET.fullmatch(self.text, explained.end, opening + 1) else before

    def _end(self, before: Found) -> int:
        """Where the last drug ends, with the attributes that follow it."""
        return max(before.end, self.last[0].end) if self.last and self.last[1] is before else before.end

    def both(self, attribute: Found, owner: Found) -> list[Found]:
        """The drugs that share an attribute: two that "both" joins, else its owner alone."""
        if self.words.both.search(self.folded, owner.end, attribute.start) and (position := self.drugs.index(owner)):
            other = self.drugs[position - 1]
            if LISTED.fullmatch(self.text, other.end, owner.start):
                return [other, owner]
        return [owner]

    def respective(self, attributes: list[Found]) -> dict[int, Found]:
        """The owners where as many attributes of a type as drugs are named and then "respectively"."""
        owners: dict[int, Found] = {}
        if not any(word in self.folded for word in self.words.announcing):
            return owners
        for word in self.words.respectively.finditer(self.folded):
            sentence = [each for each in attributes if each.end <= word.start()]
            last = sentence[-1] if sentence else None
            if not last:
                continue
            listed = [each for each in sentence if each.type == last.type and each.sentence == last.sentence]
            drugs = [drug for drug in self.drugs if drug.end <= listed[0].start and drug.sentence == last.sentence]
            if 1 < len(listed) <= len(drugs):
                owners.update(zip(map(id, listed), drugs[-len(listed) :], strict=True))
        return owners


class _Words:
    """The words that link an attribute to its drug, as regular expressions."""

    def __init__(self, language: str) -> None:
        self.of = re.compile(rf"\s+(?:(?:{union(WORDS, language, 'of')})\s+)*")
        self.route = re.compile(rf"\s+(?:{union(WORDS, language, 'with')})\s+")
        self.both = re.compile(rf"{EDGE}(?:{union(WORDS, language, 'both')}){CLOSED}")
        rows = lexicons.terms(STAGE, WORDS, language)
        self.announcing = frozenset(split(fold(row["term"]))[0] for row in rows if row["concept"] == "respectively")
        self.respectively = re.compile(rf"{EDGE}(?:{union(WORDS, language, 'respectively')}){CLOSED}")


@lru_cache(maxsize=8)
def _words(language: str, state: tuple[object, ...]) -> _Words:
    return _Words(language)
