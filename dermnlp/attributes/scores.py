"""Severity and quality-of-life scales with their values: "PASI 12,4→1,8", "BSA: 15%", "Hurley II", "itch 8/10"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, END, STAGE, alternatives, union
from dermnlp.attributes.score_circumstances import ARROW, Circumstances, Reading
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
IS_ROMAN = re.compile(rf"(?<![a-z]){ROMAN}(?![a-z])")
OF_MAXIMUM = re.compile(r"\d\s?/\s?\d")
ARROW_SIGN = re.compile(ARROW)
BEHIND = 40
COMPARED = frozenset("<>≤≥")
FILL = r"(?:[\s:=≈~(\[]|\.{1,3}(?=\s))"
ABOVE, BELOW, OTHER_MAXIMUM, WRONG_KIND = "above_maximum", "below_minimum", "other_maximum", "wrong_kind"
FARTHEST = 4  # a number that many times beyond the range of a scale is no value of it at all
LEVELS = frozenset((50, 75, 90, 100))  # of a response: "PASI 90"


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale: short name, kind of value (number, percent, roman, tenth), range, the words it needs nearby, and who fills it in.

    `sure` is no name that means other things too: what is out of its range is an impossible value of it.
    """

    name: str
    kind: str
    minimum: float
    maximum: float
    near: str
    assessor: str = ""
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Grammar:
    """The names of the scales, and the regular expressions of a language over folded text."""

    names: Phrases[Scale]
    after: re.Pattern[str]
    before: re.Pattern[str]
    cell: re.Pattern[str]
    again: re.Pattern[str]
    condition: re.Pattern[str]
    response: tuple[re.Pattern[str], re.Pattern[str]]
    compared: dict[str, re.Pattern[str]]
    near: dict[str, re.Pattern[str]]


class Scores:
    """Proposes a SCORE for every scale with its value, and one for each further value of the same scale.

    Each has its moment and assessor in its `details` where they are written; a value that its scale can't have is there with the reason
    why it is rejected.
    """

    def __init__(self, nlp: Language, name: str) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.state())
        self.circumstances = Circumstances(nlp.lang)

    def __call__(self, doc: Doc) -> Doc:
        words, done, tried, before = visible(doc), 0, -1, None
        names: dict[tuple[int, int], list[Scale]] = {}
        for first, last, scale in self.grammar.names.find(words):
            names.setdefault((words.start[first], words.start[last] + len(words.raw[last])), []).append(scale)
        for (start, end), scales in sorted(names.items(), key=lambda item: (item[0][0], -item[0][1])):
            readings = self._scores(doc, start, end, scales) if start >= done else []
            if readings and not (start == tried and "rejected" in readings[0].score.details):
                self.circumstances.mark(folded_of(doc), start, readings, before)
                candidates(doc).extend(reading.score for reading in readings)
                before, done = readings[-1], readings[-1].score.end
            tried = start
        candidates(doc).extend(self._of_tables(folded_of(doc), names))
        return doc

    def _of_tables(self, folded: str, names: dict[tuple[int, int], list[Scale]]) -> Iterator[Found]:
        """The scores in the tables of the text, whose scales stand at the head of a column or a row."""
        for start, end, scales in table_cells(folded, names.get):
            match = self.grammar.cell.fullmatch(folded, start, end)
            scale = next((scale for scale in scales if match and not scale.near and not _rejected(scale, match)), None)
            if match and scale:
                yield _score(start, end, match, scale, "")

    def _scores(self, doc: Doc, start: int, end: int, scales: list[Scale]) -> list[Reading]:
        """The scores that a scale's name at [start, end) has, if any."""
        folded = folded_of(doc)
        for pattern, where in ((self.grammar.after, end), (self.grammar.before, max(0, start - BEHIND))):
            match = pattern.match(folded, where) if pattern is self.grammar.after else _ending(pattern, folded, where, start)
            if match:
                first, last = min(start, match.start()), max(end, match.end("value"))
                scale = self._scale(doc, folded, match, first, scales)
                if scale and not self._threshold(folded, first, match) and not self._response(folded, first, match, scale):
                    return list(self._with_more(folded, match, first, _closed(folded, first, last), scale))
        return []

    def _scale(self, doc: Doc, folded: str, match: re.Match[str], start: int, scales: list[Scale]) -> Scale | None:
        """The scale, of those that share a name, that fits the value and the words nearby; else the one whose range the value misses."""
        beyond = None
        for scale in scales:
            if scale.near:
                low, _ = sentence_at(doc, start)
                if not self.grammar.near[scale.near].search(folded, low, match.end()):
                    continue
            rejected = _rejected(scale, match)
            if not rejected:
                return scale
            beyond = beyond or (scale if _is_error(scale, match, rejected) else None)
        return beyond

    def _response(self, folded: str, start: int, match: re.Match[str], scale: Scale) -> bool:
        """Whether this is a level of response, "PASI 90", "IGA 0/1 response", and no value."""
        before, after = self.grammar.response
        if before.search(folded, max(0, start - BEHIND), start) or after.match(folded, match.end("value")):
            return _levels(match) or bool(re.fullmatch(r"0\s?/\s?1", match["value"].strip()))
        return _levels(match) and bool(_rejected(scale, match))

    def _threshold(self, folded: str, start: int, match: re.Match[str]) -> bool:
        """Whether this is a bare threshold, "if UAS7 >16", and no score of the patient's."""
        compared = match["value"].lstrip()[:1] in COMPARED or bool(self._sign(folded, match))
        return compared and bool(self.grammar.condition.search(folded, max(0, start - BEHIND), start))

    def _sign(self, folded: str, match: re.Match[str]) -> str:
        """The sign that words before a value stand for: ">" in "más del 60%"."""
        at = match.start("value")
        return next((sign for sign, words in self.grammar.compared.items() if words.search(folded, max(0, at - BEHIND), at)), "")

    def _with_more(self, folded: str, match: re.Match[str], start: int, end: int, scale: Scale) -> Iterator[Reading]:
        """The score of a match and those whose bare values follow it."""
        yield Reading(_score(start, end, match, scale, self._sign(folded, match)), match.start("value"), match.end("value"))
        while more := self.grammar.again.match(folded, end):
            rejected = _rejected(scale, more)
            if rejected and not (ARROW_SIGN.search(folded, end, more.start("value")) and _is_error(scale, more, rejected)):
                return
            score = _score(more.start("value"), more.end("value"), more, scale, self._sign(folded, more))
            yield Reading(score, more.start("value"), more.end("value"), end)
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
    details = {"assessor": scale.assessor, "rejected": _rejected(scale, match)}
    score = Found("SCORE", start, end, source="rule", rule=f"{STAGE}/{TOPIC}", scale=scale.name, value=_value(match, sign), unit=unit)
    score.details = {name: value for name, value in details.items() if value}
    return score


