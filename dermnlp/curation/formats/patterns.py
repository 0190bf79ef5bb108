"""spaCy's token patterns as the finite set of literals that they stand for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

WORDS = ("LOWER", "ORTH", "TEXT", "NORM")
MOST = 200
JOINED = ("'", "’", "n't")


def literals(pattern: Iterable[dict[str, Any]]) -> tuple[list[str], str]:
    """The literals of a pattern, and why it has none ('' if it has)."""
    found: list[tuple[str, ...]] = [()]
    for token in pattern:
        options, reason = _options(token)
        if reason:
            return [], reason
        found = [(*before, *option) for before in found for option in options]
        if len(found) > MOST:
            return [], f"stands for more than {MOST} literals"
    unique = list(dict.fromkeys(_joined(words) for words in found if words))
    return unique, "" if unique else "stands for no literal"


def exact(pattern: Iterable[dict[str, Any]]) -> bool:
    """Whether a pattern compares letter for letter."""
    return any(name in token for token in pattern for name in ("ORTH", "TEXT"))


def _options(token: dict[str, Any]) -> tuple[list[tuple[str, ...]], str]:
    """What may stand for a token."""
    operator = token.get("OP") or "1"
    keys = [name for name in token if name != "OP"]
    if operator not in ("1", "?"):
        return [], f"repeats a token ({operator})"
    if len(keys) != 1 or keys[0].upper() not in WORDS:
        return [], f"asks for {' and '.join(keys) or 'any token'} of a token, and not for its letters"
    value = token[keys[0]]
    words = value.get("IN") if isinstance(value, dict) and set(value) == {"IN"} else value
    if isinstance(words, str):
        words = [words]
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        how = f" by {', '.join(value)}" if isinstance(value, dict) else ""
        return [], f"asks for {keys[0]}{how}, and not for letters"
    return [(word,) for word in words] + [()] * (operator == "?"), ""


def _joined(words: Iterable[str]) -> str:
    """The words with blanks between, but for those that a tokenizer has cut off a word."""
    text = ""
    for word in words:
        text += word if not text or word.startswith(JOINED) else f" {word}"
    return text
