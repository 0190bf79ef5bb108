"""Regimens: what the dose, route and frequency of a drug say together."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, STAGE, union
from dermnlp.attributes.posology import CACHE, Notation, Posology, spell
from dermnlp.extensions import Found
from dermnlp.phrases import Phrases, visible
from dermnlp.tokens import folded_of, text_of

WORDS = "dose_words"
DAY, WEEK = 1, 7
SEVERAL = 2
BEFORE, AFTER = 14, 24
FORM_GAP = re.compile(r"[\s,(]*(?:\d+(?:[.,]\d+)?\s?%?[\s,]*)?")


@dataclass(slots=True)
class Step:
    """One dose of a regimen with what belongs to it: where it begins and ends, its amounts, frequencies and routes, and its parts by type and text."""

    start: int
    end: int
    doses: list[Posology] = field(default_factory=list)
    frequencies: list[Posology] = field(default_factory=list)
    routes: set[str] = field(default_factory=set)
    parts: list[tuple[str, str]] = field(default_factory=list)

    @property
    def interval(self) -> Fraction | None:
        """The days between doses: what a dose says itself ("30 mg/day") counts more than a frequency; None when they disagree."""
        if self.times > 1:
            return None
        own = {dose.interval for dose in self.doses if dose.interval}
        said = own or {frequency.interval for frequency in self.frequencies if frequency.interval}
        if len(said) == 1:
            return min(said)
        schedule = next((each.interval for each in self.frequencies if each.units and each.interval and each.interval <= DAY), None)
        longer = said - {schedule}
        return schedule * min(longer) if schedule and not own and longer == {Fraction(WEEK)} else None

    @property
    def times(self) -> int:
        """How many times of day are named ("with breakfast", "at bedtime")."""
        return sum(frequency.timed for frequency in self.frequencies)

    @property
    def schedule(self) -> Posology | None:
        """The frequency that says how many units are taken ("1-0-1")."""
        return next((frequency for frequency in self.frequencies if frequency.units), None)

    @property
    def single(self) -> bool:
        """Whether the dose is given once."""
        return any(frequency.single for frequency in self.frequencies) and not self.interval


@dataclass(frozen=True, slots=True)
class Amount:
    """What is taken at a time, as far as it is certain."""

    value: Fraction | None = None
    most: Fraction | None = None
    unit: str = ""
    milligrams: Fraction | None = None
    per: str = ""
    known: bool = True


class Regimens:
    """Writes the normal forms of doses, routes and frequencies, and what they say of their drug."""

    def __init__(self, nlp: Language) -> None:
        self.notation = Notation(nlp.lang)
        self.words = _dose_words(nlp.lang, lexicons.state())
        rows, names = lexicons.terms(STAGE, "forms", nlp.lang), lexicons.concepts(STAGE, "forms")
        self.forms = Phrases(nlp.lang, ((row["term"], "", names[row["concept"]]["name"]) for row in rows))
        self.known: dict[tuple[object, ...], dict[str, str]] = {}
        self.form_names = frozenset(row["name"] for row in names.values())

    def add(self, doc: Doc, attributes: list[Found], drugs: list[Found]) -> None:
        """The details of all of them."""
        text = text_of(doc)
        for attribute in attributes:
            attribute.details.update(self.notation.details(attribute.type, text[attribute.start : attribute.end]))
        forms = _Forms(doc, self.forms, self.words)
        for drug in drugs:
            parts = sorted((link.target for link in drug.relations if link.type == "Drug_attribute"), key=attrgetter("start")) if drug.relations else []
            form = forms.beside(drug, parts) if forms.hits else ""
            if parts:
                drug.details.update(self._details(doc, parts, form))
            elif form:
                drug.details["form"] = form

    def _details(self, doc: Doc, parts: list[Found], form: str) -> dict[str, str]:
        """The details of a drug from its parts, and the form that stands beside them."""
        steps = self._steps(doc, parts)
        step = self._usual(doc, steps)
        key = (form, step and tuple(step.parts), *(tuple(each.parts) for each in steps))
        if key not in self.known:
            if len(self.known) >= CACHE:
                self.known.clear()
            self.known[key] = self._said(steps, step, form)
        return self.known[key]

    def _said(self, steps: list[Step], step: Step | None, form: str) -> dict[str, str]:
        """The details that the steps of a regimen say, with the one that goes on."""
        amount = _taken(step) if step else Amount()
        as_needed = any(each.as_needed for each in step.frequencies) if step else False
        interval = step.interval if step else None
        milligrams = None if as_needed else _milligrams(amount, step, interval)
        routes = {route for each in steps for route in each.routes}
        routes = routes if len(routes) == 1 or not step else step.routes
        counted = next((dose.unit for each in steps for dose in each.doses if dose.unit in self.form_names), "")
        pairs = {
            "amount": spell(amount.value),
            "amount_max": spell(amount.most),
            "unit": amount.unit if amount.value is not None else "",
            "per": amount.per,
            "interval_days": spell(interval),
            "mg_per_day": spell(milligrams / interval) if milligrams and interval and interval <= DAY else "",
            "mg_per_week": spell(milligrams / interval * WEEK) if milligrams and interval and DAY < interval <= WEEK else "",
            "route": min(routes) if len(routes) == 1 else "",
            "form": form or counted,
            "as_needed": "yes" if as_needed else "",
        }
        return {name: value for name, value in pairs.items() if value}

    def _steps(self, doc: Doc, parts: list[Found]) -> list[Step]:
        """The parts of a drug by the dose they belong to; a count of tablets and their strength are one dose."""
        text, steps = text_of(doc), [Step(-1, -1)]
        for part in parts:
            written = text[part.start : part.end]
            said = self.notation(part.type, written)
            if part.type == "DOSE" and steps[-1].doses and not self._together(doc, steps[-1], said, part):
                steps.append(Step(part.start, part.end))
            step = steps[-1]
            step.start, step.end = part.start if step.start < 0 else step.start, part.end
            step.parts.append((part.type, written))
            if part.type == "DOSE":
                step.doses.append(said)
            elif part.type == "FREQUENCY":
                step.frequencies.append(said)
            elif said.route:
                step.routes.add(said.route)
        return [step for step in steps if step.end >= 0]

    def _together(self, doc: Doc, step: Step, said: Posology, part: Found) -> bool:
        """Whether a further dose says more of the same one: strength and count, concentration and volume, or the same per weight in brackets."""
        between = folded_of(doc)[step.end : part.start]
        if self.words.turn.search(between):
            return False
        last = step.doses[-1]
        if last.counted != said.counted and len(step.doses) == 1 and (last.milligrams or said.milligrams or not last.unit or last.unit == "IU"):
            return True
        return last.unit == "%" or last.per.endswith(said.unit or "-") or (bool(said.per) and between.endswith("("))

    def _usual(self, doc: Doc, steps: list[Step]) -> Step | None:
        """The step that goes on: not the loading ones, the last after a change; of a tapered list the first."""
        text, words = folded_of(doc), self.words
        steps = [step for step in steps if not words.total.search(text, max(0, step.start - AFTER), step.start)]
        if len(steps) < SEVERAL:
            return steps[0] if steps else None
        if sum(step.times for step in steps) > 1 and not words.turn.search(text, steps[0].end, steps[-1].start):
            return None
        going, done = [], steps[0].start - BEFORE
        for step, following in zip(steps, [*(step.start for step in steps[1:]), steps[-1].end + AFTER], strict=True):
            loading, done = self._loading(doc, step, done, following)
            if not loading:
                going.append(step)
        if not going:
            return None
        usual = going[0]
        for step in going[1:]:
            before = text[max(usual.end, step.start - AFTER) : step.start]
            if words.change.search(before) or (words.turn.search(before) and not _tapers(usual, step)):
                usual = step
        return usual

    def _loading(self, doc: Doc, step: Step, done: int, following: int) -> tuple[bool, int]:
        """Whether a step is a loading dose ("80 mg week 0", "600 mg x1", "loading dose 300 mg"), and where the words that say so end."""
        text, words = folded_of(doc), self.words
        before = [match for match in words.loading.finditer(text, max(done, 0), step.start) if words.touching.fullmatch(text, match.end(), step.start)]
        after = words.loading.search(text, step.end, following)
        said = after if after and words.touching.fullmatch(text, step.end, after.start()) else None
        return step.single or bool(before) or (said is not None and not step.interval), said.end() if said else step.end


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of `dose_words` as regular expressions."""

    turn: re.Pattern[str]
    change: re.Pattern[str]
    loading: re.Pattern[str]
    touching: re.Pattern[str]
    of: re.Pattern[str]
    total: re.Pattern[str]


