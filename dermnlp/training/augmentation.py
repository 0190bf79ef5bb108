"""From case reports to hospital notes: variants of a piece as hurried people would have typed it, with its marks in place."""

from __future__ import annotations

import random
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from dermnlp.tables import InputError
from dermnlp.training.corpora import Mark
from dermnlp.training.pieces import Piece

Edit = tuple[int, int, str]
BULLETS = ("- ", "* ", "• ", "-", "1. ", "2) ", "> ")
ENDINGS = (".", "", ";", " .", ",")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """What may stand in place of a mention: by language and label, a folded term's other forms, and terms of other concepts."""

    same: Mapping[tuple[str, str, str], Sequence[str]]
    other: Mapping[tuple[str, str], Sequence[str]]


def edited(piece: Piece, edits: Sequence[Edit]) -> Piece:
    """The piece with stretches of its text replaced, in the order of the text; marks move, one that was replaced takes its new length."""
    text, last, shifts = "", 0, [0]
    for start, end, new in edits:
        text += piece.text[last:start] + new
        shifts.append(len(text) - end)
        last = end
    text += piece.text[last:]
    ends = [end for _, end, _ in edits]
    ends_of_old = [end + (start == end) for start, end, _ in edits]  # what is put in at the end of a mark stays outside

    def moved(mark: Mark) -> Mark:
        start = mark.start + shifts[bisect_right(ends, mark.start)]
        return replace(mark, start=start, end=mark.end + shifts[bisect_right(ends_of_old, mark.end)])

    marks = [moved(mark) for mark in piece.marks]
    return replace(piece, text=text, marks=tuple(mark for mark in marks if mark.start < mark.end))


def capitals(piece: Piece, chance: random.Random) -> Piece:
    """All in capitals, where that changes no length."""
    upper = piece.text.upper()
    return replace(piece, text=upper) if len(upper) == len(piece.text) else piece


def small_letters(piece: Piece, chance: random.Random) -> Piece:
    lower = piece.text.lower()
    return replace(piece, text=lower) if len(lower) == len(piece.text) else piece


def no_accents(piece: Piece, chance: random.Random) -> Piece:
    """Every letter without its accent; ñ stays half of the time."""
    kept = "ñÑ" if chance.random() < 0.5 else ""
    return replace(piece, text="".join(c if c in kept else _bare(c) for c in piece.text))


def _bare(character: str) -> str:
    first = unicodedata.normalize("NFD", character)[0]
    return first if first.isalpha() else character


def telegraphic(piece: Piece, chance: random.Random, small_words: Mapping[str, Sequence[str]]) -> Piece:
    """Small words go, outside the mentions."""
    words = small_words.get(piece.language, ())
    if not words:
        return piece
    found = re.finditer(rf"\b(?:{'|'.join(words)})\s+", piece.text, re.IGNORECASE)
    return edited(piece, [(m.start(), m.end(), "") for m in found if _free(piece, m.start(), m.end()) and chance.random() < 0.7])


def bullet(piece: Piece, chance: random.Random) -> Piece:
    """As a line of a list."""
    return edited(piece, [(0, 0, chance.choice(BULLETS))])


def ending(piece: Piece, chance: random.Random) -> Piece:
    """Another sign at the end, or none."""
    stem = max([len(piece.text.rstrip(" .;,")), *(mark.end for mark in piece.marks)])
    return edited(piece, [(stem, len(piece.text), chance.choice(ENDINGS))]) if stem else piece


def typing_error(piece: Piece, chance: random.Random) -> Piece:
    """One letter left out, doubled, or swapped with the next, in one word of five letters or more."""
    words = list(re.finditer(r"[^\W\d_]{5,}", piece.text))
    if not words:
        return piece
    word = chance.choice(words)
    at = chance.randrange(word.start() + 1, word.end() - 2)
    pair = piece.text[at : at + 2]
    return edited(piece, [(at, at + 2, chance.choice((pair[1], pair[0] * 2 + pair[1], pair[::-1])))])


