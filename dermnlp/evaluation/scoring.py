"""Gold mentions against found mentions: counts, precision, recall, F1, and every error."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from dermnlp.mentions import ATTRIBUTES, RELATIONS, TYPES, Mention

ALL = "ALL"
GROUPS = ("strict", "relaxed", "partial", "attribute", "relation", "value", "code", "document")
KINDS = ("missed", "spurious", "boundary", "attribute", "relation", "value", "code")
ROMAN = {"I": "1", "II": "2", "III": "3", "IV": "4", "V": "5", "VI": "6"}

T = TypeVar("T")
Pairs = Sequence[tuple[int, int]]
Link = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Count:
    """What is right (`tp`), what the system has and what the gold has; a figure of nothing is NaN."""

    tp: float = 0
    system: int = 0
    gold: int = 0

    @property
    def precision(self) -> float:
        """The share of what the system has that is right."""
        return self.tp / self.system if self.system else math.nan

    @property
    def recall(self) -> float:
        """The share of what the gold has that was found."""
        return self.tp / self.gold if self.gold else math.nan

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.tp / (self.system + self.gold) if self.system + self.gold else math.nan

    def __add__(self, other: Count) -> Count:
        return Count(self.tp + other.tp, self.system + other.system, self.gold + other.gold)


@dataclass(frozen=True, slots=True)
class Error:
    """One error: one of `KINDS`, where it stands, and what was expected; never words of the text."""

    kind: str
    document: str
    type: str
    start: int
    end: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Scores:
    """The counts by group (`GROUPS`) and name, and every error in the order of documents and text."""

    documents: int
    figures: Mapping[str, Mapping[str, Count]]
    errors: tuple[Error, ...] = ()

    def count(self, group: str, name: str = ALL) -> Count:
        """One count; an empty one where neither gold nor system has anything of the kind."""
        return self.figures.get(group, {}).get(name, Count())


@dataclass(frozen=True, slots=True)
class _Document:
    """A note's gold and found mentions; `exact` and `pairs` hold the numbers of those that match."""

    name: str
    gold: Sequence[Mention]
    system: Sequence[Mention]
    exact: Pairs
    pairs: Pairs

    @property
    def matched(self) -> Iterator[tuple[Mention, Mention]]:
        """The mentions that overlap one to one, gold first."""
        return ((self.gold[one], self.system[other]) for one, other in self.pairs)


def score(gold: Mapping[str, Sequence[Mention]], system: Mapping[str, Sequence[Mention]]) -> Scores:
    """Every figure and error of the gold's notes; a note that the system does not have counts as empty.

    Attributes, relations, values and codes are counted on mentions that match by overlap. `match` pairs mentions, since
    nervaluate pairs them in the order of the list and so gives other figures where one overlaps two; nervaluate counts
    the pairs for `partial`, where an overlap with other boundaries is half a point.
    """
    documents = [_document(name, gold[name], system.get(name, ())) for name in gold]
    figures: dict[str, dict[str, Count]] = {group: {} for group in GROUPS}
    for document in documents:
        for group, name, count in _counts(document):
            figures[group][name] = figures[group].get(name, Count()) + count
    figures["partial"] = _partial(documents)
    ordered = {group: _ordered(names) for group, names in figures.items()}
    return Scores(len(documents), ordered, tuple(error for document in documents for error in _errors(document)))


def match(gold: Sequence[Mention], system: Sequence[Mention], relaxed: bool = False) -> list[tuple[int, int]]:
    """Pairs of numbers of mentions of one type, one to one: exact ones, then if `relaxed` the longest overlaps."""
    candidates = []
    for one, left in enumerate(gold):
        for other, right in enumerate(system):
            overlap = min(left.end, right.end) - max(left.start, right.start)
            if left.type == right.type and overlap > 0:
                candidates.append((_same_span(left, right), overlap, one, other))
    candidates.sort(key=lambda candidate: (not candidate[0], -candidate[1]))
    pairs: dict[int, int] = {}
    used: set[int] = set()
    for exact, _, one, other in candidates:
        if (exact or relaxed) and one not in pairs and other not in used:
            pairs[one] = other
            used.add(other)
    return list(pairs.items())


def number(value: str) -> float | str:
    """The leading number of a score's value, Roman ones too; the value in capitals where there is none."""
    value = value.replace(",", ".").strip().rstrip("%").strip().upper()
    value = ROMAN.get(value, value)
    found = re.match(r"-?\d+(\.\d+)?", value)
    return float(found.group()) if found else value


def present(mention: Mention) -> bool:
    """Whether the note affirms a mention of the patient: neither negated nor uncertain nor a relative's."""
    return not (mention.negated or mention.uncertain or mention.family)


