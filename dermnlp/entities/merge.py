"""Who wins where candidates overlap: lesion nouns grow over their adjectives, then the longest mention stays."""

import re
from bisect import bisect_left, bisect_right

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.entities.agreement import SOURCE, Agreement, Limits
from dermnlp.entities.compounds import Compounds
from dermnlp.entities.matcher import BARE, HEAD, MODIFIER
from dermnlp.entities.readings import readings
from dermnlp.extensions import Found, candidates, publish
from dermnlp.tokens import text_of

SITE = "BODY_SITE"
SITED, BARE_SITED = "sited", "bare_sited"
HEADS, BARES, WITH_SITE = (HEAD, BARE, SITED, BARE_SITED), (BARE, BARE_SITED), (SITED, BARE_SITED)
LONGEST_GAP = 30
JOINER = r"\s+|\s*[-,/]\s*"


class Chain:
    """The modifiers of a text by where they begin and end, the longest where several do."""

    def __init__(self, modifiers: list[Found]) -> None:
        ordered = sorted(modifiers, key=lambda m: m.end - m.start)
        self.end_of = {modifier.start: modifier.end for modifier in ordered}
        self.start_of = {modifier.end: modifier.start for modifier in ordered}
        self.starts = sorted(self.end_of)
        self.ends = sorted(self.start_of)


class Merge:
    """Decides between the candidates and publishes the mentions.

    `lengthen` maps a topic of MODIFIERs to the type it lengthens; `side` says, by language, on which side of the noun they stand, and
    `joiners`, by type and language, what may join them; types of `before_all` win against longer ones; a body site may nest in the types of `nests`.
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
        before_all: list[str] | None = None,
        nests: list[str] | None = None,
        add: dict[str, float] | None = None,
        redraw: dict[str, float] | None = None,
        shorten: dict[str, float] | None = None,
        retype: dict[str, float] | None = None,
        doubt: dict[str, float] | None = None,
    ) -> None:
        self.lengthen = lengthen or {}
        self.side = (side or {}).get(nlp.lang, "both")
        self.joiners = {type_: re.compile(by_language.get(nlp.lang, JOINER)) for type_, by_language in (joiners or {}).items()}
        self.gap = re.compile(r"[^\S\n]+|[^\S\n]*-[^\S\n]*|[^\S\n]*\n[^\S\n]*")
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
        kept = self._longest([c for c in mentions if c.type != SITE and c.role not in BARES])
        sites = self._longest([c for c in mentions if c.type == SITE and c.role not in BARES])
        settled = [*kept, *self._outside(sites, kept)]
        read = readings(doc)
        if read:
            settled = self.agreement.settle(settled, [c for c in proposed if c.source == SOURCE], read.support)
        publish(doc, settled)
        return doc

    def _lengthen(self, text: str, mentions: list[Found], modifiers: list[Found]) -> None:
        """Grow body sites, then heads over the site and the modifiers that touch them; a bare head that grows becomes a mention."""
        for topic, type_ in sorted(self.lengthen.items(), key=lambda pair: pair[1] != SITE):
            chain = Chain([m for m in modifiers if m.rule.endswith(f"/{topic}")])
            sites = Chain([] if type_ == SITE else [m for m in mentions if m.type == SITE])
            joiner = self.joiners.get(type_) or re.compile(JOINER)
            for mention in mentions:
                if mention.type == type_ and (type_ == SITE or mention.role in HEADS):
                    self._grow(text, mention, chain, sites, joiner)

    def _grow(self, text: str, mention: Found, chain: Chain, sites: Chain, joiner: re.Pattern[str]) -> None:
        """Lengthen one mention over what touches it on the side(s) where the language puts it."""
        first, last = mention.start, mention.end
        sited = mention.role in WITH_SITE
        if self.side in ("after", "both"):
            site = self._next(text, last, sites, self.gap) if sited else None
            mention.end = site if site and mention.role == SITED else self._right(text, site or last, chain, joiner)
        if self.side in ("before", "both"):
            site = self._previous(text, first, sites, self.gap) if sited else None
            mention.start = site if site is not None and mention.role == SITED else self._left(text, first if site is None else site, chain, joiner)
        if mention.role in BARES and (first, last) != (mention.start, mention.end):
            mention.role = HEAD

    def _right(self, text: str, end: int, chain: Chain, joiner: re.Pattern[str]) -> int:
        """The end of the chain of modifiers that begins at `end`."""
        gap = joiner if end in chain.start_of else self.gap
        while (further := self._next(text, end, chain, gap)) is not None:
            end, gap = further, joiner
        return end

    def _next(self, text: str, end: int, chain: Chain, gap: re.Pattern[str]) -> int | None:
        """The end of the link that begins after `end` with such a gap between."""
        near = chain.starts[bisect_right(chain.starts, end) : bisect_left(chain.starts, end + LONGEST_GAP)]
        return next((chain.end_of[at] for at in near if gap.fullmatch(text, end, at)), None)

    def _left(self, text: str, start: int, chain: Chain, joiner: re.Pattern[str]) -> int:
        """The start of the chain of modifiers that ends at `start`."""
        gap = self.gap
        while (further := self._previous(text, start, chain, gap)) is not None:
            start, gap = further, joiner
        return start

    def _previous(self, text: str, start: int, chain: Chain, gap: re.Pattern[str]) -> int | None:
        """The start of the link that ends before `start` with such a gap between."""
        near = chain.ends[bisect_right(chain.ends, start - LONGEST_GAP) : bisect_left(chain.ends, start)]
        return next((chain.start_of[at] for at in reversed(near) if gap.fullmatch(text, at, start)), None)

    def _longest(self, mentions: list[Found]) -> list[Found]:
        """The mentions left when each gives way to any that ranks higher: type, length, confidence, place."""
        rank = self.before_all
        last = len(rank)
        order = sorted(mentions, key=lambda m: (rank.get(m.type, last), m.start - m.end, -m.confidence, m.start))
        starts: list[int] = []
        ends: list[int] = []
        kept = []
        for mention in order:
            position = bisect_left(starts, mention.end)
            if not position or ends[position - 1] <= mention.start:
                starts.insert(position, mention.start)
                ends.insert(position, mention.end)
                kept.append(mention)
        return kept

    def _outside(self, sites: list[Found], kept: list[Found]) -> list[Found]:
        """The body sites that overlap nothing, or lie within a type that they may nest in."""
        owners = sorted(kept, key=lambda m: m.start)
        starts = [owner.start for owner in owners]
        return [site for site in sites if self._fits(site, owners, bisect_left(starts, site.end))]

    def _fits(self, site: Found, owners: list[Found], position: int) -> bool:
        """Whether a body site may stand beside the last mention that begins before its end."""
        owner = owners[position - 1] if position else None
        if owner is None or owner.end <= site.start:
            return True
        inside = owner.start <= site.start and site.end <= owner.end and owner.end - owner.start > site.end - site.start
        return inside and owner.type in self.nests
