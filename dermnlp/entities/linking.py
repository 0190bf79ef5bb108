"""The concept of a mention that only the tagger found: the nearest term of the lexicon, where one is near enough."""

from __future__ import annotations

from functools import lru_cache

from dermnlp import lexicons
from dermnlp.entities.matcher import STAGE, Entry, entries
from dermnlp.extensions import Found
from dermnlp.tokens import fold

SHORTEST = 6  # below that a letter makes another word
STEM = 2
SPREAD = 3
KNOWN = 10_000
Near = dict[tuple[str, str, int], list[tuple[str, Entry]]]


class Linker:
    """Gives tagger mentions their concept, codes and attributes: those of the very term, else of the nearest of their type.

    `near` (0-100) is the least of Levenshtein's ratio.
    """

    def __init__(self, language: str, near: float) -> None:
        self.near = near
        self.exact, self.table = _tables(language, lexicons.state())
        self.known = lru_cache(maxsize=KNOWN)(self._entry)

    def link(self, mention: Found, text: str) -> None:
        """Set concept, codes and attributes where a term is near enough; else the mention stays without."""
        entry = self.known(mention.type, fold(" ".join(text[mention.start : mention.end].split())))
        if entry:
            mention.concept, mention.codes = entry.concept, entry.codes
            for attribute in entry.attributes:
                setattr(mention, attribute.lower(), True)

    def _entry(self, type_: str, words: str) -> Entry | None:
        from rapidfuzz import fuzz, process

        same = self.exact.get((type_, words))
        if same or len(words) < SHORTEST:
            return same
        sizes = range(len(words) - SPREAD, len(words) + SPREAD + 1)
        terms = [term for size in sizes for term in self.table.get((type_, words[:STEM], size), ())]
        best = process.extractOne(words, [term for term, _ in terms], scorer=fuzz.ratio, score_cutoff=self.near)
        return terms[best[2]][1] if best else None


@lru_cache(maxsize=8)
def _tables(language: str, state: tuple[object, ...]) -> tuple[dict[tuple[str, str], Entry], Near]:
    """The terms without a sense rule: each by its type and folded form, and all by type, first letters and length."""
    exact: dict[tuple[str, str], Entry] = {}
    near: Near = {}
    for term, match, entry in entries(language, lexicons.topics(STAGE)):
        folded = fold(term)
        if not match and not entry.senses:
            exact.setdefault((entry.type, folded), entry)
            if len(folded) >= SHORTEST:
                near.setdefault((entry.type, folded[:STEM], len(folded)), []).append((folded, entry))
    return exact, near