def diagnoses(mentions: Iterable[Mention]) -> set[str]:
    """The three-character ICD-10-CM categories that a note affirms."""
    codes = (_code(mention, "ICD10CM") for mention in mentions if mention.type == "DIAGNOSIS" and present(mention))
    return {code.upper().replace(" ", "")[:3] for code in codes if code}


def drugs(mentions: Iterable[Mention]) -> set[str]:
    """The ingredients (INN) that a note affirms, drug classes left out."""
    names = (_code(mention, "INN") for mention in mentions if mention.type == "DRUG" and present(mention))
    return {name.lower() for name in names if name and not name.startswith("class")}


def _document(name: str, gold: Sequence[Mention], system: Sequence[Mention]) -> _Document:
    return _Document(name, gold, system, match(gold, system), match(gold, system, relaxed=True))


def _ordered(counts: Mapping[str, Count]) -> dict[str, Count]:
    """Counts with ALL first and the types in the order of the guidelines."""
    order = {name: place for place, name in enumerate((ALL, *TYPES, *ATTRIBUTES, *RELATIONS))}
    return dict(sorted(counts.items(), key=lambda item: order.get(item[0], len(order))))


def _counts(document: _Document) -> Iterator[tuple[str, str, Count]]:
    """The counts of one note as (group, name, count)."""
    for group, pairs in (("strict", document.exact), ("relaxed", document.pairs)):
        for name, count in _by_type(document, pairs).items():
            yield group, name, count
            yield group, ALL, count
    for name in ATTRIBUTES:
        held = [(name in one.attributes, name in other.attributes) for one, other in document.matched]
        both = sum(one and other for one, other in held)
        yield "attribute", name, Count(both, sum(other for _, other in held), sum(one for one, _ in held))
    links, found = _all_links(document)
    for name in RELATIONS:
        gold, system = ([link for link in side if link[0] == name] for side in (links, found))
        yield "relation", name, Count(len(set(gold) & set(system)), len(system), len(gold))
    for group, one, right, _ in _checks(document):
        yield group, one.type, Count(int(right), 1, 1)
    yield from _document_counts(document, links, found)


def _by_type(document: _Document, pairs: Pairs) -> dict[str, Count]:
    """The counts of each type that the note or the gold has."""
    counts: dict[str, Count] = defaultdict(Count)
    for mention in document.gold:
        counts[mention.type] += Count(gold=1)
    for mention in document.system:
        counts[mention.type] += Count(system=1)
    for one, _ in pairs:
        counts[document.gold[one].type] += Count(tp=1)
    return counts


def _document_counts(document: _Document, links: list[Link], found: list[Link]) -> Iterator[tuple[str, str, Count]]:
    """What the note as a whole says: its diagnoses, its drugs, and whether it has an adverse event."""
    sets: tuple[tuple[str, Callable[[Iterable[Mention]], set[str]]], ...] = (("diagnoses", diagnoses), ("drugs", drugs))
    for name, collect in sets:
        gold, system = collect(document.gold), collect(document.system)
        yield "document", name, Count(len(gold & system), len(system), len(gold))
    one, other = (any(link[0] == "Adverse_event" for link in side) for side in (links, found))
    yield "document", "adverse event", Count(one and other, other, one)


def _checks(document: _Document) -> Iterator[tuple[str, Mention, bool, str]]:
    """Values and codes of matched mentions as (group, gold mention, right or not, what was expected and found)."""
    for one, other in document.matched:
        if one.type == "SCORE":
            scales = one.scale.upper()[:4] == other.scale.upper()[:4]  # a name's variants share four characters
            right = scales and number(one.value) == number(other.value)
            yield "value", one, right, _expected(f"{one.scale} {one.value}", f"{other.scale} {other.value}")
        elif one.type == "DRUG" and (name := _code(one, "INN")):
            given = _code(other, "INN")
            yield "code", one, name.lower() == given.lower(), _expected(name, given)
        elif one.type == "DIAGNOSIS" and (code := _code(one, "ICD10CM")):
            given = _code(other, "ICD10CM")
            yield "code", one, code[:3].upper() == given[:3].upper(), _expected(code, given)


def _partial(documents: Sequence[_Document]) -> dict[str, Count]:
    """nervaluate's partial counts of each type and their sum, each matched pair and each single mention by itself."""
    from nervaluate import Evaluator  # type: ignore[import-untyped,unused-ignore]

    units = [unit for document in documents for unit in _units(document)]
    counts = {}
    for name in TYPES:
        gold = [_entities(one, name) for one, _, kind in units if kind == name]
        system = [_entities(other, name) for _, other, kind in units if kind == name]
        if gold:
            found = Evaluator(gold, system, tags=[name], loader="dict").evaluate()["overall"]["partial"]
            counts[name] = Count(found.correct + found.partial / 2, found.actual, found.possible)
    return {ALL: sum(counts.values(), Count()), **counts} if counts else {}