class _Forms:
    """The forms (cream, tablet) of a Doc, in the order of the text."""

    def __init__(self, doc: Doc, forms: Phrases[str], between: _Words) -> None:
        self.words, self.between = visible(doc), between
        self.hits = sorted(forms.find(self.words), key=lambda hit: (hit[0], -hit[1]))
        self.text, self.folded = text_of(doc), folded_of(doc)
        self.starts = [self.words.start[first] for first, _, _ in self.hits]

    def beside(self, drug: Found, parts: list[Found]) -> str:
        """The form that stands right after a drug or one of its parts, or before the drug ("crema de clobetasol")."""
        ends = [drug.end, *(part.end for part in parts if part.start > drug.start)]
        inside = [(part.start, part.end) for part in parts if part.type == "DOSE"]
        for end in ends:
            at = bisect_left(self.starts, end)
            if at < len(self.starts) and FORM_GAP.fullmatch(self.text, end, self.starts[at]) and not _inside(self.starts[at], inside):
                return self.hits[at][2]
        at = bisect_right(self.starts, drug.start) - 1
        of = at >= 0 and self.between.of.fullmatch(self.folded, self.words.end(self.hits[at][1]), drug.start)
        return self.hits[at][2] if of else ""


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    """Whether a character lies in one of the spans."""
    return any(start <= place < end for start, end in spans)


