"""What each cell of a lexicon may hold: closed vocabularies, numbers, codes, keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from dermnlp import lexicons
from dermnlp.curation.faults import Fault, File
from dermnlp.entities.senses import WINDOWS
from dermnlp.lexicons import Row
from dermnlp.mentions import ATTRIBUTES, EVENTS, REASONS, TYPES
from dermnlp.phrases import MATCHES
from dermnlp.tokens import split

CLOSED = {
    ("entities", "type"): (*TYPES, "MODIFIER"),
    ("entities", "role"): ("", "head", "bare", "sited", "bare_sited", "part", "region", "symptom"),
    ("entities", "source"): ("", "icd10cm", "hpo", "doid", "inn"),
    ("attributes", "direction"): ("", "worse", "better", "none"),
    ("attributes", "assessor"): ("", "patient", "physician"),
    ("context", "direction"): ("before", "after", "pseudo", "stop", "clause", "head", "ahead", "joined", "annul_last", "annul_next"),
    ("context", "scope"): ("", "phrase"),
    ("senses", "mode"): ("needs", "forbids"),
    ("senses", "window"): WINDOWS,
    ("relations/treatment_events", "event"): ("", *EVENTS),
    ("relations/treatment_events", "side"): ("", "before", "after", "both", "beside", "any", "until", "lead"),
    ("relations/treatment_events", "form"): ("", "now", "base", "past", "later", "would", "noun", "state"),
    ("relations/stop_reasons", "reason"): ("", *REASONS),
    ("relations/stop_reasons", "implies"): ("", *EVENTS),
}
LISTS = {"attributes": ATTRIBUTES, "types": TYPES}
NAMED = {"route": "routes", "form": "forms"}
BLOCKS = (
    "adjective", "after_dose", "amount", "as_needed", "count", "counted", "dose", "form", "frequency", "joins", "not_after", "number", "part",
    "per", "period", "route", "schedule", "slot", "time", "unit", "weak_unit", "weekday", "weekdays",
)  # fmt: skip
FORMULAS = ("mg", "days", "number")
FORMULA = re.compile(r"(?:\d+|[a-z_]+)(?:[*/](?:\d+|[a-z_]+))*")
SCORES = ("attributes", "scores")
KINDS = ("number", "percent", "roman", "tenth")
NUMBERS = ("reach", "minimum", "maximum", "weight", "value", "shortest", "omop")
HPO = re.compile(r"HP:\d{7}")
EXTENDED = len("T78.40XA")
SHORT = 3


def check_concept(stage: str, topic: str, file: File, line: int, row: Row) -> Iterator[Fault]:
    """The faults of the cells of a concept's row."""
    for (where, column), allowed in CLOSED.items():
        if where in (stage, f"{stage}/{topic}") and row.get(column, "") not in allowed:
            yield _unknown(file, line, column, row.get(column, ""), allowed)
    for column, allowed in LISTS.items():
        for part in (part for part in row.get(column, "").split(";") if part and part not in allowed):
            yield _unknown(file, line, column, part, allowed)
    for column in NUMBERS:
        if row.get(column) and not _number(row[column]):
            yield file.fault(line, column, f"has the {column} '{row[column]}'. Write a number, with a point for decimals.")
    yield from _check_blocks(stage, file, line, row)
    if (stage, topic) == SCORES:
        yield from _check_scale(file, line, row)
    if stage == "entities":
        yield from _check_codes(file, line, row)


def _check_blocks(stage: str, file: File, line: int, row: Row) -> Iterator[Fault]:
    """Routes and forms that there aren't, blocks without a meaning, and formulas of anything but numbers and blocks."""
    for column, topic in NAMED.items() if stage == "entities" else ():
        names = _names(topic, lexicons.state())
        for part in (part for part in row.get(column, "").split(";") if part and names and part not in names):
            yield _unknown(file, line, column, part, names)
    if stage != "attributes":
        return
    for block in (block for block in row.get("block", "").split(";") if block and block not in BLOCKS):
        yield _unknown(file, line, "block", block, BLOCKS)
    for column in FORMULAS:
        formula = row.get(column, "")
        blocks = [part for part in re.split(r"[*/]", formula) if part and not part.isdigit()]
        if formula and not (FORMULA.fullmatch(formula) and all(block in BLOCKS for block in blocks)):
            yield file.fault(line, column, f"has the {column} '{formula}'. Write numbers and blocks with * or / between, e.g. number*time.")


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
    if short_capitals(term) and match != "exact" and not row.get("sense") and concept != lexicons.SWITCHED_OFF:
        message = "is a short form in capitals without exact match or sense. Write match=exact, and a sense rule if"
        yield file.fault(line, "match", f"{message} '{term}' means other things.")


def short_capitals(term: str) -> bool:
    """Whether a term is a short form in capitals, which must match letter for letter."""
    return term.isalpha() and term.isupper() and len(term) <= SHORT


def dotted(code: str) -> str:
    """An ICD-10-CM code with its point."""
    plain = code.replace(".", "").replace(" ", "").upper()
    return f"{plain[:3]}.{plain[3:]}" if len(plain) > 3 else plain


@lru_cache(maxsize=4)
def known_codes(system: str) -> frozenset[str]:
    """The codes of a terminology of ours."""
    path = lexicons.roots()[0] / "terminology" / system / "codes.csv"
    return frozenset(path.read_text(encoding="utf-8").split()[1:]) if path.is_file() else frozenset()


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
    if code and known_codes("icd10cm").isdisjoint({code, code[:-1].rstrip("X") if len(code) == EXTENDED else code}):
        yield file.fault(line, "icd10cm", f"has the unknown ICD-10-CM code '{code}'.{_nearest(code)}")
    if hpo and not HPO.fullmatch(hpo):
        yield file.fault(line, "hpo", f"has the HPO id '{hpo}'. Write it as HP:0000989.")
    if row.get("type") == "DRUG" and not row.get("inn"):
        yield file.fault(line, "inn", f"has no inn. Give the INN of '{row.get('concept', '')}', or class: and the name of its class.")


def _nearest(code: str) -> str:
    """What an unknown code may have been meant as: with its point, or the code above it."""
    known, plain = known_codes("icd10cm"), dotted(code)
    for length in range(len(plain), 2, -1):
        other = dotted(plain[:length])
        if other in known:
            return f" Did you mean '{other}'?"
    return " ICD-10-CM codes look like L40.0."


@lru_cache(maxsize=4)
def _names(topic: str, state: tuple[object, ...]) -> tuple[str, ...]:
    """The names of the routes or forms that there are; none where no directory has the topic."""
    if not any((root / "attributes" / topic).is_dir() for root in lexicons.roots()):
        return ()
    return tuple(row.get("name", "") for row in lexicons.concepts("attributes", topic).values())


def _unknown(file: File, line: int, column: str, value: str, allowed: Iterable[str]) -> Fault:
    """A value outside a closed vocabulary."""
    names = tuple(allowed)
    known = ", ".join(name or "(empty)" for name in names)
    singular = {"attributes": "attribute", "types": "type"}.get(column, column)
    return file.fault(line, column, f"has the {singular} '{value}'. There are: {known}.{lexicons.hint(value, names)}")


def _number(text: str) -> bool:
    """Whether a cell holds a number."""
    return re.fullmatch(r"-?\d+(\.\d+)?", text) is not None
