"""The normal forms of doses, routes and frequencies: amounts as numbers, intervals in days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from dermnlp import lexicons
from dermnlp.attributes.patterns import STAGE, Template, templates
from dermnlp.tokens import fold_in_place

TYPES = frozenset({"DOSE", "ROUTE", "FREQUENCY"})
TOPICS = ("doses", "frequencies", "routes")
CACHE = 20_000
DECIMALS = 4
HALVES = {"½": Fraction(1, 2), "¼": Fraction(1, 4), "¾": Fraction(3, 4)}
THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
DECIMAL_POINT = re.compile(r"\d{1,3}\.\d{3}")
DECIMAL = re.compile(r"\d+(?:\.\d+)?")
SPELT = str.maketrans(",´'’", "....")
UNITS = ("unit", "weak_unit", "counted")
SEVERAL = 2
Part = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Posology:
    """What one DOSE, ROUTE or FREQUENCY says; what it doesn't say is None, '' or False.

    `interval` counts days from one dose to the next, on average; `units` are taken on a day of treatment in `times` portions, equal ones unless
    `uneven`; `timed` names a time of day. `counted` is a unit that one counts (tablet), `milligrams` how many a unit of mass holds, `single` a dose that isn't repeated.
    """

    amount: Fraction | None = None
    most: Fraction | None = None
    unit: str = ""
    counted: bool = False
    milligrams: Fraction | None = None
    per: str = ""
    interval: Fraction | None = None
    units: Fraction | None = None
    times: int = 0
    uneven: bool = False
    timed: bool = False
    as_needed: bool = False
    single: bool = False
    route: str = ""

    def details(self) -> dict[str, str]:
        """The details of the mention, those that are written."""
        often = self.interval is not None and not self.amount and self.interval <= 1 and 1 / self.interval
        times = self.times or (often if often and often.denominator == 1 else 0)
        pairs = {
            "amount": spell(self.amount),
            "amount_max": spell(self.most),
            "unit": self.unit,
            "per": self.per,
            "interval_days": spell(self.interval),
            "times_per_day": str(times or ""),
            "units_per_day": spell(self.units),
            "as_needed": "yes" if self.as_needed else "",
            "route": self.route,
        }
        return {name: value for name, value in pairs.items() if value}


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as a term of its topic: the row of the concept, and the blocks of the term with what stands for each."""

    row: dict[str, str]
    parts: tuple[Part, ...]

    def texts(self, *blocks: str) -> list[str]:
        """What stands for these blocks, in order."""
        return [text for block, text in self.parts if block in blocks]


def spell(number: Fraction | None) -> str:
    """A number with a point and at most four decimals; '' for none."""
    return "" if number is None else f"{round(float(number), DECIMALS):.{DECIMALS}f}".rstrip("0").rstrip(".")


def number(text: str, language: str) -> Fraction | None:
    """A number as people write it; three digits after a separator are thousands, unless a zero stands before, or an English point."""
    if text[-1:] in HALVES:
        return HALVES[text[-1]] + int(text[:-1] or 0)
    if THOUSANDS.fullmatch(text) and not (language == "en" and DECIMAL_POINT.fullmatch(text)):
        return Fraction(re.sub(r"\D", "", text))
    plain = text.translate(SPELT)
    return Fraction(plain) if DECIMAL.fullmatch(plain) else None


class Notation:
    """How doses, routes and frequencies are written in a language; what a text says is worked out once."""

    def __init__(self, language: str) -> None:
        state = lexicons.state()
        self.language = language
        self.concepts = {topic: lexicons.concepts(STAGE, topic) for topic in TOPICS}
        self.templates = {topic: templates(topic, language, state) for topic in TOPICS}
        self.compiled: dict[tuple[str, str], list[tuple[Template, re.Pattern[str]]]] = {}
        self.known: dict[Part, Posology] = {}
        self.written: dict[Part, dict[str, str]] = {}

    def __call__(self, type_: str, text: str) -> Posology:
        """What a mention of one of `TYPES` says."""
        if (type_, text) not in self.known:
            if len(self.known) >= CACHE:
                self.known.clear()
            self.known[type_, text] = self._posology(type_, fold_in_place(text).strip())
        return self.known[type_, text]

    def details(self, type_: str, text: str) -> dict[str, str]:
        """The details of a mention of one of `TYPES`."""
        if (type_, text) not in self.written:
            if len(self.written) >= CACHE:
                self.written.clear()
            self.written[type_, text] = self(type_, text).details()
        return self.written[type_, text]

    def _posology(self, type_: str, folded: str) -> Posology:
        if type_ == "DOSE":
            return _dose(folded, self)
        if type_ == "FREQUENCY":
            return _frequency(folded, self)
        found = self.read("routes", "route", folded)
        return Posology(route=found.row["name"] if found else "")

    def read(self, topic: str, block: str, text: str) -> Reading | None:
        """A text as the longest term of a block that covers it; None when there is none."""
        if (topic, block) not in self.compiled:
            terms = self.templates[topic].get(block, ())
            self.compiled[topic, block] = [(template, re.compile(template.source)) for template in terms]
        for template, pattern in self.compiled[topic, block]:
            match = pattern.fullmatch(text)
            if match:
                return Reading(self.concepts[topic][template.concept], tuple(zip(template.blocks, match.groups(), strict=True)))
        return None

    def number(self, text: str) -> Fraction | None:
        """A number as people write it in the language."""
        return number(text, self.language)


