"""The stretches of a note that a tagger reads one by one: its sentences, a long one in windows that overlap."""

import re
from dataclasses import dataclass

from spacy.tokens import Doc

from dermnlp.sections import Section, section_at
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import text_of

LONGEST = 480  # characters; no more pieces than that, so that with the heading they fit the 512 positions of an encoder
OVERLAP = 120
LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Stretch:
    """The characters [start, end) of a note, and what is read before them: the name of their section."""

    start: int
    end: int
    heading: str = ""


def stretches(doc: Doc) -> list[Stretch]:
    """The stretches of a note in the order of the text, without white space at their ends; those without a letter are left out."""
    text = text_of(doc)
    starts = sentence_starts(doc)
    sections: list[Section] = doc.user_data.get("sections", [])
    section_starts = [section.start for section in sections]
    found = []
    for first, last in zip(starts, [*starts[1:], len(text)], strict=True):
        raw = text[first:last]
        begin = first + len(raw) - len(raw.lstrip())
        end = first + len(raw.rstrip())
        if LETTER.search(text, begin, end):
            section = section_at(sections, section_starts, begin)
            heading = section.concept.replace("_", " ") if section else ""
            found += [Stretch(a, b, heading) for a, b in windows(text, begin, end)]
    return found


def windows(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """A stretch whole when it is short enough, else in windows cut at white space that share about `OVERLAP` characters."""
    found = []
    while end - start > LONGEST:
        stop = _space_before(text, start + LONGEST, start + LONGEST // 2)
        found.append((start, stop))
        start = _space_before(text, stop - OVERLAP, start + 1)
    return [*found, (start, end)]


def _space_before(text: str, at: int, least: int) -> int:
    """The last place not after `at`, nor before `least`, where a word ends; `at` itself where there is none."""
    place = at
    while place > least and not text[place].isspace():
        place -= 1
    return place if place > least else at