def _units(document: _Document) -> Iterator[tuple[Mention | None, Mention | None, str]]:
    """Matched pairs and single mentions as gold mention, found mention and type."""
    ones, others = {one for one, _ in document.pairs}, {other for _, other in document.pairs}
    yield from ((one, other, one.type) for one, other in document.matched)
    yield from ((one, None, one.type) for place, one in enumerate(document.gold) if place not in ones)
    yield from ((None, other, other.type) for place, other in enumerate(document.system) if place not in others)


def _entities(mention: Mention | None, label: str) -> list[dict[str, str | int]]:
    """A mention or none in nervaluate's form, whose ends are inclusive."""
    return [{"label": label, "start": mention.start, "end": mention.end - 1}] if mention else []


def _all_links(document: _Document) -> tuple[list[Link], list[Link]]:
    """The relations of the gold and of the system, both by the numbers of gold mentions (None: not matched)."""
    back = {other: one for one, other in document.pairs}
    gold: list[Link] = list(_links(document.gold))
    return gold, [(kind, back.get(holder), back.get(target)) for kind, holder, target in _links(document.system)]


def _links(mentions: Sequence[Mention]) -> Iterator[tuple[str, int, int]]:
    """The relations of a note as type, place of the holder and place of the target in the list."""
    places = {mention.index: place for place, mention in enumerate(mentions)}
    for place, mention in enumerate(mentions):
        for relation in mention.relations:
            if relation.type in RELATIONS and relation.target in places:
                yield relation.type, place, places[relation.target]


def _errors(document: _Document) -> list[Error]:
    """Every error of one note, in the order of the text."""
    found = [*_span_errors(document), *_attribute_errors(document), *_relation_errors(document)]
    found += [_error(group, document, one, detail) for group, one, right, detail in _checks(document) if not right]
    return sorted(found, key=lambda error: (error.start, error.end, KINDS.index(error.kind)))


def _error(kind: str, document: _Document, mention: Mention, detail: str) -> Error:
    return Error(kind, document.name, mention.type, mention.start, mention.end, detail)


def _span_errors(document: _Document) -> Iterator[Error]:
    """Mentions missed, mentions too many, and mentions with other boundaries."""
    missed = [one for one, other, _ in _units(document) if one and not other]
    spurious = [other for one, other, _ in _units(document) if other and not one]
    for mention in missed:
        yield _error("missed", document, mention, _other_type(mention, spurious, "found as"))
    for mention in spurious:
        yield _error("spurious", document, mention, _other_type(mention, missed, "gold has"))
    for one, other in document.matched:
        if not _same_span(one, other):
            yield _error("boundary", document, one, f"found at {other.start}-{other.end}")


def _attribute_errors(document: _Document) -> Iterator[Error]:
    for one, other in document.matched:
        for name in ATTRIBUTES:
            if (name in one.attributes) != (name in other.attributes):
                what = "missed" if name in one.attributes else "spurious"
                yield _error("attribute", document, one, f"{name} {what}")


def _relation_errors(document: _Document) -> Iterator[Error]:
    """Relations missed and too many; they stand where their first mention does."""
    gold, system = _all_links(document)
    sides = (
        ("missed", document.gold, list(_links(document.gold)), _surplus(gold, system)),
        ("spurious", document.system, list(_links(document.system)), _surplus(system, gold)),
    )
    for what, mentions, links, places in sides:
        for place in places:
            kind, start, end = links[place]
            holder, target = mentions[start], mentions[end]
            detail = f"{what}: {holder.type} to {target.type} {target.start}-{target.end}"
            yield Error("relation", document.name, kind, holder.start, holder.end, detail)


def _surplus(links: Sequence[T], others: Sequence[T]) -> list[int]:
    """The places of links that the other side lacks, a repeated one counted as lacking."""
    lacking, left = [], set(others)
    for place, link in enumerate(links):
        if link in left:
            left.discard(link)
        else:
            lacking.append(place)
    return lacking


def _other_type(mention: Mention, others: Iterable[Mention], words: str) -> str:
    """The types that the other side gives the same span."""
    types = sorted({other.type for other in others if _same_span(mention, other)} - {mention.type})
    return f"{words} {' and '.join(types)}" if types else ""


def _same_span(one: Mention, other: Mention) -> bool:
    return (one.start, one.end) == (other.start, other.end)


def _code(mention: Mention, system: str) -> str:
    return mention.codes.get(system) or ""


def _expected(gold: str, found: str) -> str:
    return f"gold {gold.strip() or 'none'}, found {found.strip() or 'none'}"
