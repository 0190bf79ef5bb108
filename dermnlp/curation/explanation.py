"""Why a text gives the mentions that it gives: every row of the entity lexicons that fires, and what beat it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons, pipelines
from dermnlp.curation.faults import read
from dermnlp.data import PIPELINE
from dermnlp.entities.matcher import MODIFIER, Entry, longest
from dermnlp.entities.merge import BARES
from dermnlp.extensions import Found, candidates, found
from dermnlp.lexicons import SWITCHED_OFF, Row
from dermnlp.phrases import Hit, Words, crosses_blank_line, visible
from dermnlp.sentences import sentence_starts
from dermnlp.tokens import forms, split, text_of

MATCHER = "matcher"


@dataclass(frozen=True, slots=True)
class Firing:
    """A row that matches words of the text: the words, what they stand for, the row, and why it was beaten ('' if it wasn't)."""

    start: int
    end: int
    text: str
    type: str
    concept: str
    row: str
    beaten: str = ""


def explain(
    text: str, language: str, *, exclude: Iterable[str] = (), over: Iterable[str | Path] = (), config: str | Path = PIPELINE
) -> list[Firing]:
    """The rows that fire in a text in the order of the text, mentions of the tagger and of rules among them."""
    over = tuple(over)
    nlp = pipelines.load(language, exclude=exclude, lexicons=over, config=config)
    with lexicons.use([*pipelines.directories(config), *over]):
        doc = nlp(text)
        mentions = found(doc)
        firings = [*_of_lexicon(nlp, doc, mentions), *_of_others(text, mentions), *_of_cues(text, mentions)]
    return sorted(dict.fromkeys(firings), key=lambda firing: (firing.start, -firing.end, bool(firing.beaten)))


def _of_lexicon(nlp: Language, doc: Doc, mentions: list[Found]) -> Iterator[Firing]:
    """Every hit of the matcher with its row and its fate."""
    words, rows = visible(doc), Rows(nlp.lang)
    matcher = nlp.get_pipe(MATCHER)
    senses = matcher.senses.of_note(words, sentence_starts(doc))
    hits = matcher.phrases.find(words)
    allowed = [hit for hit in hits if senses.hold(hit[2].senses, *hit[:2]) and not crosses_blank_line(text_of(doc), words, *hit[:2])]
    best = list(longest(allowed))
    for hit in hits:
        start, end, entry = _start(words, hit), _end(words, hit), hit[2]
        if hit not in allowed:
            failed = next((name for name in entry.senses if not senses.hold((name,), *hit[:2])), "")
            reason = _unheld(failed, *senses.senses.rules[failed]) if failed else "its words stand in two paragraphs"
        elif hit not in best:
            reason = _outdone(words, hit, best)
        else:
            reason = _merged(_proposed(doc, start, end, entry), start, end, entry, mentions, doc)
        yield Firing(start, end, text_of(doc)[start:end], entry.type, entry.concept, rows.of(words.raw[hit[0] : hit[1] + 1], entry), reason)


def _of_others(text: str, mentions: list[Found]) -> Iterator[Firing]:
    """The mentions that no lexicon row proposed as they stand: by the tagger, by rules of values, by misspelt names."""
    for mention in mentions:
        if mention.source != "lexicon":
            row = mention.rule if mention.source == mention.rule.split("/")[-1] else f"{mention.source} {mention.rule}".strip()
            yield Firing(mention.start, mention.end, text[mention.start : mention.end], mention.type, mention.concept, row)


def _of_cues(text: str, mentions: list[Found]) -> Iterator[Firing]:
    """The cues that decided an attribute of a mention."""
    for mention in mentions:
        for cue in mention.cues:
            if cue.end > cue.start:
                yield Firing(cue.start, cue.end, text[cue.start : cue.end], cue.attribute, "", cue.rule)


def _unheld(name: str, window: str, needs: bool) -> str:
    """Why a sense rule doesn't hold."""
    where = {"note": "the note", "sentence": "the sentence", "before": "the three words before", "after": "the three words after"}
    place = where.get(window, window)
    return f"sense {name}: none of its words stands in {place}" if needs else f"sense {name}: one of its words stands in {place}"


def _outdone(words: Words, hit: Hit[Entry], best: list[Hit[Entry]]) -> str:
    """Which hit at the same place is the longer, the surer, or the first."""
    first, last, entry = hit
    other = next((b for b in best if b[0] == first and b[2].type == entry.type), None) or next(b for b in best if b[:2] == hit[:2])
    named = f"'{' '.join(words.raw[other[0] : other[1] + 1])}' ({other[2].concept})"
    if other[1] > last:
        return f"{named} is longer"
    return f"{named} has a sense rule that holds" if other[2].senses and not entry.senses else f"{named} stands first in the lexicons"


def _proposed(doc: Doc, start: int, end: int, entry: Entry) -> bool:
    """Whether the matcher proposed a hit: it drops an abbreviation that the note explains as something else."""
    return any(c.concept == entry.concept and (c.start == start or c.end == end) for c in candidates(doc))


def _merged(proposed: bool, start: int, end: int, entry: Entry, mentions: list[Found], doc: Doc) -> str:
    """What became of a candidate among the others: '' when it is a mention, or the kernel of one."""
    over = [m for m in mentions if m.start < end and start < m.end]
    if any(m.concept == entry.concept and m.type == entry.type and m.start <= start and end <= m.end for m in over):
        return ""
    if entry.type == MODIFIER:
        lengthened = next((m for m in over if m.start < start or end < m.end), None)
        return f"is part of '{text_of(doc)[lengthened.start : lengthened.end]}'" if lengthened else "no noun stands beside it"
    if not proposed:
        return "the note explains this abbreviation otherwise"
    if over:
        other = max(over, key=lambda m: m.end - m.start)
        return f"'{text_of(doc)[other.start : other.end]}' ({other.type} {other.concept or other.source}) takes its place"
    return "is no mention without an adjective" if entry.role in BARES else "the tagger doubts it"


def _start(words: Words, hit: Hit[Entry]) -> int:
    return words.start[hit[0]]


def _end(words: Words, hit: Hit[Entry]) -> int:
    return words.start[hit[1]] + len(words.raw[hit[1]])


class Rows:
    """Finds the file and line of the row that a hit came from."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.tables = {"": forms(language, inflected=True), "word": forms(language, inflected=False)}
        self.topics: dict[str, Mapping[str, list[tuple[str, Row]]]] = {}

    def of(self, words: list[str], entry: Entry) -> str:
        """`file:line` of the last row whose term has the form of these words and the entry's concept."""
        if entry.rule not in self.topics:
            self.topics[entry.rule] = self._read(entry.rule)
        places = self.topics[entry.rule].get(entry.concept, [])
        fitting = [place for place, row in places if self._same(row, words)]
        return fitting[-1] if fitting else entry.rule

    def _same(self, row: Row, words: list[str]) -> bool:
        match = row.get("match", "")
        compare = (lambda word: word) if match == "exact" else self.tables[match].__getitem__
        term, seen = ([compare(word) for word in part if word != "-"] for part in (split(row["term"]), words))
        return term == seen

    def _read(self, rule: str) -> dict[str, list[tuple[str, Row]]]:
        """The rows of a topic by concept, each with its place."""
        found: dict[str, list[tuple[str, Row]]] = {}
        for root in lexicons.roots():
            path = root / rule / f"{self.language}.csv"
            if path.is_file():
                shown = path.relative_to(root) if root == lexicons.roots()[0] else path
                for line, row in read(path, root).rows:
                    if row["concept"] != SWITCHED_OFF:
                        found.setdefault(row["concept"], []).append((f"{shown}:{line}", row))
        return found


