"""Body sites: their side, and the diseases, signs and procedures that are located at them."""

import re
from bisect import bisect_right
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, STAGE, union
from dermnlp.extensions import Found, Link, found
from dermnlp.mentions import LOCATED_AT
from dermnlp.phrases import Phrases, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import fold_in_place, folded_of, split

LATERALITY, LOCATIONS = "laterality", "locations"
SITE = "BODY_SITE"
LOCATED = ("DIAGNOSIS", "FINDING", "PROCEDURE")
PASSED = ("SCORE",)
BOTH = "bilateral"
RULE = "attributes/locations"
LIST_SIGNS = r"[\s,/&+]*"
HEAD = re.compile(r"\s*(?::|[-–]\s|=|\.-)\s*")
PART = re.compile(r"[.;:\n!?|]")
WORD = re.compile(r"[^\W\d_]+")
LONGEST_GAP = 70
MOST_WORDS = 3
Group = list[Found]
"""Body sites that are named together, in the order of the text."""


class BodySites:
    """Writes the laterality of body sites into their details, and links to them what the note locates there."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        mentions = found(doc)
        sites = [mention for mention in mentions if mention.type == SITE]
        if not sites:
            return doc
        folded, starts = folded_of(doc), sentence_starts(doc)
        self._sides(doc, sites)
        wanted = {site.sentence for site in sites}.intersection([mention.sentence for mention in mentions if mention.type in LOCATED])
        by_sentence: dict[int, list[Found]] = {number: [] for number in sorted(wanted)}
        for mention in mentions:
            if mention.sentence in wanted and mention.type not in PASSED:
                by_sentence[mention.sentence].append(mention)
        for number, own in by_sentence.items():
            self._locate(folded, own, starts[number])
        return doc

    def _sides(self, doc: Doc, sites: list[Found]) -> None:
        """The side of each body site by the words in it, else by "both" and the like beside it."""
        words, folded, starts = visible(doc), folded_of(doc), [site.start for site in sites]
        for first, last, side in self.grammar.sides.find(words):
            start, end = words.start[first], words.start[last] + len(words.raw[last])
            position = bisect_right(starts, start)
            before, after = sites[position - 1] if position else None, sites[position] if position < len(sites) else None
            if before and end <= before.end:
                before.details["laterality"] = side if before.details.get("laterality", side) == side else BOTH
            elif side == BOTH:
                if after and after.start - end < 24 and self.grammar.det.fullmatch(folded, end, after.start):
                    after.details["laterality"] = side
                elif before and start >= before.end and not folded[before.end : start].strip(" ,("):
                    before.details.setdefault("laterality", side)

    def _locate(self, folded: str, mentions: list[Found], low: int) -> None:
        """Link the mentions of a sentence to its body sites: nested ones, those named behind, those named before."""
        outer = _outermost(mentions)
        if len(outer) < len(mentions):
            _link_nested(mentions)
        groups = self._groups(folded, outer)
        for first, group in [(first, group) for first, group in groups if not self._behind(folded, outer, first, group)]:
            self._before(folded, outer, first + len(group), group, low)

    def _groups(self, folded: str, outer: list[Found]) -> list[tuple[int, Group]]:
        """The body sites that stand in one list, with the position of the first."""
        groups: list[tuple[int, Group]] = []
        goes_on = False
        for position, mention in enumerate(outer):
            if mention.type != SITE:
                goes_on = False
            elif goes_on and self.grammar.list.fullmatch(folded, outer[position - 1].end, mention.start):
                groups[-1][1].append(mention)
            else:
                groups.append((position, [mention]))
                goes_on = True
        return groups

    def _behind(self, folded: str, outer: list[Found], position: int, group: Group) -> bool:
        """Whether what stands before the sites is located there: "plaques and papules on the elbows and knees"."""
        last = outer[position - 1] if position else None
        if last is None or last.type not in LOCATED or not self._leads(folded[last.end : group[0].start]):
            return False
        _link(last, group)
        named = folded[last.end : group[0].start].strip()  # an adjective beside its noun ("úlceras orales") is of that noun alone
        for mention in reversed(outer[: position - 1] if named else ()):
            if not _alike(mention, last) or _located(mention) or not self.grammar.together.fullmatch(folded, mention.end, last.start):
                break
            _link(mention, group)
            last = mention
        return True

    def _leads(self, gap: str) -> bool:
        """Whether the text from a mention to the sites behind it says that it is there."""
        if len(gap) > LONGEST_GAP or gap == " ":
            return gap == " "
        word = (gap.rsplit(None, 1) or ("",))[-1]
        if not word:
            return not PART.search(gap)
        if (word if word.isalpha() else split(gap)[-1]) not in self.grammar.last or PART.search(gap):
            return False
        place = self.grammar.place.search(gap)
        if not place or "," in gap[place.start() :].strip():
            return False
        return len(WORD.findall(self.grammar.small.sub(" ", gap[: place.start()]))) <= MOST_WORDS

    def _before(self, folded: str, outer: list[Found], position: int, group: Group, low: int) -> None:
        """Locate what stands behind the sites: "scalp: scaling", "elbows with plaques", "on the trunk there are papules"."""
        first = outer[position] if position < len(outer) else None
        if first is None or first.type not in LOCATED or _located(first):
            return
        start = group[-1].end
        if first.start - start > LONGEST_GAP:
            return
        gap = folded[start : first.start]
        heads = HEAD.match(gap)
        rest = gap[heads.end() :] if heads else gap
        if not heads and not self.grammar.showing.issuperset(WORD.findall(rest)):
            return
        if PART.search(rest) or len(WORD.findall(self.grammar.shows.sub(" ", rest))) > (MOST_WORDS if heads else 0):
            return
        if "," in rest and not heads and not self.grammar.place.search(folded[low : group[0].start]):
            return
        _link(first, group)
        for mention in outer[position + 1 :]:
            if not _alike(mention, first) or _located(mention) or not self.grammar.together.fullmatch(folded, first.end, mention.start):
                break
            _link(mention, group)
            first = mention


def _outermost(mentions: list[Found]) -> list[Found]:
    """The mentions that nest in no other."""
    outer, reach = [], -1
    for mention in mentions:
        if mention.start >= reach:
            reach = mention.end
            outer.append(mention)
    return outer


def _link_nested(mentions: list[Found]) -> None:
    """Link the mentions to the body sites inside them."""
    sites = [mention for mention in mentions if mention.type == SITE]
    for mention in mentions:
        if mention.type in LOCATED:
            inside = [site for site in sites if mention.start <= site.start and site.end <= mention.end]
            if inside:
                _link(mention, inside)


def _alike(one: Found, other: Found) -> bool:
    """Whether two mentions are both of what the patient has, or both of what is done."""
    return one.type in LOCATED and (one.type == "PROCEDURE") == (other.type == "PROCEDURE")


def _located(mention: Found) -> bool:
    return any(link.type == LOCATED_AT for link in mention.relations)


def _link(mention: Found, sites: list[Found]) -> None:
    """Located_at from a mention to each site."""
    mention.relations = (*mention.relations, *(Link(LOCATED_AT, site, RULE) for site in sites))


class _Grammar:
    """The regular expressions of a language over folded text."""

    def __init__(self, language: str) -> None:
        words = {concept: union(LOCATIONS, language, concept) for concept in lexicons.concepts(STAGE, LOCATIONS)}
        sides = {side: union(LATERALITY, language, side) for side in lexicons.concepts(STAGE, LATERALITY)}
        any_side = "|".join(sides.values())
        rows = (row for row in lexicons.terms(STAGE, LATERALITY, language) if row["concept"] in sides)
        self.sides = Phrases(language, ((row["term"], "word", row["concept"]) for row in rows))
        self.det = re.compile(rf"\s+(?:(?:{words['joint']})\s+)?")
        self.list = re.compile(rf"{LIST_SIGNS}(?:(?:{words['joint']}|{any_side}){CLOSED}{LIST_SIGNS}){{0,3}}")
        self.together = re.compile(rf"[\s,/]*(?:(?:{words['together']}|{words['before']}){CLOSED}\s*){{0,2}}")
        self.place = re.compile(rf"{EDGE}(?:{words['place']})(?:\s+(?:{any_side}|{words['joint']}))*\s*\Z")
        placing = (row for row in lexicons.terms(STAGE, LOCATIONS, language) if row["concept"] in ("place", "joint"))
        self.last = frozenset(split(fold_in_place(row["term"]))[-1] for row in (*placing, *lexicons.terms(STAGE, LATERALITY, language)))
        self.small = re.compile(rf"{EDGE}(?:{words['place']}){CLOSED}")
        showing = (row for row in lexicons.terms(STAGE, LOCATIONS, language) if row["concept"] in ("before", "after"))
        self.showing = frozenset(word for row in (*showing, *lexicons.terms(STAGE, LATERALITY, language)) for word in WORD.findall(fold_in_place(row["term"])))
        self.shows = re.compile(rf"{EDGE}(?:{words['before']}|{words['after']}|{any_side}){CLOSED}")


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> _Grammar:
    """The grammar of a language from the rows."""
    return _Grammar(language)
