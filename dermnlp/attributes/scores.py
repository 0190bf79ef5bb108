"""Severity and quality-of-life scales with their values: "PASI 12,4→1,8", "BSA: 15%", "Hurley II", "itch 8/10"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import EDGE, STAGE, alternatives, union
from dermnlp.extensions import Found, candidates
from dermnlp.sentences import sentence_at
from dermnlp.tokens import fold_in_place

TOPIC, WORDS = "scores", "score_words"
NUMBER = r"\d+(?:[.,´'’]\d+)?"
ROMAN = r"(?:viii|vii|vi|iv|v|i{1,3})"
ROMANS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6, "vii": 7, "viii": 8}
ARROW = r"(?:→|-{1,2}>|=>|➔|➜|⇒)"
FILL = r"(?:[\s:=≈~(\[]|\.{1,3}(?=\s))"


@dataclass(frozen=True, slots=True)
class Scale:
    """A scale: short name, kind of value (number, percent, roman, tenth), range, and the words it needs nearby."""

    name: str
    kind: str
    minimum: float
    maximum: float
    near: str
    exact: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grammar:
    """The regular expressions of a language over folded text, and the scales by folded name."""

    scales: dict[str, tuple[Scale, ...]]
    first: re.Pattern[str]
    before: re.Pattern[str]
    again: re.Pattern[str]
    near: dict[str, re.Pattern[str]]


class Scores:
    """Proposes a SCORE for every scale with its value, and one for each further value of the same scale."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.grammar = _grammar(nlp.lang, lexicons.roots())

    def __call__(self, doc: Doc) -> Doc:
        text = doc.text
        folded = doc.user_data.setdefault("folded", fold_in_place(text))
        scores: list[Found] = []
        for pattern in (self.grammar.first, self.grammar.before):
            for match in pattern.finditer(folded):
                scale = self._scale(doc, folded, match)
                if scale:
                    scores += self._with_more(text, folded, match, scale)
        candidates(doc).extend(scores)
        return doc

    def _scale(self, doc: Doc, folded: str, match: re.Match[str]) -> Scale | None:
        """The scale that a match names, if its value fits."""
        written = doc.text[match.start("name") : match.end("name")]
        low, high = sentence_at(doc, match.start())
        for scale in self.grammar.scales[_key(match["name"])]:
            if scale.exact and written not in scale.exact and not (written.isupper() and written.isalpha() and not any(e.isupper() for e in scale.exact)):
                continue
            if scale.near and not self.grammar.near[scale.near].search(folded, low, match.end()):
                continue
            return scale if _fits(scale, match) else None
        return None

    def _with_more(self, text: str, folded: str, match: re.Match[str], scale: Scale) -> Iterator[Found]:
        """The score of a match and those whose bare values follow it."""
        start = match.start("name") if match.start("name") < match.start("value") else match.start("value")
        yield _score(text, start, match.end() if start == match.start("value") else match.end("value"), match, scale)
        at = max(match.end("value"), match.end("name"))
        while (more := self.grammar.again.match(folded, at)) and _fits(scale, more):
            yield _score(text, more.start("value"), more.end("value"), more, scale)
            at = more.end("value")


def _score(text: str, start: int, end: int, match: re.Match[str], scale: Scale) -> Found:
    """The record of one score."""
    unit = "%" if scale.kind == "percent" else ""
    return Found(
        "SCORE", start, end, source="rule", rule=f"{STAGE}/{TOPIC}", scale=scale.name, value=_value(match, scale), unit=unit
    )


def _value(match: re.Match[str], scale: Scale) -> str:
    """The value as the guidelines write it: a number with a point, or as written; '<' and '>' stay."""
    text = match["value"]
    sign = re.match(r"\s*([<>≤≥])", text)
    number = re.search(rf"{NUMBER}(?:\s*[-–]\s*{NUMBER})?|{ROMAN}(?:\s*[-–/]\s*{ROMAN})?", text)
    found = re.sub(r"[,´'’]", ".", number.group() if number else text).upper().replace(" ", "")
    return (sign.group(1) if sign else "") + found


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
def _grammar(language: str, roots: tuple[object, ...]) -> Grammar:
    """The grammar of a language from the rows."""
    concepts = lexicons.concepts(STAGE, TOPIC)
    forms: dict[str, dict[str, set[str]]] = {}
    terms = [row for row in lexicons.terms(STAGE, TOPIC, language) if row["concept"] in concepts]
    for row in terms:
        exact = forms.setdefault(_key(fold_in_place(row["term"])), {}).setdefault(row["concept"], set())
        if row["match"] == "exact":
            exact.add(row["term"])
    scales = {key: tuple(_row(concepts[name], exact) for name, exact in group.items()) for key, group in forms.items()}
    names = alternatives(row["term"] for row in terms)

    def block(concept: str) -> str:
        return union(WORDS, language, concept)

    value = _value_pattern(block("of_maximum"), block("points"))
    fill = rf"(?:{FILL}|(?<![^\W\d_])(?:{block('joiner')})(?![^\W\d_]))"
    first = rf"{EDGE}(?P<name>{names})(?![^\W\d_]){fill}*?\s*(?P<value>{value})"
    before = rf"{EDGE}(?P<value>[<>~≈]?\s?{NUMBER}\s?%)\s*(?:(?:{block('of_name')})\s+)*(?P<name>{names})(?![^\W_])"
    again_words = rf"(?<![^\W_])(?:{block('again')})(?![^\W\d_])"
    number = rf"[<>≤≥]?\s?{NUMBER}(?:\s?/\s?\d+)?(?:\s?%)?"
    stop = r"(?![\w])(?!\s?(?:mg|cm|mm|/\d|%|[.,]\d))"
    lead = rf"[\s,;:()\[\]]*(?:{again_words}[\s:.,]*)+"
    near = {concept: re.compile(rf"{EDGE}(?:{block(concept)})(?![^\W_])") for concept in {row["near"] for row in concepts.values()} if concept}
    return Grammar(scales, re.compile(first), re.compile(before), _again(again_words, number, stop, lead, block("later")), near)


def _again(words: str, number: str, stop: str, lead: str, later: str) -> re.Pattern[str]:
    """A further value of the same scale: after an arrow, after words like "basal", or before words like "at baseline"."""
    before = rf"\s*\(?(?:{lead})?{ARROW}\s*|{lead}\(?\s*|\s*\((?={number}\s+(?:{later})(?![^\W_]))"
    return re.compile(rf"(?:{before})(?P<value>{number}){stop}")


def _value_pattern(of_maximum: str, points: str) -> str:
    """The values that may follow a scale's name."""
    number = rf"[<>≤≥~≈]?\s?{NUMBER}(?:\s?[-–]\s?{NUMBER})?(?:\s?/\s?\d+(?![\d/])|\s+(?:{of_maximum})\s+\d+)?(?:\s?%|\s?(?:{points})(?![^\W_]))?"
    roman = rf"{ROMAN}(?:\s?[-–/]\s?{ROMAN})?"
    return rf"(?:{number}|{roman})(?![^\W_])(?!\s?m2|\s?m²|[.,]\d)"


def _row(row: dict[str, str], exact: set[str]) -> Scale:
    return Scale(row["scale"], row["kind"], float(row["minimum"]), float(row["maximum"]), row["near"], frozenset(exact))


def _key(name: str) -> str:
    """A scale's name without blanks and hyphens."""
    return re.sub(r"[\s–-]+", "", name)