def _taken(step: Step) -> Amount:
    """What is taken at a time: the strength times the count of tablets, concentration times volume, the units of a schedule."""
    doses = step.doses
    strength = next((dose for dose in doses if dose.unit and not dose.counted), None)
    count = next((dose for dose in doses if dose.counted), None)
    first = strength or count or (doses[0] if doses else None)
    value, most = (first.amount, first.most) if first else (None, None)
    unit, per, milligrams = (first.unit, first.per, first.milligrams) if first else ("", "", None)
    volume = next((dose for dose in doses[1:] if strength and strength.per and strength.per.endswith(dose.unit or "-") and dose.amount), None)
    factor = count.amount if strength and count else None
    if volume and strength:
        factor, per = _volume(volume, strength), ""
    schedule = step.schedule
    if schedule and schedule.units:
        factor = None if schedule.uneven else schedule.units / schedule.times * (factor or 1)
        if not first:
            return Amount(factor)
        if schedule.uneven:
            return Amount(None, None, "", milligrams and value and milligrams * value, known=False)
    if factor is not None:
        value, most = value and value * factor, most and most * factor
    return Amount(value, most, unit, milligrams and value and milligrams * value, per)


def _volume(volume: Posology, strength: Posology) -> Fraction:
    """How many times the volume of the concentration is taken: 10 ml of 250 mg/5 ml are twice."""
    several = strength.per.split()
    return (volume.amount or Fraction(1)) / (Fraction(several[0].replace(",", ".")) if len(several) > 1 else 1)


def _milligrams(amount: Amount, step: Step | None, interval: Fraction | None) -> Fraction | None:
    """The milligrams taken at a time, on average where the portions of a day differ; None when not certain."""
    if not step or amount.milligrams is None or amount.per or amount.most or not interval:
        return None
    if amount.known or not step.schedule or not step.schedule.units:
        return amount.milligrams
    return amount.milligrams * step.schedule.units / step.schedule.times


def _tapers(first: Step, later: Step) -> bool:
    """Whether a later dose is a step down of a taper: less of the same, of a dose with a frequency of its own or without one after it."""
    one, other = first.doses[0] if first.doses else Posology(), later.doses[0] if later.doses else Posology()
    less = one.unit == other.unit and one.amount is not None and other.amount is not None and other.amount < one.amount
    return less and (first.interval is not None or later.interval is None)


@lru_cache(maxsize=8)
def _dose_words(language: str, state: tuple[object, ...]) -> _Words:
    """The words between the doses of a language."""

    def any_of(*concepts: str) -> re.Pattern[str]:
        words = "|".join(union(WORDS, language, concept) for concept in concepts)
        return re.compile(rf"{EDGE}(?:{words}){CLOSED}")

    links = rf"(?:(?:{union(WORDS, language, 'of')})\s+)"
    touching, of = re.compile(rf"[\s:(]*,?\s*{links}*"), re.compile(rf"\s+{links}+")
    total = re.compile(rf"{EDGE}(?:{union(WORDS, language, 'total')}){CLOSED}[\s:(]*{links}*\Z")
    return _Words(any_of("then", "change"), any_of("change"), any_of("loading"), touching, of, total)
