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


class Linker:
    """Gives tagger mentions their concept and codes: the term of their type that is at least `near` alike (0-100, of Levenshtein's ratio)."""

    def __init__(self, language: str, near: float) -> None:
        self.near = near
        self.table = _table(language, lexicons.state())

    def link(self, mention: Found, text: str) -> None:
        """Set concept and codes where a term is near enough; else the mention stays without."""
        from rapidfuzz import fuzz, process

        words = fold(" ".join(text[mention.start : mention.end].split()))
        if mention.concept or len(words) < SHORTEST:
            return
        terms = [term for size in range(len(words) - SPREAD, len(words) + SPREAD + 1) for term in self.table.get((mention.type, words[:STEM], size), ())]
        best = process.extractOne(words, [term for term, _ in terms], scorer=fuzz.ratio, score_cutoff=self.near)
        if best:
            entry = terms[best[2]][1]
            mention.concept, mention.codes = entry.concept, entry.codes


@lru_cache(maxsize=8)
def _table(language: str, state: tuple[object, ...]) -> dict[tuple[str, str, int], list[tuple[str, Entry]]]:
    """The terms without a sense rule by type, first letters and length."""
    table: dict[tuple[str, str, int], list[tuple[str, Entry]]] = {}
    for term, match, entry in entries(language, lexicons.topics(STAGE)):
        folded = fold(term)
        if not match and not entry.senses and len(folded) >= SHORTEST:
            table.setdefault((entry.type, folded[:STEM], len(folded)), []).append((folded, entry))
    return table
