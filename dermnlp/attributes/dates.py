"""Dates, absolute and relative to the note's own, and the mentions that they date."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from spacy.language import Language
from spacy.tokens import Doc, Span

from dermnlp import lexicons
from dermnlp.attributes.date_grammar import BESIDE, HISTORY, ONSET, FoundDate, grammar
from dermnlp.attributes.date_links import DateLinks
from dermnlp.attributes.date_reading import Reader
from dermnlp.attributes.patterns import numbers_of
from dermnlp.extensions import DATES, found
from dermnlp.phrases import visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import folded_of, text_of, words_of

VALUES = ("SCORE", "DOSE", "FREQUENCY")
BEFORE = 6  # words at most between the first word of a date and the one that names its month, day or span
ONLY_BESIDE = (BESIDE, ONSET, HISTORY)


class Dates:
    """Puts the dates in `doc.spans["dates"]` and gives each to the mention that it governs, at most `reach` characters away.

    `day_first` tells by language how days and months in figures are ordered, `capitals` whether names of months have one.
    """

    def __init__(
        self, nlp: Language, name: str, *, day_first: dict[str, bool] | None = None, capitals: dict[str, bool] | None = None, reach: int = 40
    ) -> None:
        self.grammar = grammar(nlp.lang, (day_first or {}).get(nlp.lang, True), lexicons.state())
        self.capitals = (capitals or {}).get(nlp.lang, False)
        self.links = DateLinks(self.grammar, reach)

    def __call__(self, doc: Doc) -> Doc:
        dates = self._dates(doc)
        if dates:
            used = self.links.attach(folded_of(doc), dates, found(doc), sentence_starts(doc))
            dates = [item for number, item in enumerate(dates) if item.role not in ONLY_BESIDE or number in used]
        starts = words_of(doc)[1] if dates else []
        doc.spans[DATES] = [Span(doc, bisect_right(starts, d.start) - 1, bisect_left(starts, d.end), label="DATE") for d in dates]
        doc.user_data["dates"] = dates
        return doc

    def _dates(self, doc: Doc) -> list[FoundDate]:
        """The dates of a text."""
        matches = list(self._matches(doc))
        if not matches:
            return []
        taken = [(mention.start, mention.end) for mention in found(doc) if mention.type in VALUES]
        text, folded = text_of(doc), folded_of(doc)
        return list(Reader(self.grammar, text, folded, doc.user_data.get("note_date"), taken, self.capitals).dates(matches))

    def _matches(self, doc: Doc) -> Iterator[re.Match[str]]:
        """What reads like a date, tried where a number begins, and at the words before and at one that names a month, a day or a span."""
        folded, words, done = folded_of(doc), visible(doc), 0
        look, starts, forms = self.grammar, words.start, words.forms["word"]
        anchors = {number: look.numeric for number in numbers_of(doc) if look.quick.match(folded, number)}
        naming = {bisect_left(starts, number) for number in anchors} | {first for first, _, _ in look.words.find(words)}
        for last in naming:
            for place in range(max(0, last - BEFORE), min(last + 1, len(forms))):
                if forms[place] in look.worded:
                    anchors[starts[place]] = look.worded[forms[place]]
        for anchor in sorted(anchors):
            match = anchors[anchor].match(folded, anchor) if anchor >= done else None
            if match:
                done = match.end()
                yield match