def _value(match: re.Match[str], sign: str) -> str:
    """The value as the guidelines write it: a number with a point, or as written; '<' and '>' stay."""
    text = match["value"]
    written = re.match(r"\s*([<>≤≥])", text)
    number = re.search(rf"{NUMBER}(?:\s*[-–]\s*{NUMBER})?|{ROMAN}(?:\s*[-–/]\s*{ROMAN})?", text)
    found = re.sub(r"[,´'’]", ".", number.group() if number else text).upper().replace(" ", "")
    return (written.group(1) if written else sign) + found


def _rejected(scale: Scale, match: re.Match[str]) -> str:
    """Why the scale can't have this value; '' when it is of its kind and within its range."""
    text = match["value"]
    numbers, romans = _numbers(text), [ROMANS[roman] for roman in IS_ROMAN.findall(text)]
    if romans and scale.kind != "roman":
        return WRONG_KIND
    if scale.kind == "tenth" and not (len(numbers) == 2 and numbers[1] == 10):
        return WRONG_KIND
    values = romans or numbers[:1]
    if not values or min(values) < scale.minimum:
        return BELOW
    if max(values) <= scale.maximum:
        return ""
    return OTHER_MAXIMUM if OF_MAXIMUM.search(text) and numbers[1] > max(scale.maximum, numbers[0]) else ABOVE


def _is_error(scale: Scale, match: re.Match[str], rejected: str) -> bool:
    """Whether a rejected value is one that somebody gave the scale, and no number that merely stands behind its name."""
    if not scale.sure or scale.near or scale.kind == "tenth":
        return False
    numbers, romans = _numbers(match["value"]), IS_ROMAN.findall(match["value"])
    if rejected == WRONG_KIND:
        return any(len(roman) > 1 for roman in romans)
    return bool(romans) or rejected == OTHER_MAXIMUM or numbers[0] <= max(scale.maximum * FARTHEST, 10)


def _levels(match: re.Match[str]) -> bool:
    """Whether a value is a level of response, or several: "75", "75/90"."""
    text = match["value"].strip()
    return bool(re.fullmatch(r"\d+(?:\s?/\s?\d+)?", text)) and {int(number) for number in re.findall(r"\d+", text)} <= LEVELS


def _numbers(text: str) -> list[float]:
    """The numbers of a value."""
    return [float(re.sub(r"[,´'’]", ".", number)) for number in re.findall(NUMBER, text)]


