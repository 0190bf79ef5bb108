"""Sections: headers on a line of their own, before a colon, or in capitals at the start of a line."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from dermnlp import lexicons
from dermnlp.extensions import SECTIONS, Found
from dermnlp.tokens import fold, text_of, words_of

LINE = re.compile(
    r"^[ \t]*(?P<mark>[-*•·#>=_|]+[ \t]*|\d{1,2}[.)][ \t]*|\*\*)?(?P<header>[^\W\d_][^:\n\r]{0,60}?)[ \t]*[*=_]*[ \t]*(?P<close>:|\.-|$)",
    re.MULTILINE,
)
INLINE = re.compile(r"[.;)\]|][ \t]+(?P<header>[^\W\d_][^:.;\n]{0,40}?)[ \t]*:")
CAPITALS = re.compile(r"^[ \t]*(?P<header>[^\W\d_a-z]{1,12}(?:/[^\W\d_a-z]{1,4})?)[.)]?[ \t]+(?=\S)", re.MULTILINE)
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
    concepts: dict[str, dict[str, str]]


class Sections:
    """Finds the sections of a note; `also` names languages whose headers are borrowed, by language of the note."""

    def __init__(self, nlp: Language, name: str, *, also: dict[str, list[str]] | None = None) -> None:
        borrowed = (also or {}).get(nlp.lang, [])
        self.headers = _headers((nlp.lang, *borrowed), lexicons.roots())

    def __call__(self, doc: Doc) -> Doc:
        sections = list(self._sections(text_of(doc)))
        doc.user_data["sections"] = sections
        starts = words_of(doc)[1]
        spans = [
            Span(doc, bisect_right(starts, s.start) - 1, bisect_left(starts, s.end), label=s.concept)
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
            row = self.headers.concepts[concept]
            attributes = tuple(part for part in row["attributes"].split(";") if part)
            types = tuple(part for part in row["types"].split(";") if part)
            yield Section(concept, start, body, end, _scope(text, body, end), attributes, types)

    def _heads(self, text: str) -> Iterator[tuple[int, int, str]]:
        """Each header as (start, end, concept)."""
        taken: set[int] = set()
        for pattern in (LINE, INLINE, CAPITALS):
            for match in pattern.finditer(text):
                at = match.start("header")
                concept = self._concept(match["header"], match.groupdict().get("close"), pattern is CAPITALS)
                if concept and at not in taken:
                    taken.add(at)
                    yield at, match.end(), concept

    def _concept(self, words: str, close: str | None, capitals_only: bool) -> str | None:
        """The section that these words head, if any."""
        plain = words.strip(" \t.-*=_#")
        if plain in self.headers.exact:
            return self.headers.exact[plain]
        if capitals_only:
            return None
        key = fold(" ".join(plain.split()))
        if key in self.headers.free:
            return self.headers.free[key]
        return self.headers.scrambled.get(_scramble(key)) if close and len(key) > 7 else None


@lru_cache(maxsize=8)
def _headers(languages: tuple[str, ...], roots: tuple[object, ...]) -> Headers:
    """The headers of several languages in one table; the first language wins."""
    free: dict[str, str] = {}
    exact: dict[str, str] = {}
    concepts: dict[str, dict[str, str]] = {}
    for topic in lexicons.topics("sections"):
        concepts |= lexicons.concepts("sections", topic)
        for language in languages:
            for row in lexicons.terms("sections", topic, language):
                if row["match"] == "exact":
                    exact.setdefault(row["term"], row["concept"])
                else:
                    free.setdefault(fold(row["term"]), row["concept"])
    return Headers(free, exact, {_scramble(key): concept for key, concept in free.items() if len(key) > 7}, concepts)


def _scramble(key: str) -> str:
    """The letters of a header sorted, so that swapped letters still name it."""
    return "".join(sorted(key.replace(" ", "")))


def _scope(text: str, body: int, end: int) -> int:
    """Where the section's attributes stop: its end, or the end of the paragraph that begins beside the header."""
    line_end = text.find("\n", body)
    if line_end < 0 or line_end > end or not text[body:line_end].strip():
        return end
    stop = PARAGRAPH_END.search(text, body, end)
    return stop.start() if stop else end


def section_at(sections: list[Section], mention: Found) -> Section | None:
    """The section that a mention stands in."""
    position = bisect_right([section.start for section in sections], mention.start) - 1
    return sections[position] if position >= 0 else None
