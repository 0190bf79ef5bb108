"""Parts and regions of a body site: "cara interna de los muslos", "región glútea", "dorsum of the hand" are one mention each."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable

from dermnlp.extensions import Found

PART, REGION = "part", "region"
LONGEST_LINK = 12


class Parts:
    """The words for a part or region of a site and the adjectives beside them, by where they end."""

    def __init__(self, modifiers: Iterable[Found], link: re.Pattern[str] | None) -> None:
        ordered = sorted(modifiers, key=lambda modifier: modifier.end - modifier.start)
        self.ending = {modifier.end: modifier for modifier in ordered}
        self.ends = sorted(self.ending)
        self.link = link

    def start(self, text: str, site: int) -> int:
        """Where the mention begins whose site begins at `site`: at the part that is linked to it, or at the word for its region."""
        position = bisect_left(self.ends, site)
        if not position or self.ends[position - 1] < site - LONGEST_LINK:
            return site
        nearest = range(site - 1, max(-1, site - 1 - LONGEST_LINK), -1)
        linked = [end for end in nearest if end in self.ending and self.link and self.link.fullmatch(text, end, site)]
        region = self.ending.get(site - 1)
        if linked:
            return self._first(text, linked[0], site)
        return region.start if region and region.role == REGION and text[site - 1].isspace() else site

    def _first(self, text: str, end: int, site: int) -> int:
        """The start of the words that end at `end` and hold a part, or a region with an adjective; `site` if they hold neither."""
        start, part, last = end, False, end
        while modifier := self.ending.get(end):
            part = part or modifier.role == PART or (modifier.role == REGION and modifier.end != last)
            start = modifier.start
            end = start - 1 if text[start - 1 : start] == " " else -1
        return start if part else site