def no_heading(piece: Piece, chance: random.Random) -> Piece:
    """As if the header of the section hadn't been found."""
    return replace(piece, heading="")


def _free(piece: Piece, start: int, end: int) -> bool:
    return all(end <= mark.start or mark.end <= start for mark in piece.marks)


def swapped(piece: Piece, chance: random.Random, synonyms: Synonyms, other: float) -> Piece:
    """Mentions give way to another form of their concept, or by the chance `other` to another concept of their type."""
    edits: list[Edit] = []
    for mark in sorted(piece.marks, key=lambda mark: (mark.start, -mark.end)):
        alone = all(mark is m or m.end <= mark.start or mark.end <= m.start for m in piece.marks)
        if not alone or chance.random() > 0.5:
            continue
        words = piece.text[mark.start : mark.end]
        if chance.random() < other:
            choices = synonyms.other.get((piece.language, mark.label), ())
        else:
            choices = synonyms.same.get((piece.language, mark.label, words.casefold()), ())
        if choices:
            edits.append((mark.start, mark.end, _cased(chance.choice(choices), words)))
    return edited(piece, edits)


def _cased(new: str, old: str) -> str:
    """A term with the capitals of the one whose place it takes."""
    if old.isupper() and len(old) > 5:
        return new.upper()
    return new[:1].upper() + new[1:] if old[:1].isupper() and not old.isupper() else new


VARIANTS: dict[str, Callable[[Piece, random.Random], Piece]] = {
    "capitals": capitals,
    "small_letters": small_letters,
    "no_accents": no_accents,
    "bullet": bullet,
    "ending": ending,
    "typing_error": typing_error,
    "no_heading": no_heading,
}


OF_WORDS = ("same", "other", "telegraphic")


def check(names: Iterable[str]) -> None:
    """InputError names the first that is no augmentation, and those that there are."""
    unknown = [name for name in names if name not in (*OF_WORDS, *VARIANTS)]
    if unknown:
        raise InputError(f"no augmentation '{unknown[0]}'. There are: {', '.join((*OF_WORDS, *VARIANTS))}.")


class Augmenter:
    """Applies each variant by its own chance; the same piece, number, epoch and seed give the same result."""

    def __init__(
        self, chances: Mapping[str, float], synonyms: Synonyms, small_words: Mapping[str, Sequence[str]], seed: int
    ) -> None:
        check(chances)
        self.chances, self.synonyms, self.small_words, self.seed = dict(chances), synonyms, small_words, seed

    def __call__(self, piece: Piece, number: int, epoch: int) -> Piece:
        chance = random.Random(f"{self.seed}/{epoch}/{number}")
        other = self.chances.get("other", 0.0)
        total = self.chances.get("same", 0.0) + other
        if total and chance.random() < total:
            piece = swapped(piece, chance, self.synonyms, other / total)
        if chance.random() < self.chances.get("telegraphic", 0.0):
            piece = telegraphic(piece, chance, self.small_words)
        for name, variant in VARIANTS.items():
            if chance.random() < self.chances.get(name, 0.0):
                piece = variant(piece, chance)
        return piece


def synonyms(types: Sequence[str], languages: Sequence[str]) -> Synonyms:
    """What the lexicons offer: terms without a sense rule, by concept and by type."""
    from dermnlp import lexicons
    from dermnlp.entities.matcher import STAGE, entries

    same: dict[tuple[str, str, str], Sequence[str]] = {}
    other: dict[tuple[str, str], list[str]] = {}
    for language in languages:
        groups: dict[tuple[str, str, str], list[str]] = {}
        for term, _, entry in entries(language, lexicons.topics(STAGE)):
            if not entry.senses and entry.type in types:
                groups.setdefault((entry.rule, entry.concept, entry.type), []).append(term)
        for (_, _, label), terms in groups.items():
            other.setdefault((language, label), []).extend(terms)
            same |= {(language, label, term.casefold()): terms for term in terms if len(terms) > 1}
    return Synonyms(same, other)
