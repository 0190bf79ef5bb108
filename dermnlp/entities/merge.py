"""Who wins where candidates overlap: lesion nouns grow over their adjectives, then the longest mention stays."""

import re
from collections import defaultdict
from collections.abc import Iterable

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.entities.matcher import BARE, HEAD, MODIFIER
from dermnlp.extensions import Found, candidates, publish
from dermnlp.tokens import text_of

SITE = "BODY_SITE"


class Merge:
    """Decides between the candidates and publishes the mentions.

    `lengthen` maps a topic of MODIFIERs to the type it lengthens; `side` and `joiners` say, by language, on which side of the noun
    they stand and what may join them; types of `before_all` win against longer ones; a body site may nest in the types of `nests`.
    """

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        lengthen: dict[str, str] | None = None,
        side: dict[str, str] | None = None,
        joiners: dict[str, str] | None = None,
        before_all: list[str] | None = None,
        nests: list[str] | None = None,
    ) -> None:
        self.lengthen = lengthen or {}
        self.side = (side or {}).get(nlp.lang, "both")
        self.joiner = re.compile((joiners or {}).get(nlp.lang, r"\s+|\s*[-,/]\s*"))
        self.gap = re.compile(r"\s+|\s*-\s*")
        self.before_all = {type_: rank for rank, type_ in enumerate(before_all or [])}
        self.nests = set(nests or ["FINDING"])

    def __call__(self, doc: Doc) -> Doc:
        proposed = candidates(doc)
        modifiers = [c for c in proposed if c.type == MODIFIER]
        mentions = [c for c in proposed if c.type != MODIFIER]
        self._lengthen(text_of(doc), mentions, modifiers)
        kept = self._longest([c for c in mentions if c.type != SITE and c.role != BARE])
        sites = self._longest([c for c in mentions if c.type == SITE and c.role != BARE])
        publish(doc, [*kept, *self._outside(sites, kept)])
        return doc

    def _lengthen(self, text: str, mentions: list[Found], modifiers: list[Found]) -> None:
        """Grow heads and body sites over the modifiers that touch them; a bare head that grows becomes a mention."""
        for topic, type_ in self.lengthen.items():
            own = [m for m in modifiers if m.rule.endswith(f"/{topic}")]
            if not own:
                continue
            ends, starts = _by(own, "start"), _by(own, "end")
            for mention in mentions:
                if mention.type == type_ and (type_ == SITE or mention.role in (HEAD, BARE)):
                    self._grow(text, mention, ends, starts)

    def _grow(self, text: str, mention: Found, by_start: dict[int, Found], by_end: dict[int, Found]) -> None:
        """Lengthen one mention over adjacent modifiers on the side(s) where the language puts them."""
        first, last = mention.start, mention.end
        if self.side in ("after", "both"):
            mention.end = self._right(text, mention.end, by_start)
        if self.side in ("before", "both"):
            mention.start = self._left(text, mention.start, by_end)
        if mention.role == BARE and (first, last) != (mention.start, mention.end):
            mention.role = HEAD

    def _right(self, text: str, end: int, by_start: dict[int, Found]) -> int:
        """The end of the chain of modifiers that begins at `end`."""
        gap = self.gap
        while match := gap.match(text, end):
            modifier = by_start.get(match.end())
            if modifier is None and gap is self.joiner:
                break
            if modifier is None:
                joined = self.joiner.match(text, end)
                modifier = by_start.get(joined.end()) if joined else None
            if modifier is None or "\n\n" in match.group():
                break
            end, gap = modifier.end, self.joiner
        return end

    def _left(self, text: str, start: int, by_end: dict[int, Found]) -> int:
        """The start of the chain of modifiers that ends at `start`."""
        gap = self.gap
        while True:
            before = max((m for m in gap.finditer(text, max(0, start - 8), start) if m.end() == start), key=lambda m: -m.start(), default=None)
            modifier = by_end.get(before.start()) if before and "\n\n" not in before.group() else None
            if modifier is None:
                return start
            start, gap = modifier.start, self.joiner

    def _longest(self, mentions: list[Found]) -> list[Found]:
        """The mentions left when each gives way to any that ranks higher: type, length, confidence, place."""
        rank = self.before_all
        last = len(rank)
        order = sorted(mentions, key=lambda m: (rank.get(m.type, last), m.start - m.end, -m.confidence, m.start))
        taken: set[int] = set()
        kept = []
        for mention in order:
            cells = range(mention.start, mention.end)
            if taken.isdisjoint(cells):
                taken.update(cells)
                kept.append(mention)
        return kept

    def _outside(self, sites: list[Found], kept: list[Found]) -> list[Found]:
        """The body sites that overlap nothing, or lie within a type that they may nest in."""
        owner: dict[int, Found] = {at: mention for mention in kept for at in range(mention.start, mention.end)}
        return [site for site in sites if self._fits(site, owner.get(site.start), owner.get(site.end - 1))]

    def _fits(self, site: Found, first: Found | None, last: Found | None) -> bool:
        """Whether a body site may stand where it stands."""
        if first is None and last is None:
            return True
        return first is last and first is not None and first.type in self.nests and first.end - first.start > site.end - site.start


def _by(modifiers: Iterable[Found], edge: str) -> dict[int, Found]:
    """The longest modifier by its start or its end."""
    table: dict[int, list[Found]] = defaultdict(list)
    for modifier in modifiers:
        table[getattr(modifier, edge)].append(modifier)
    return {at: max(group, key=lambda m: m.end - m.start) for at, group in table.items()}
