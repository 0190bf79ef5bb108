"""Sentences: full stops that aren't abbreviations, list lines, and hard line breaks told from real ones."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import lru_cache
from itertools import repeat

import numpy as np
from spacy.attrs import SENT_START
from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.tokens import fold, text_of, words_of

BREAK = re.compile(  # begins with one set of characters, which is four times as fast as two alternatives
    r"[.!?;\n\r](?:(?<=[.!?;])[.!?;]*+[\"'»)\]]*+[ \t]++(?=\S)|(?<=[\n\r])\s*+)"
)
BLANK_LINE = re.compile(r"\s*(?:\n\s*\n|\r\s*\r)")
OPENERS = "¿¡([-–•*\"«#>"
WRAPPED = 55
LONGEST_WORD = 24
NO_START = 2**64 - 1  # -1 as the unsigned number that a Doc takes


class Sentences:
    """Sets the sentence starts of the Doc; a line of at least `wrapped` characters may go on in the next line."""

    def __init__(self, nlp: Language, name: str, *, wrapped: int = WRAPPED) -> None:
        self.wrapped = wrapped
        self.abbreviations = _words("abbreviations", nlp.lang, lexicons.state())
        self.continuations = _words("continuations", nlp.lang, lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        starts = sorted({0, *self._starts(text_of(doc)), *(section.start for section in doc.user_data.get("sections", ()))})
        doc.user_data["sentences"] = starts
        tokens = words_of(doc)[1]
        flags = np.full(len(doc), NO_START, dtype=np.uint64)
        flags[[at for at in map(bisect_left, repeat(tokens), starts) if at < len(tokens)]] = 1
        doc.from_array([SENT_START], flags)
        return doc

    def _starts(self, text: str) -> Iterator[int]:
        """The character at which each sentence but the first begins."""
        length = len(text)
        for match in BREAK.finditer(text):
            before, at = match.span()
            if at < length and (self._new_line if text[before] in "\r\n" else self._stops)(text, before, at):
                yield at

    def _stops(self, text: str, before: int, at: int) -> bool:
        """Whether the sign at `before` ends a sentence, when the next word begins at `at`."""
        sign = text[before]
        if sign == ".":
            return _last_word(text, before) not in self.abbreviations
        following = text[at]
        if sign == "?" and (before == 0 or text[before - 1].isspace()):
            return False
        return following.isupper() or (sign != ";" and (following.isdigit() or following in OPENERS))

    def _new_line(self, text: str, line_end: int, at: int) -> bool:
        """Whether a line break ends a sentence: always, unless a long line is cut in mid-sentence or ends in a word like "of"."""
        before = line_end
        while before and text[before - 1] in " \t":
            before -= 1
        if before == 0 or text[before - 1] in ".:;!?" or BLANK_LINE.match(text, line_end, at):
            return True
        if _last_word(text, before) in self.continuations:
            return False
        length = before - max(text.rfind("\n", 0, before), text.rfind("\r", 0, before)) - 1
        following = text[at]
        if length < self.wrapped:
            return not (text[before - 1] == "," and following.islower())
        shouting = text[before - length : before].isupper()
        return not (following.islower() or following in "(" or following.isdigit() or shouting)


def _last_word(text: str, end: int) -> str:
    """The folded word that ends at a character, points in it included ("p.ej")."""
    near = text[max(0, end - LONGEST_WORD) : end]
    word = near[max(near.rfind(" "), near.rfind("\n")) + 1 :].lstrip(OPENERS)
    return word.lower() if word.isascii() else fold(word)


@lru_cache(maxsize=8)
def _words(topic: str, language: str, state: tuple[object, ...]) -> frozenset[str]:
    """The folded words of a topic, without a final point."""
    return frozenset(fold(row["term"]).rstrip(".") for row in lexicons.terms("sentences", topic, language))


def sentence_starts(doc: Doc) -> list[int]:
    """The character at which each sentence begins; one sentence when nothing split the text."""
    return doc.user_data.setdefault("sentences", [0])


def sentence_at(doc: Doc, at: int) -> tuple[int, int]:
    """The first and the end character of the sentence that holds character `at`."""
    starts = sentence_starts(doc)
    position = bisect_right(starts, at) - 1
    return starts[position], starts[position + 1] if position + 1 < len(starts) else len(text_of(doc))


def sentence_number(doc: Doc, at: int) -> int:
    """The number of the sentence that holds character `at`, from 0."""
    return bisect_right(sentence_starts(doc), at) - 1
