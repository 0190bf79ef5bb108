"""Sets negated, uncertain, historical and family by sections, cues, lists and the tagger."""

import re
from bisect import bisect_right

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.context import rules, scope
from dermnlp.context.decisions import concepts, give, take
from dermnlp.context.rules import DISEASES, HISTORICAL, JUDGED, NEGATED, UNCERTAIN
from dermnlp.context.selection import Selection
from dermnlp.entities.readings import readings
from dermnlp.extensions import Found, found
from dermnlp.mentions import ATTRIBUTED, OTHER, UNTYPED
from dermnlp.phrases import visible
from dermnlp.sections import Section
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import text_of

TREATMENT = "DRUG"
CLAUSE = 60  # characters
CLAUSE_END = re.compile(r"\.(?=\s)|[;\n→]|->")
COPIED = {"copied", "temporality.pathway"}  # the concepts of text from an earlier visit
CONDITIONS = {"uncertainty.if"}
FEW = 2
DOSAGE, NEAR = frozenset({"DOSE", "ROUTE", "FREQUENCY"}), 3
HEAD = "entities/tagger"
NEVER = 1 << 62  # behind every text
NO_SAY = [0.0, 2.0]  # limits that no probability crosses


class Context:
    """Sets negated, uncertain, historical and family on the mentions, each with the cue that decided it.

    `heads` names the attributes in which the tagger has a say, with two limits each: below the first probability what the cues set
    falls, from the second on the attribute is set without a cue.
    """

    def __init__(self, nlp: Language, name: str, *, heads: dict[str, list[float]] | None = None) -> None:
        state = lexicons.state()
        self.phrases, self.joiners, self.listed = rules.cues(nlp.lang, state), rules.joiners(nlp.lang, state), rules.listed(nlp.lang, state)
        joined = "|".join(map(re.escape, sorted(self.joiners)))
        self.between_items = re.compile(rf"(?:\s*\([^()]*\))?(?:\s*[,/+&]\s*|\s+)(?:({joined})\s+)?", re.IGNORECASE)
        self.heads = heads or {}

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        if not mentions:
            return doc
        words, text, sentences = visible(doc), text_of(doc), sentence_starts(doc)
        sections = _places(mentions, sentences, doc.user_data.get("sections", []))
        selection = Selection(self.phrases.find(words), words, sentences, mentions)
        items: dict[str, tuple[Found, int]] = {}
        for mention, section in zip(mentions, sections, strict=True):
            if mention.type in JUDGED:
                if section and section.attributes:
                    _by_section(mention, section, text, selection)
                if mention.sentence in selection.cues:
                    cues = selection.cues[mention.sentence].of(mention)
                    if cues:
                        scope.apply(mention, words, cues, text, self.joiners)
                    self._by_list(mention, items, text)
            elif mention.type in DOSAGE and TREATMENT in items and mention.start - items[TREATMENT][1] <= NEAR:
                items[TREATMENT] = (items[TREATMENT][0], mention.end)
        _by_treatments(mentions, text, selection)
        _settle(mentions)
        self._by_heads(doc, mentions)
        return doc

    def _by_list(self, mention: Found, items: dict[str, tuple[Found, int]], text: str) -> None:
        """What a list says of its first items ("failed A, B and C") it says of the next one of the same type."""
        if mention.type in items:
            item, end = items[mention.type]
            given = [cue for cue in item.cues if cue.rule in self.listed] if item.cues and item.sentence == mention.sentence else []
            between = self.between_items.fullmatch(text, end, mention.start) if given else None
            for cue in given if between else ():
                if (between and between[1]) or self.listed[cue.rule] > FEW:
                    give(mention, cue.attribute, cue.rule, cue.start, cue.end, text)
        items[mention.type] = (mention, mention.end)

    def _by_heads(self, doc: Doc, mentions: list[Found]) -> None:
        """What the tagger thinks of the attributes that `heads` names, where a tagger has read the note."""
        read = readings(doc)
        if read is None or not self.heads:
            return
        for mention in (one for one in mentions if one.type in ATTRIBUTED):
            for attribute, chance in read.chances(mention.start, mention.end).items():
                low, high = self.heads.get(attribute, NO_SAY)
                if chance < low:
                    take(mention, attribute)
                elif chance >= high:
                    give(mention, attribute, HEAD, mention.start, mention.end, text_of(doc))


def _places(mentions: list[Found], sentences: list[int], sections: list[Section]) -> list[Section | None]:
    """Number the sentence of each mention and name its section; gives the sections."""
    ends = iter([section.start for section in sections] + [NEVER])
    follows, end, section, places = iter(sections), next(ends), None, []
    number, numbers = 0, len(sentences)
    for mention in mentions:
        start = mention.start
        while end <= start:
            section, end = next(follows), next(ends)
        while number < numbers and sentences[number] <= start:
            number += 1
        mention.sentence = number - 1
        mention.section = section.concept if section else ""
        places.append(section)
    return places


def _unbroken(start: int, end: int, breaks: list[int]) -> bool:
    return bisect_right(breaks, start) == bisect_right(breaks, end - 1)


def _by_section(mention: Found, section: Section, text: str, selection: Selection) -> None:
    """The attributes that a section gives to its mentions; one of earlier treatments ends where the text comes back to the present."""
    if not section.body <= mention.start < section.scope:
        return
    if not section.types or mention.type in section.types or (mention.type in (UNTYPED, OTHER) and DISEASES & set(section.types)):
        for attribute in section.attributes:
            if attribute != HISTORICAL or not section.types or _unbroken(section.body, mention.start, selection.breaks):
                give(mention, attribute, f"sections/headers:{section.concept}", section.start, section.body, text)


def _by_treatments(mentions: list[Found], text: str, selection: Selection) -> None:
    """What the clause of an ended treatment says of it, its effect or the reason to end it, is past with it."""
    ended: Found | None = None
    for mention in mentions:
        if mention.type == TREATMENT:
            ended = mention if mention.historical and not mention.negated else None
        elif ended and mention.type in DISEASES and not mention.negated and _same_clause(ended.end, mention.start, text, selection):
            cue = next(cue for cue in ended.cues if cue.attribute == HISTORICAL)
            give(mention, HISTORICAL, cue.rule, cue.start, cue.end, text)


def _same_clause(start: int, end: int, text: str, selection: Selection) -> bool:
    return end - start <= CLAUSE and not CLAUSE_END.search(text, start, end) and _unbroken(start, end, selection.breaks)


def _settle(mentions: list[Found]) -> None:
    """What is denied is no longer uncertain; what is denied or a relative's has no history, unless the whole text is an earlier one."""
    for mention in mentions:
        if mention.negated and mention.uncertain:
            take(mention, NEGATED if concepts(mention, UNCERTAIN) & CONDITIONS else UNCERTAIN)
        if mention.historical and (mention.negated or mention.family) and not concepts(mention, HISTORICAL) & COPIED:
            take(mention, HISTORICAL)
