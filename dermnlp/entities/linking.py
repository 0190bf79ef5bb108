"""The concept of a mention that only the tagger found: the term itself, an abbreviation, or the nearest term that is near enough."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.entities.abbreviations import explained
from dermnlp.entities.matcher import STAGE, Entry, entries, take
from dermnlp.entities.senses import senses_of
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Words, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import fold, forms, split, text_of

SHORTEST = 6  # below that a letter makes another word
STEM = 2
SPREAD = 3
ROMAN = frozenset("ivx")
CONTAINED, SHARED = 0.5, 0.75
KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Term:
    """A term without a sense rule, as linking compares it."""

    folded: str
    words: frozenset[str]
    entry: Entry


@dataclass(frozen=True, slots=True)
class Tables:
    """The terms of a language: by type and form, by type and word, by type, first letters and length; the rare words weigh most."""

    exact: dict[tuple[str, tuple[str, ...]], Entry] = field(default_factory=dict)
    guarded: defaultdict[tuple[str, str], list[Entry]] = field(default_factory=lambda: defaultdict(list))
    holding: defaultdict[tuple[str, str], list[Term]] = field(default_factory=lambda: defaultdict(list))
    alike: defaultdict[tuple[str, str, int], list[Term]] = field(default_factory=lambda: defaultdict(list))
    weights: dict[str, float] = field(default_factory=dict)


class Linker:
    """Gives tagger mentions their concept, codes and attributes: those of the very term, of an abbreviation, else of the nearest term.

    The nearest has every word of it in the mention and `CONTAINED` of the weight of both, or `SHARED` of it; or else it is spelled
    alike, by Levenshtein's ratio of `near` (0-100). The shares are those that were right more often than wrong on training notes.
    """

    def __init__(self, language: str, near: float) -> None:
        self.near = near
        self.forms = forms(language, inflected=True)
        state = lexicons.state()
        self.tables, self.senses = _tables(language, state), senses_of(language, state)
        self.known = lru_cache(maxsize=KNOWN)(self._entry)

    def link(self, mention: Found, doc: Doc) -> None:
        """Set concept, codes and attributes where a term is near enough; else the mention stays without."""
        words = " ".join(text_of(doc)[mention.start : mention.end].split())
        guarded = self.tables.guarded.get((mention.type, fold(words)), [])
        if guarded and words in explained(visible(doc), candidates(doc)):
            return
        entry = self._in_context(guarded, mention, doc) or self.known(mention.type, words, bool(guarded)) or self._certain(guarded, mention, doc)
        if entry:
            take(mention, entry)

    def _in_context(self, terms: list[Entry], mention: Found, doc: Doc) -> Entry | None:
        """The concept whose sense rules all hold where the mention stands, if it is the only one."""
        return _only([entry for entry in terms if entry.senses and self._hold(entry.senses, mention, doc)])

    def _certain(self, terms: list[Entry], mention: Found, doc: Doc) -> Entry | None:
        """The only concept that a form has, also where its rules need words that aren't there, since the tagger is sure of the type."""
        return _only(terms) and _only([entry for entry in terms if self._hold(self._forbidding(entry), mention, doc)])

    def _hold(self, rules: tuple[str, ...], mention: Found, doc: Doc) -> bool:
        """Whether sense rules hold where a mention stands."""
        shown = visible(doc)
        return self.senses.of_note(shown, sentence_starts(doc)).hold(rules, *_place(shown, mention))

    def _forbidding(self, entry: Entry) -> tuple[str, ...]:
        """The sense rules of an entry that forbid."""
        return tuple(name for name in entry.senses if not self.senses.rules[name][1])

    def _entry(self, type_: str, words: str, guarded: bool) -> Entry | None:
        """The entry of the very term, or of the nearest one unless the form is `guarded` by sense rules."""
        compared = _words(words, self.forms)
        same = self.tables.exact.get((type_, compared))
        if same or guarded or len(words) < SHORTEST:
            return same
        return self._sharing(type_, frozenset(compared)) or self._spelled_alike(type_, fold(words))

    def _sharing(self, type_: str, words: frozenset[str]) -> Entry | None:
        """The entry of the term that shares most of the weight of the words."""
        best, most = None, 0.0
        for term in {id(term): term for word in sorted(words) for term in self.tables.holding.get((type_, word), ())}.values():
            share = self._weight(words & term.words) / self._weight(words | term.words)
            enough = CONTAINED if term.words <= words else SHARED
            if share >= enough and share > most and _short(words) == _short(term.words):
                best, most = term.entry, share
        return best

    def _weight(self, words: Iterable[str]) -> float:
        """The sum of the words' weights, whatever their order; a word of no term weighs as much as the rarest."""
        weights = self.tables.weights
        return math.fsum(weights.get(word, weights[""]) for word in words)

    def _spelled_alike(self, type_: str, words: str) -> Entry | None:
        """The entry of the term whose letters are nearest."""
        from rapidfuzz import fuzz, process

        sizes = range(len(words) - SPREAD, len(words) + SPREAD + 1)
        near = [term for size in sizes for term in self.tables.alike.get((type_, words[:STEM], size), ())]
        near = [term for term in near if _short(split(term.folded)) == _short(split(words))]
        best = process.extractOne(words, [term.folded for term in near], scorer=fuzz.ratio, score_cutoff=self.near)
        return near[best[2]].entry if best else None


@lru_cache(maxsize=8)
def _tables(language: str, state: tuple[object, ...]) -> Tables:
    """The tables of a language over some lexicon directories."""
    tables, compared, counts = Tables(), forms(language, inflected=True), Counter[str]()
    for term, match, entry in entries(language, lexicons.topics(STAGE)):
        folded, words = fold(term), _words(term, compared)
        if match == "exact" or entry.senses:
            tables.guarded[entry.type, folded].append(entry)
            continue
        tables.exact.setdefault((entry.type, words), entry)
        record = Term(folded, frozenset(words), entry)
        counts.update(record.words)
        for word in record.words:
            tables.holding[entry.type, word].append(record)
        if len(folded) >= SHORTEST:
            tables.alike[entry.type, folded[:STEM], len(folded)].append(record)
    total = sum(counts.values())
    tables.weights.update({word: math.log(1 + total / count) for word, count in counts.items()}, **{"": math.log(1 + total)})
    return tables


def _only(left: list[Entry]) -> Entry | None:
    """The entry of the only concept that is left, if there is one."""
    return left[0] if len({entry.concept for entry in left}) == 1 else None


def _words(text: str, compared: dict[str, str]) -> tuple[str, ...]:
    """The words of a text in the form that terms are compared by, marks left out."""
    return tuple(compared[word] for word in split(text) if word[0].isalnum())


def _short(words: Iterable[str]) -> set[str]:
    """The letters and numbers that tell one disease from another: hepatitis B, type 2, syndrome II."""
    return {word for word in words if word.isdigit() or len(word) == 1 and word.isalpha() or ROMAN.issuperset(word)}


def _place(shown: Words, mention: Found) -> tuple[int, int]:
    """The first and the last token of a mention."""
    return bisect_right(shown.start, mention.start) - 1, bisect_left(shown.start, mention.end) - 1