def _dose(text: str, notation: Notation) -> Posology:
    """A number without a unit, or a term of the doses."""
    found = notation.read("doses", "dose", text)
    if not found:
        return Posology(amount=notation.number(text))
    unit = next((row.row for row in (notation.read("doses", block, part) for block in UNITS for part in found.texts("unit", "counted")) if row), {})
    amount, most = _amount(found, notation, counted="counted" in unit.get("block", ""))
    per, interval = _per(found, notation)
    return Posology(
        amount=amount,
        most=most,
        unit=unit.get("name", ""),
        counted="counted" in unit.get("block", ""),
        milligrams=Fraction(unit["mg"]) if unit.get("mg") else None,
        per=per,
        interval=interval,
    )


def _amount(found: Reading, notation: Notation, *, counted: bool) -> tuple[Fraction | None, Fraction | None]:
    """The amount of a dose, and the upper one of a range; two strengths ("160/800 mg") are no amount, and "1/2" only of what one counts."""
    for text in found.texts("number"):
        return _number("doses", text, notation), None
    for text in found.texts("amount"):
        amount = notation.read("doses", "amount", text)
        values = [notation.number(part) for part in amount.texts("n")] if amount else []
        if amount and len(values) == SEVERAL and amount.row["concept"] == "combination":
            return (values[0] / values[1], None) if counted and values[0] and values[1] else (None, None)
        return (values[0], values[1] if len(values) == SEVERAL else None) if values else (None, None)
    times = [notation.number(text) for text in found.texts("n")] if found.texts("unit") else []
    return (times[0] * times[1], None) if len(times) == SEVERAL and times[0] and times[1] else (None, None)


def _per(found: Reading, notation: Notation) -> tuple[str, Fraction | None]:
    """What an amount is per, weight or area or volume, and the interval in days that it is given in."""
    per, interval, times, several = "", None, Fraction(1), ""
    for block, text in found.parts:
        if block == "n":
            times, several = notation.number(text) or Fraction(1), f"{text} "
        elif block == "per":
            unit = notation.read("doses", "per", text)
            row = unit.row if unit else {}
            if row.get("days"):
                interval = times * Fraction(row["days"])
            elif row.get("name") and not per:
                per = several + row["name"]
        if block != "n":
            times, several = Fraction(1), ""
    return per, interval


def _frequency(text: str, notation: Notation) -> Posology:
    """A term of the frequencies; its concept says how its interval is computed from its blocks."""
    found = notation.read("frequencies", "frequency", text) or notation.read("frequencies", "after_dose", text)
    if not found:
        return Posology()
    concept = found.row["concept"]
    taken = [_part(part, notation) for part in found.texts("part", "n")] if "schedule" in found.row["days"] else []
    units = [part for part in taken if part]
    return Posology(
        interval=_interval(found, notation, len(units)),
        units=sum(units, Fraction(0)) if units else None,
        times=len(units),
        uneven=len(set(units)) > 1,
        timed=concept == "time_of_day",
        as_needed=concept.startswith("when_needed") or bool(found.texts("as_needed")),
        single=concept in ("single", "once_after"),
    )


def _part(text: str, notation: Notation) -> Fraction | None:
    """One portion of a schedule: 1, 1/2, 0."""
    values = [notation.number(value) for value in text.split("/")]
    return values[0] / values[1] if len(values) == SEVERAL and values[0] and values[1] else values[0]


def _interval(found: Reading, notation: Notation, times: int) -> Fraction | None:
    """The interval in days by the formula of the concept: numbers and blocks with * and / between."""
    formula = re.split(r"([*/])", found.row["days"]) if found.row["days"] else []
    value: Fraction | None = None
    for i, operand in enumerate(formula[::2]):
        if operand == "schedule":
            factor = Fraction(1, times) if times else None
        else:
            texts = found.texts(operand)
            factor = Fraction(operand) if operand.isdigit() else _number("frequencies", texts[-1], notation, operand) if texts else None
        if not factor:
            return None
        value = factor if i == 0 or value is None else value / factor if formula[2 * i - 1] == "/" else value * factor
    return value


def _number(topic: str, text: str, notation: Notation, block: str = "number") -> Fraction | None:
    """The number that stands for a block: digits, a number word, how often ("dos veces"), a unit of time in days."""
    found = notation.read(topic, block, text)
    if not found:
        return None
    if found.texts("n"):
        return notation.number(found.texts("n")[0])
    if topic == "frequencies":
        return _interval(found, notation, 0)
    return Fraction(found.row["days"] or found.row["number"]) if found.row.get("days") or found.row.get("number") else None
