"""What each cell of a lexicon may hold: closed vocabularies, numbers, codes, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.curation.faults import Fault, File, Row
from dermnlp.entities.senses import WINDOWS
from dermnlp.mentions import ATTRIBUTES, TYPES
from dermnlp.phrases import MATCHES
from dermnlp.tokens import split

CLOSED = {
    ("entities", "type"): (*TYPES, "MODIFIER"),
    ("entities", "role"): ("", "head", "bare", "sited", "bare_sited", "part", "region", "symptom"),
    ("attributes", "direction"): ("", "worse", "better", "none"),
    ("context", "direction"): ("before", "after", "pseudo", "stop"),
    ("senses", "mode"): ("needs", "forbids"),
    ("senses", "window"): WINDOWS,
}
LISTS = {"attributes": ATTRIBUTES, "types": TYPES}
SCORES = ("attributes", "scores")
KINDS = ("number", "percent", "roman", "tenth")
NUMBERS = ("reach", "minimum", "maximum", "weight", "value", "shortest", "omop")
HPO = re.compile(r"HP:\d{7}")
EXTENDED = len("T78.40XA")
SHORT = 3


def check_concept(stage: str, topic: str, file: File, line: int, row: Row) -> Iterator[Fault]:
    """The faults of the cells of a concept's row."""
    for (where, column), allowed in CLOSED.items():
        if where == stage and row.get(column, "") not in allowed:
            yield _unknown(file, line, column, row.get(column, ""), allowed)
    for column, allowed in LISTS.items():
        for part in (part for part in row.get(column, "").split(";") if part and part not in allowed):
            yield _unknown(file, line, column, part, allowed)
    for column in NUMBERS:
        if row.get(column) and not _number(row[column]):
            yield file.fault(line, column, f"has the {column} '{row[column]}'. Write a number, with a point for decimals.")
    if (stage, topic) == SCORES:
        yield from _check_scale(file, line, row)
    if stage == "entities":
        yield from _check_codes(file, line, row)


def check_term(stage: str, file: File, line: int, row: Row, concepts: dict[str, Row], senses: set[str]) -> Iterator[Fault]:
    """The faults of the cells of a term's row: unknown concepts and senses, terms that can't match."""
    term, concept, match = row.get("term", ""), row.get("concept", ""), row.get("match", "")
    if not split(term):
        yield file.fault(line, "term", "has no term. Remove the row.")
        return
    if concept != lexicons.SWITCHED_OFF and concept not in concepts:
        near = lexicons.hint(concept, concepts)
        yield file.fault(line, "concept", f"has the unknown concept '{concept}'. Add it to concepts.csv or use one that is there.{near}")
    if match not in MATCHES:
        yield file.fault(line, "match", f"has the match '{match}'. There are: (empty), word, exact.")
    for name in (name for name in row.get("sense", "").split(";") if name and name not in senses):
        near = lexicons.hint(name, senses)
        yield file.fault(line, "sense", f"has the unknown sense '{name}'. Add it to senses/<topic>/concepts.csv.{near}")
    if stage != "entities":
        return
    if not any(character.isalnum() for character in term):
        yield file.fault(line, "term", "has no letter and no digit, and would match punctuation. Remove the row.")
    short = match != "exact" and term.isalpha() and term.isupper() and len(term) <= SHORT
    if short and not row.get("sense") and concept != lexicons.SWITCHED_OFF:
        message = "is a short form in capitals without exact match or sense. Write match=exact, and a sense rule if"
        yield file.fault(line, "match", f"{message} '{term}' means other things.")


def _check_scale(file: File, line: int, row: Row) -> Iterator[Fault]:
    """A score without a scale, a kind or a range would stop the pipeline, or never be found."""
    if not row.get("scale"):
        yield file.fault(line, "scale", "has no scale. Give its short name, e.g. PASI.")
    if row.get("kind", "") not in KINDS:
        yield _unknown(file, line, "kind", row.get("kind", ""), KINDS)
    for column in ("minimum", "maximum"):
        if not row.get(column):
            yield file.fault(line, column, f"has no {column}. Give the range of the scale: a number outside it is no score.")
    low, high = row.get("minimum", ""), row.get("maximum", "")
    if _number(low) and _number(high) and float(low) >= float(high):
        yield file.fault(line, "maximum", f"has the range {low} to {high}. The minimum is less than the maximum.")


def _check_codes(file: File, line: int, row: Row) -> Iterator[Fault]:
    """Codes that there aren't, and drugs without an INN."""
    code, hpo = row.get("icd10cm", ""), row.get("hpo", "")
    if code and _codes("icd10cm").isdisjoint({code, code[:-1].rstrip("X") if len(code) == EXTENDED else code}):
        yield file.fault(line, "icd10cm", f"has the unknown ICD-10-CM code '{code}'.{_nearest(code)}")
    if hpo and not HPO.fullmatch(hpo):
        yield file.fault(line, "hpo", f"has the HPO id '{hpo}'. Write it as HP:0000989.")
    if row.get("type") == "DRUG" and not row.get("inn"):
        yield file.fault(line, "inn", f"has no inn. Give the INN of '{row.get('concept', '')}', or class: and the name of its class.")


def _nearest(code: str) -> str:
    """What an unknown code may have been meant as: with its point, or the code above it."""
    known = _codes("icd10cm")
    plain = code.replace(".", "").replace(" ", "").upper()
    for length in range(len(plain), 2, -1):
        other = plain[:3] + (f".{plain[3:length]}" if length > 3 else "")
        if other in known:
            return f" Did you mean '{other}'?"
    return " ICD-10-CM codes look like L40.0."


@lru_cache(maxsize=4)
def _codes(system: str) -> frozenset[str]:
    """The codes of a terminology of ours."""
    path = lexicons.roots()[0] / "terminology" / system / "codes.csv"
    return frozenset(path.read_text(encoding="utf-8").split()[1:]) if path.is_file() else frozenset()


def _unknown(file: File, line: int, column: str, value: str, allowed: Iterable[str]) -> Fault:
    """A value outside a closed vocabulary."""
    names = tuple(allowed)
    known = ", ".join(name or "(empty)" for name in names)
    singular = {"attributes": "attribute", "types": "type"}.get(column, column)
    return file.fault(line, column, f"has the {singular} '{value}'. There are: {known}.{lexicons.hint(value, names)}")


def _number(text: str) -> bool:
    """Whether a cell holds a number."""
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
