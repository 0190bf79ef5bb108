"""Who wins where candidates overlap: lesion nouns grow over their adjectives, then the longest mention stays."""

import re
from bisect import bisect_left, bisect_right
from operator import attrgetter

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.entities.agreement import SOURCE, Agreement, Limits
from dermnlp.entities.compounds import Compounds
from dermnlp.entities.matcher import BARE, HEAD, MODIFIER, STAGE
from dermnlp.entities.parts import PART, REGION, Parts
from dermnlp.entities.readings import readings
from dermnlp.extensions import Found, candidates, publish
from dermnlp.tokens import text_of

SITE = "BODY_SITE"
SITED, BARE_SITED, SYMPTOM = "sited", "bare_sited", "symptom"
HEADS, BARES, WITH_SITE = (HEAD, BARE, SITED, BARE_SITED), (BARE, BARE_SITED), (SITED, BARE_SITED)
LONGEST_GAP = 30
GAP = re.compile(r"[^\S\n]+|[^\S\n]*-[^\S\n]*|[^\S\n]*\n[^\S\n]*")
START = attrgetter("start")
JOINER = r"\s+|\s*[-,/]\s*"


class Chain:
    """What may stand beside a noun, by where it begins and ends, the longest where several do, and what may join two of them."""

    def __init__(self, links: list[Found], joiner: re.Pattern[str] = GAP) -> None:
        ordered = sorted(links, key=lambda link: link.end - link.start)
        self.end_of = {link.start: link.end for link in ordered}
        self.start_of = {link.end: link.start for link in ordered}
        self.starts = sorted(self.end_of)
        self.ends = sorted(self.start_of)
        self.joiner = joiner

    def next(self, text: str, end: int, gap: re.Pattern[str] = GAP) -> int | None:
        """The end of the link that begins after `end` with such a gap between."""
        for place in range(bisect_right(self.starts, end), len(self.starts)):
            at = self.starts[place]
            if at >= end + LONGEST_GAP:
                break
            if gap.fullmatch(text, end, at):
                return self.end_of[at]
        return None

    def previous(self, text: str, start: int, gap: re.Pattern[str] = GAP) -> int | None:
        """The start of the link that ends before `start` with such a gap between."""
        for place in range(bisect_left(self.ends, start) - 1, -1, -1):
            at = self.ends[place]
            if at <= start - LONGEST_GAP:
                break
            if gap.fullmatch(text, at, start):
                return self.start_of[at]
        return None

    def right(self, text: str, end: int, gap: re.Pattern[str] = GAP) -> int:
        """The end of the links that follow `end` one after another; a link that only began before `end` counts whole."""
        end = max(end, self.end_of.get(self.start_of.get(end, -1), end))
        while (further := self.next(text, end, gap)) is not None:
            end, gap = further, self.joiner
        return end

    def left(self, text: str, start: int) -> int:
        """The start of the links that precede `start` one after another; a link that only ends after `start` counts whole."""
        start, gap = min(start, self.start_of.get(self.end_of.get(start, -1), start)), GAP
        while (further := self.previous(text, start, gap)) is not None:
            start, gap = further, self.joiner
        return start