@lru_cache(maxsize=8)
def _grammar(language: str, state: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    concepts = lexicons.concepts(STAGE, TOPIC)
    terms = [row for row in lexicons.terms(STAGE, TOPIC, language) if row["concept"] in concepts]
    names = Phrases(language, ((row["term"], row.get("match", "") or "word", _row(concepts[row["concept"]], row)) for row in terms))

    def block(concept: str) -> str:
        return union(WORDS, language, concept)

    value = _value_pattern(block("of_maximum"), block("points"), block("other_unit"))
    compared = {sign: rf"{EDGE}(?:{block(concept)})\s*\Z" for sign, concept in ((">", "more"), ("<", "less"))}
    months = alternatives(row["term"] for row in lexicons.terms(STAGE, "dates", language) if row["concept"].startswith("month"))
    fill = rf"(?:{FILL}|(?<![^\W\d_])(?:{block('joiner')}|{block('more')}|{block('less')}|{months}){CLOSED})"
    after = rf"{END}{fill}*?\s*(?P<value>{value})"
    value_before = rf"(?P<value>[<>~≈]?\s?{NUMBER}\s?%|(?(stage)(?:{ROMAN}|\d){CLOSED}|(?!)))"
    before = rf"(?<![\w.,])(?:(?P<stage>{block('stage')})\s+)?{value_before}\s*(?:(?:{block('of_name')})\s+)*"
    near = {row["near"]: rf"{EDGE}(?:{block(row['near'])}){CLOSED}" for row in concepts.values() if row["near"]}
    return Grammar(
        names,
        re.compile(after),
        re.compile(before),
        re.compile(rf"(?P<value>{value})"),
        _again(block("again"), block("later"), block("other_unit"), months),
        re.compile(rf"{EDGE}(?:{block('condition')})\s+(?:[^\W\d_]+\s+)?\Z"),
        (re.compile(rf"{EDGE}(?:{block('response')})\s+(?:[^\W\d_]+\s+)?\Z"), re.compile(rf"\s*\)?\s*(?:{block('response')}){CLOSED}")),
        {sign: re.compile(pattern) for sign, pattern in compared.items()},
        {concept: re.compile(pattern) for concept, pattern in near.items()},
    )


def _again(words: str, later: str, other_unit: str, months: str) -> re.Pattern[str]:
    """A further value of the same scale: after an arrow, after words like "basal", or before words like "at baseline".

    A bracket without figures may stand before it ("PDAI 14 (Dra. X), el previo 38"); dates in brackets may stand behind both.
    """
    number = rf"[<>≤≥]?\s?{NUMBER}(?:\s?/\s?\d+)?(?:\s?%)?"
    lead = rf"[\s,;:()\[\]]*(?:{EDGE}(?:{words}){CLOSED}[\s:.,()]*)+"
    aside, day = r"(?:\s*\([^()\d\n]{1,40}\)(?=\s*[,;]))?", r"\s*\((?:\d{1,2}[/-]){1,2}\d{2,4}\)"
    before = rf"\s*\(?(?:{lead}|(?:\s?[^\W\d_]+){{1,3}}\s*)?{ARROW}\s*|{aside}{lead}\(?\s*|\s*\((?={number}\s+(?:{later}){CLOSED})"
    when = rf"(?:{day}|\s+(?:[^\W\d_]+\s+)?(?:{months})(?:\s+(?:[^\W\d_]+\s+)?\d{{4}})?)"
    before = rf"{before}|{when}(?:[,;]\s*|\s+[^\W\d_]{{1,3}}\s+)(?=[<>]?{NUMBER}(?:{when}|\s+(?:{later}){CLOSED}))"
    before = rf"{before}|{day}[,;]?\s*(?={number}{day})"
    return re.compile(rf"(?:{before})(?P<value>{number})(?!\w)(?![^\S\n]?(?:{other_unit})|\s?(?:/\d|%|[.,]\d))")


def _value_pattern(of_maximum: str, points: str, other_unit: str) -> str:
    """The values that may follow a scale's name."""
    number = rf"[<>≤≥~≈]?\s?{SHORT_NUMBER}(?:\s?[-–]\s?{SHORT_NUMBER})?(?:\s?/\s?\d+(?![\d/])|\s+(?:{of_maximum})\s+\d+)?(?:\s?%|\s?(?:{points}){CLOSED})?"
    roman = rf"{ROMAN}(?:\s?[-–/]\s?{ROMAN})?"
    return rf"(?:{number}|{roman}){CLOSED}(?![^\S\n]?(?:{other_unit})|[.,]\d|/\d)"


def _row(row: dict[str, str], term: dict[str, str]) -> Scale:
    """A scale under one of its names."""
    sure = term.get("match", "") != "exact"
    return Scale(row["scale"], row["kind"], float(row["minimum"]), float(row["maximum"]), row["near"], row.get("assessor", ""), sure)
