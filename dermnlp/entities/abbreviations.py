"""Abbreviations that a note explains itself: "enfermedad de Wilson (EW)" says what EW means in that note."""

from dataclasses import replace

from dermnlp.extensions import Found
from dermnlp.phrases import Words
from dermnlp.tokens import fold

SHORTEST, LONGEST = 2, 7
TYPES = frozenset({"DIAGNOSIS", "FINDING", "DRUG", "PROCEDURE"})
RULE = "entities/abbreviations"


def explain(words: Words, proposed: list[Found]) -> list[Found]:
    """The candidates with each explained abbreviation read as the note explains it; one explained as something else is no mention."""
    meanings = explained(words, proposed)
    if not meanings:
        return proposed
    places = {start: word for word, start in zip(words.raw, words.start, strict=True) if word in meanings}
    kept = [c for c in proposed if c.start not in places or c.end != c.start + len(places[c.start])]
    return kept + [_read_as(meanings[word], start, len(word)) for start, word in places.items() if meanings[word]]


def explained(words: Words, proposed: list[Found]) -> dict[str, Found | None]:
    """The abbreviations that a note explains, each with the mention that it stands for, or None where its words are no mention."""
    if "(" not in words.raw:
        return {}
    meanings = {words.raw[i + 1]: _meaning(words, i, proposed) for i in _brackets(words)}
    return {short: meaning for short, meaning in meanings.items() if meaning is not _UNEXPLAINED}


_UNEXPLAINED = Found("", -1, -1)


def _brackets(words: Words) -> list[int]:
    """The places of an opening bracket with one abbreviation in it."""
    raw, found, place = words.raw, [], 0
    for _ in range(raw.count("(")):
        place = raw.index("(", place) + 1
        if 1 < place < len(raw) - 1 and raw[place + 1] in ");,:" and _short(raw[place]):
            found.append(place - 1)
    return found


def _short(word: str) -> bool:
    """Whether a word looks like an abbreviation."""
    return SHORTEST <= len(word) <= LONGEST and word.isalpha() and sum(c.isupper() for c in word) >= 2


def _meaning(words: Words, bracket: int, proposed: list[Found]) -> Found | None:
    """The mention that an abbreviation at a bracket stands for, None when its words are no mention."""
    short = fold(words.raw[bracket + 1])
    end = words.end(bracket - 1)
    before = [c for c in proposed if c.end == end and c.type in TYPES and c.end - c.start > len(short) + 2]
    if before:
        longest = max(before, key=lambda c: c.end - c.start)
        first = next(i for i, start in enumerate(words.start) if start == longest.start)
        if _in_order(short, fold("".join(words.raw[first:bracket]))):
            return longest
    initials = [fold(word)[:1] for word in words.raw[max(0, bracket - 2 * len(short)) : bracket] if word.isalpha()]
    return None if _in_order(short, "".join(initials)) else _UNEXPLAINED


def _in_order(letters: str, text: str) -> bool:
    """Whether the letters occur in the text in their order."""
    rest = iter(text)
    return all(letter in rest for letter in letters)


def _read_as(meaning: Found | None, start: int, length: int) -> Found:
    """The explained mention at the place of its abbreviation."""
    assert meaning is not None
    return replace(meaning, start=start, end=start + length, role="", source="rule", rule=RULE, cues=(), relations=())