class Merge:
    """Decides between the candidates and publishes the mentions.

    `lengthen` maps a topic of MODIFIERs to the type it lengthens; `side` says, by language, on which side of the noun they stand, and
    `joiners`, by type and language, what may join them; `of` links a part to its body site; types of `before_all` win against longer ones; a body
    site may nest in the types of `nests`.
    `add`, `redraw`, `shorten`, `retype` and `doubt` are the limits of `dermnlp.entities.agreement`.
    """

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        lengthen: dict[str, str] | None = None,
        side: dict[str, str] | None = None,
        joiners: dict[str, dict[str, str]] | None = None,
        of: dict[str, str] | None = None,
        before_all: list[str] | None = None,
        nests: list[str] | None = None,
        add: dict[str, float] | None = None,
        redraw: dict[str, float] | None = None,
        shorten: dict[str, float] | None = None,
        retype: dict[str, float] | None = None,
        doubt: dict[str, float] | None = None,
    ) -> None:
        self.side = (side or {}).get(nlp.lang, "both")
        named = {type_: re.compile(by_language.get(nlp.lang, JOINER), re.IGNORECASE) for type_, by_language in (joiners or {}).items()}
        by_type = [(f"{STAGE}/{topic}", type_, named.get(type_) or re.compile(JOINER)) for topic, type_ in (lengthen or {}).items()]
        self.lengthen = sorted(by_type, key=lambda growth: growth[1] != SITE)
        self.of = re.compile(of[nlp.lang], re.IGNORECASE) if of and nlp.lang in of else None
        self.before_all = {type_: rank for rank, type_ in enumerate(before_all or [])}
        self.nests = frozenset(nests or ["FINDING"])
        limits = Limits(add or {}, redraw or {}, shorten or {}, retype or {}, doubt or {})
        self.agreement = Agreement(limits, site=SITE, nested=self.nests)
        self.compounds = Compounds(nlp.lang)

    def __call__(self, doc: Doc) -> Doc:
        proposed = [*candidates(doc), *self.compounds.find(doc)]
        modifiers = [c for c in proposed if c.type == MODIFIER]
        mentions = [c for c in proposed if c.type != MODIFIER and c.source != SOURCE]
        self._lengthen(text_of(doc), mentions, modifiers)
        sites = self._longest([c for c in mentions if c.type == SITE])
        kept = self._longest(_no_sites([c for c in mentions if c.type != SITE and c.role not in BARES], sites))
        settled = [*kept, *self._outside(sites, kept)]
        read = readings(doc)
        if read:
            settled = self.agreement.settle(settled, [c for c in proposed if c.source == SOURCE], read.support)
        publish(doc, settled)
        return doc

    def _lengthen(self, text: str, mentions: list[Found], modifiers: list[Found]) -> None:
        """Grow body sites, then heads over the site and the modifiers that touch them."""
        by_topic: dict[str, list[Found]] = {}
        for modifier in modifiers:
            by_topic.setdefault(modifier.rule, []).append(modifier)
        for topic, type_, joiner in self.lengthen:
            own = by_topic.get(topic, [])
            grow = [m for m in mentions if m.type == type_ and (type_ == SITE or m.role in HEADS)]
            sited = type_ != SITE and any(m.role in WITH_SITE for m in grow)
            beside = [m for m in own if self._belongs(text, m)] if self.side == "after" else own
            if grow and (beside or sited):
                chain, sites = Chain(beside, joiner), Chain([m for m in mentions if m.type == SITE] if sited else [])
                for mention in grow if chain.starts or sites.starts else ():
                    self._grow(text, mention, chain, sites)
            if type_ == SITE and own and grow:
                parts = Parts(own, self.of)
                for mention in grow:
                    mention.start = parts.start(text, mention.start)

    def _belongs(self, text: str, modifier: Found) -> bool:
        """Whether a modifier may lengthen a noun: one that stands after it begins no site of its own and lists no symptom."""
        listed = modifier.role == SYMPTOM and text[max(0, modifier.start - 2) : modifier.start].rstrip().endswith(",")
        return modifier.role not in (PART, REGION) and not listed

    def _grow(self, text: str, mention: Found, chain: Chain, sites: Chain) -> None:
        """Lengthen one mention on the side(s) where the language puts what belongs to it; a bare head that grows becomes a mention."""
        first, last = mention.start, mention.end
        sited, then_modifiers = mention.role in WITH_SITE, mention.role != SITED
        if self.side in ("after", "both"):
            site = sites.next(text, last) if sited else None
            gap = chain.joiner if mention.type != SITE and last in chain.start_of else GAP
            mention.end = chain.right(text, site or last, gap) if then_modifiers or site is None else site
        if self.side in ("before", "both"):
            site = sites.previous(text, first) if sited else None
            mention.start = chain.left(text, first if site is None else site) if then_modifiers or site is None else site
        if mention.role in BARES and (first, last) != (mention.start, mention.end):
            mention.role = HEAD

    def _longest(self, mentions: list[Found]) -> list[Found]:
        """The mentions left when each gives way to any that it overlaps and that ranks higher: type, length, confidence, place."""
        kept: list[Found] = []
        rivals: list[Found] = []
        reach = -1
        for mention in sorted(mentions, key=START):
            if mention.start >= reach:
                kept += rivals if len(rivals) < 2 else self._winners(rivals)
                rivals = []
            rivals.append(mention)
            if mention.end > reach:
                reach = mention.end
        return kept + self._winners(rivals)

    def _winners(self, rivals: list[Found]) -> list[Found]:
        """Of mentions that overlap one another, those that give way to none."""
        rank = self.before_all
        last = len(rank)
        kept: list[Found] = []
        for mention in sorted(rivals, key=lambda m: (rank.get(m.type, last), m.start - m.end, -m.confidence, m.start)):
            if all(mention.end <= other.start or other.end <= mention.start for other in kept):
                kept.append(mention)
        return kept

    def _outside(self, sites: list[Found], kept: list[Found]) -> list[Found]:
        """The body sites that overlap nothing, or lie within a type that they may nest in."""
        owners = sorted(kept, key=START)
        starts = [owner.start for owner in owners]
        return [site for site in sites if self._fits(site, owners, bisect_left(starts, site.end))]

    def _fits(self, site: Found, owners: list[Found], position: int) -> bool:
        """Whether a body site may stand beside the last mention that begins before its end."""
        owner = owners[position - 1] if position else None
        if owner is None or owner.end <= site.start:
            return True
        inside = owner.start <= site.start and site.end <= owner.end and owner.end - owner.start > site.end - site.start
        return inside and owner.type in self.nests


def _no_sites(mentions: list[Found], sites: list[Found]) -> list[Found]:
    """The mentions without the lesion nouns that are part of a body site's name ("surco submamario")."""
    if not sites or not any(m.role in HEADS for m in mentions):
        return mentions
    names = Chain(sites)
    return [m for m in mentions if m.role not in HEADS or not _inside(m, names)]


def _inside(mention: Found, names: Chain) -> bool:
    """Whether a mention lies in the last name that begins before it."""
    position = bisect_right(names.starts, mention.start)
    return position > 0 and names.end_of[names.starts[position - 1]] >= mention.end
