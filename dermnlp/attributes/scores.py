"""Severity and quality-of-life scales with their values: "PASI 12,4→1,8", "BSA: 15%", "Hurley II", "itch 8/10"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, END, STAGE, union
from dermnlp.attributes.score_tables import table_cells
from dermnlp.extensions import Found, candidates
from dermnlp.phrases import Phrases, visible
from dermnlp.sentences import sentence_at
from dermnlp.tokens import folded_of

TOPIC, WORDS = "scores", "score_words"
NUMBER = r"\d+(?:[.,´'’]\d+)?"
SHORT_NUMBER = r"\d{1,3}(?!\d)(?:[.,´'’]\d+)?"
ROMAN = r"(?:viii|vii|vi|iv|v|i{1,3})"
ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
ARROW = r"(?:→|-{1,2}>|=>|➔|➜|⇒)"
BEHIND = 40
COMPARED = frozenset("<>≤≥")
FILL = r"(?:[\s:=≈~(\[]|\.{1,3}(?=\s))"


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale: short name, kind of value (number, percent, roman, tenth), range, and the words it needs nearby."""

    name: str
    kind: str
    minimum: float
    maximum: float
    near: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """The names of the scales, and the regular expressions of a language over folded text."""

    names: Phrases[Scale]
    after: re.Pattern[str]
    before: re.Pattern[str]
    cell: re.Pattern[str]
    again: re.Pattern[str]
    condition: re.Pattern[str]
    compared: dict[str, re.Pattern[str]]
    near: dict[str, re.Pattern[str]]


class Scores:
    """Proposes a SCORE for every scale with its value, and one for each further value of the same scale."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.state())

    def __call__(self, doc: Doc) -> Doc:
        words, done = visible(doc), 0
        names: dict[tuple[int, int], list[Scale]] = {}
        for first, last, scale in self.grammar.names.find(words):
            names.setdefault((words.start[first], words.start[last] + len(words.raw[last])), []).append(scale)
        for (start, end), scales in sorted(names.items(), key=lambda item: (item[0][0], -item[0][1])):
            if start >= done:
                scores = self._scores(doc, start, end, scales)
                candidates(doc).extend(scores)
                done = scores[-1].end if scores else done
        candidates(doc).extend(self._of_tables(folded_of(doc), names))
        return doc

    def _of_tables(self, folded: str, names: dict[tuple[int, int], list[Scale]]) -> Iterator[Found]:
        """The scores in the tables of the text, whose scales stand at the head of a column or a row."""
        for start, end, scales in table_cells(folded, names.get):
            match = self.grammar.cell.fullmatch(folded, start, end)
            scale = next((scale for scale in scales if match and not scale.near and _fits(scale, match)), None)
            if match and scale:
                yield _score(start, end, match, scale, "")

    def _scores(self, doc: Doc, start: int, end: int, scales: list[Scale]) -> list[Found]:
        """The scores that a scale's name at [start, end) has, if any."""
        folded = folded_of(doc)
        for pattern, where in ((self.grammar.after, end), (self.grammar.before, max(0, start - BEHIND))):
            match = pattern.match(folded, where) if pattern is self.grammar.after else _ending(pattern, folded, where, start)
            if match:
                first, last = min(start, match.start()), max(end, match.end("value"))
                scale = self._scale(doc, folded, match, first, scales)
                if scale and not self._threshold(folded, first, match):
                    return list(self._with_more(folded, match, first, _closed(folded, first, last), scale))
        return []

    def _scale(self, doc: Doc, folded: str, match: re.Match[str], start: int, scales: list[Scale]) -> Scale | None:
        """The scale, of those that share a name, that fits the value and the words nearby."""
        for scale in scales:
            if scale.near:
                low, _ = sentence_at(doc, start)
                if not self.grammar.near[scale.near].search(folded, low, match.end()):
                    continue
            if _fits(scale, match):
                return scale
        return None

    def _threshold(self, folded: str, start: int, match: re.Match[str]) -> bool:
        """Whether this is a bare threshold, "if UAS7 >16", and no score of the patient's."""
        compared = match["value"].lstrip()[:1] in COMPARED or bool(self._sign(folded, match))
        return compared and bool(self.grammar.condition.search(folded, max(0, start - BEHIND), start))

    def _sign(self, folded: str, match: re.Match[str]) -> str:
        """The sign that words before a value stand for: ">" in "más del 60%"."""
        at = match.start("value")
        return next((sign for sign, words in self.grammar.compared.items() if words.search(folded, max(0, at - BEHIND), at)), "")

    def _with_more(self, folded: str, match: re.Match[str], start: int, end: int, scale: Scale) -> Iterator[Found]:
        """The score of a match and those whose bare values follow it."""
        yield _score(start, end, match, scale, self._sign(folded, match))
        while (more := self.grammar.again.match(folded, end)) and _fits(scale, more):
            yield _score(more.start("value"), more.end("value"), more, scale, self._sign(folded, more))
            end = more.end("value")


def _closed(folded: str, start: int, end: int) -> int:
    """The end of a score, behind the bracket that closes one opened in it: "DLQI (11)"."""
    return end + 1 if folded[end : end + 1] == ")" and folded.count("(", start, end) > folded.count(")", start, end) else end


