"""Sections: headers on a line of their own, before a colon, or in capitals at the start of a line."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from dermnlp import lexicons
from dermnlp.extensions import SECTIONS
from dermnlp.tokens import fold, text_of, words_of

LONGEST = 62
MARKS = " \t-*•·#>=_|"
NUMBERED = re.compile(r"\d{1,2}[.)][ \t]*")
CAPITALS = 16
SHORTEST_FUZZY = 7
SHORT_LINE = 50  # a line that short isn't wrapped
BEFORE_INLINE = ".;)]|"
PARAGRAPH_END = re.compile(r"(?<=[.;:])[ \t]*\r?\n|\r?\n[ \t]*\r?\n|\r?\n[ \t]*[-*•]")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a note: header at [start, body), text at [body, end); its attributes hold up to `scope`."""

    concept: str
    start: int
    body: int
    end: int
    scope: int
    attributes: tuple[str, ...]
    types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Headers:
    """The headers of a language: folded form to concept, those that count in capitals only, and the concepts' rows."""

    free: dict[str, str]
    exact: dict[str, str]
    scrambled: dict[str, str]
    effects: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]


class Sections:
    """Finds the sections of a note; `also` names languages whose headers are borrowed, by language of the note."""

    def __init__(self, nlp: Language, name: str, *, also: dict[str, list[str]] | None = None) -> None:
        borrowed = (also or {}).get(nlp.lang, [])
        self.headers = _headers((nlp.lang, *borrowed), lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        sections = list(self._sections(text_of(doc)))
        doc.user_data["sections"] = sections
        starts, key = words_of(doc)[1], doc.vocab.strings.add
        spans = [
            Span(doc, bisect_right(starts, s.start) - 1, bisect_left(starts, s.end), label=key(s.concept))
            for s in sections
            if s.end > s.start
        ]
        doc.spans[SECTIONS] = SpanGroup(doc, name=SECTIONS, spans=spans)
        return doc

    def _sections(self, text: str) -> Iterator[Section]:
        """The sections in the order of the text; what stands before the first header belongs to none."""
        heads = sorted(self._heads(text))
        for i, (start, body, concept) in enumerate(heads):
            end = heads[i + 1][0] if i + 1 < len(heads) else len(text)
            attributes, types = self.headers.effects[concept]
            scope = _scope(text, body, end) if attributes else end
            yield Section(concept, start, body, end, scope, attributes, types)

    def _heads(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Each header as (start, end, concept)."""
        colons: set[int] = set()
        for start, end in _lines(text):
            head = self._of_line(text, start, end)
            if head:
                colons.add(head[1] - 1)
                yield head
        colon = text.find(":")
        while colon >= 0:
            head = self._inline(text, colon) if colon not in colons else None
            if head:
                yield head
            colon = text.find(":", colon + 1)

    def _of_line(self, text: str, start: int, end: int) -> tuple[int, int, str] | None:
        """The header at the start of a line: before a colon or a point and dash, in capitals, or the whole line."""
        while start < end and text[start] in MARKS:
            start += 1
        numbered = NUMBERED.match(text, start, end)
        start = numbered.end() if numbered else start
        closes = [at for at in (text.find(":", start, start + LONGEST), text.find(".-", start, start + LONGEST)) if 0 <= at < end]
        if closes:
            concept = self._concept(text[start : min(closes)], fuzzy=True)
            if concept:
                return start, min(closes) + 1, concept
        elif end - start <= LONGEST:
            concept = self._concept(text[start:end], fuzzy=True)
            if concept:
                return start, end, concept
        word = text[start : start + CAPITALS].split(None, 1)
        if len(word) == 2 and word[0].rstrip(".)") in self.headers.exact:
            return start, start + len(word[0]), self.headers.exact[word[0].rstrip(".)")]
        return None

    def _inline(self, text: str, colon: int) -> tuple[int, int, str] | None:
        """The header between the end of a sentence and a colon in the same line."""
        low = max(0, colon - LONGEST)
        window = text[low:colon]
        cut = max(window.rfind(sign) for sign in BEFORE_INLINE)
        if cut < 0 or "\n" in window[cut:] or not window[cut + 1 : cut + 2].isspace():
            return None
        words = window[cut + 1 :]
        start = low + cut + 1 + len(words) - len(words.lstrip())
        concept = self._concept(words, fuzzy=False)
        return (start, colon + 1, concept) if concept else None

    def _concept(self, words: str, *, fuzzy: bool) -> str | None:
        """The section that these words head, if any; with swapped letters too if `fuzzy`."""
        plain = words.strip(" \t\r.-*=_#")
        if plain in self.headers.exact:
            return self.headers.exact[plain]
        key = fold(" ".join(plain.split()))
        if key in self.headers.free:
            return self.headers.free[key]
        return self.headers.scrambled.get(_scramble(key)) if fuzzy and len(key) > SHORTEST_FUZZY else None


def _lines(text: str) -> Iterator[tuple[int, int]]:
    """The first character and the end of each line."""
    start = 0
    for line in text.splitlines(keepends=True):
        yield start, start + len(line.rstrip("\r\n"))
        start += len(line)


@lru_cache(maxsize=8)
def _headers(languages: tuple[str, ...], state: tuple[object, ...]) -> Headers:
    """The headers of several languages in one table; the first language wins."""
    free: dict[str, str] = {}
    exact: dict[str, str] = {}
    effects: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    for topic in lexicons.topics("sections"):
        for concept, row in lexicons.concepts("sections", topic).items():
            effects[concept] = (_parts(row["attributes"]), _parts(row["types"]))
        for language in languages:
            for row in lexicons.terms("sections", topic, language):
                if row.get("match", "") == "exact":
                    exact.setdefault(row["term"], row["concept"])
                else:
                    free.setdefault(fold(row["term"]), row["concept"])
    return Headers(free, exact, {_scramble(key): concept for key, concept in free.items() if len(key) > SHORTEST_FUZZY}, effects)


def _parts(cell: str) -> tuple[str, ...]:
    """The values of a cell that are joined by semicolons."""
    return tuple(part for part in cell.split(";") if part)


def _scramble(key: str) -> str:
    """The letters of a header sorted, so that swapped letters still name it."""
    return "".join(sorted(key.replace(" ", "")))


def _scope(text: str, body: int, end: int) -> int:
    """Where the section's attributes stop: its end, or the end of the paragraph or of the short line that begins beside the header."""
    line_end = text.find("\n", body)
    if line_end < 0 or line_end > end or not text[body:line_end].strip():
        return end
    if line_end - body < SHORT_LINE and text[line_end + 1 : line_end + 2].isupper():
        return line_end
    stop = PARAGRAPH_END.search(text, body, end)
    return stop.start() if stop else end


def section_at(sections: list[Section], starts: list[int], at: int) -> Section | None:
    """The section, of those that begin at `starts`, that character `at` stands in."""
    position = bisect_right(starts, at) - 1
    return sections[position] if position >= 0 else None
