"""The language of a note, from words and word endings with weights; it holds for short, capital and accentless notes."""

from __future__ import annotations

import math
import re
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.lexicons import LANGUAGES
from dermnlp.tokens import fold

DEFAULT = "es"
WORD = re.compile(r"[^\W\d_]{2,}")
WORDS_READ = 150
CEILING = 4.0
ENDING_SHARE = 0.25


def detect(text: str) -> tuple[str, float]:
    """The language of a text (`es` or `en`) and how sure that is (0.5 to 1); Spanish when nothing tells."""
    balance = 0.0
    words, endings = _weights(lexicons.roots())
    for count, match in enumerate(WORD.finditer(text)):
        if count >= WORDS_READ:
            break
        word = fold(match.group())
        weight = words.get(word)
        balance += weight if weight is not None else ENDING_SHARE * endings.get(word[-3:], 0.0)
    sure = 1 / (1 + math.exp(-min(abs(balance), 50.0)))
    return (DEFAULT if balance == 0 else LANGUAGES[0] if balance > 0 else LANGUAGES[1]), sure


@lru_cache(maxsize=4)
def _weights(roots: tuple[object, ...]) -> tuple[dict[str, float], dict[str, float]]:
    """The weights of words and of endings: above zero for Spanish, below for English."""
    tables = []
    for topic in ("words", "endings"):
        table: dict[str, float] = {}
        for language, sign in zip(LANGUAGES, (1, -1), strict=True):
            for row in lexicons.terms("language", topic, language):
                table[row["term"]] = table.get(row["term"], 0.0) + sign * min(float(row["weight"]), CEILING)
        tables.append(table)
    return tables[0], tables[1]