def _ending(pattern: re.Pattern[str], folded: str, start: int, end: int) -> re.Match[str] | None:
    """The match of a pattern that ends where a name begins."""
    return next((m for m in pattern.finditer(folded, start, end) if m.end() == end), None)


def _score(start: int, end: int, match: re.Match[str], scale: Scale, sign: str) -> Found:
    """The record of one score; `sign` is what words before the value say, if any."""
    unit = "%" if scale.kind == "percent" else ""
    rule = f"{STAGE}/{TOPIC}"
    return Found("SCORE", start, end, source="rule", rule=rule, scale=scale.name, value=_value(match, sign), unit=unit)


def _value(match: re.Match[str], sign: str) -> str:
    """The value as the guidelines write it: a number with a point, or as written; '<' and '>' stay."""
    text = match["value"]
    written = re.match(r"\s*([<>≤≥])", text)
    number = re.search(rf"{NUMBER}(?:\s*[-–]\s*{NUMBER})?|{ROMAN}(?:\s*[-–/]\s*{ROMAN})?", text)
    found = re.sub(r"[,´'’]", ".", number.group() if number else text).upper().replace(" ", "")
    return (written.group(1) if written else sign) + found


def _fits(scale: Scale, match: re.Match[str]) -> bool:
    """Whether the value is of the scale's kind and within its range."""
    text = match["value"]
    numbers = [float(re.sub(r"[,´'’]", ".", n)) for n in re.findall(NUMBER, text)]
    romans = [ROMANS[r] for r in re.findall(rf"(?<![a-z]){ROMAN}(?![a-z])", text)]
    if romans and scale.kind != "roman":
        return False
    if scale.kind == "tenth" and not (len(numbers) == 2 and numbers[1] == 10):
        return False
    values = romans or numbers[:1]
    return bool(values) and all(scale.minimum <= value <= scale.maximum for value in values)


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    concepts = lexicons.concepts(STAGE, TOPIC)
    terms = [row for row in lexicons.terms(STAGE, TOPIC, language) if row["concept"] in concepts]
    names = Phrases(language, ((row["term"], row.get("match", "") or "word", _row(concepts[row["concept"]])) for row in terms))

    def block(concept: str) -> str:
        return union(WORDS, language, concept)

    value = _value_pattern(block("of_maximum"), block("points"), block("other_unit"))
    compared = {sign: rf"{EDGE}(?:{block(concept)})\s*\Z" for sign, concept in ((">", "more"), ("<", "less"))}
    fill = rf"(?:{FILL}|(?<![^\W\d_])(?:{block('joiner')}|{block('more')}|{block('less')}){CLOSED})"
    after = rf"{END}{fill}*?\s*(?P<value>{value})"
    value_before = rf"(?P<value>[<>~≈]?\s?{NUMBER}\s?%|(?(stage)(?:{ROMAN}|\d){CLOSED}|(?!)))"
    before = rf"(?<![\w.,])(?:(?P<stage>{block('stage')})\s+)?{value_before}\s*(?:(?:{block('of_name')})\s+)*"
    near = {row["near"]: rf"{EDGE}(?:{block(row['near'])}){CLOSED}" for row in concepts.values() if row["near"]}
    return Grammar(
        names,
        re.compile(after),
        re.compile(before),
        re.compile(rf"(?P<value>{value})"),
        _again(block("again"), block("later"), block("other_unit")),
        re.compile(rf"{EDGE}(?:{block('condition')})\s+(?:[^\W\d_]+\s+)?\Z"),
        {sign: re.compile(pattern) for sign, pattern in compared.items()},
        {concept: re.compile(pattern) for concept, pattern in near.items()},
    )


def _again(words: str, later: str, other_unit: str) -> re.Pattern[str]:
    """A further value of the same scale: after an arrow, after words like "basal", or before words like "at baseline"."""
    number = rf"[<>≤≥]?\s?{NUMBER}(?:\s?/\s?\d+)?(?:\s?%)?"
    lead = rf"[\s,;:()\[\]]*(?:{EDGE}(?:{words}){CLOSED}[\s:.,()]*)+"
    before = rf"\s*\(?(?:{lead}|(?:\s?[^\W\d_]+){{1,3}}\s*)?{ARROW}\s*|{lead}\(?\s*|\s*\((?={number}\s+(?:{later}){CLOSED})"
    return re.compile(rf"(?:{before})(?P<value>{number})(?!\w)(?!\s?(?:{other_unit}|/\d|%|[.,]\d))")


def _value_pattern(of_maximum: str, points: str, other_unit: str) -> str:
    """The values that may follow a scale's name."""
    number = rf"[<>≤≥~≈]?\s?{SHORT_NUMBER}(?:\s?[-–]\s?{SHORT_NUMBER})?(?:\s?/\s?\d+(?![\d/])|\s+(?:{of_maximum})\s+\d+)?(?:\s?%|\s?(?:{points}){CLOSED})?"
    roman = rf"{ROMAN}(?:\s?[-–/]\s?{ROMAN})?"
    return rf"(?:{number}|{roman}){CLOSED}(?!\s?(?:{other_unit})|[.,]\d|/\d)"


def _row(row: dict[str, str]) -> Scale:
    return Scale(row["scale"], row["kind"], float(row["minimum"]), float(row["maximum"]), row["near"])
