"""Precision, recall and F1 of treatment events and of reasons for stopping, on the case files or on any file of the same form.

    python tests/benchmarks/events.py
    python tests/benchmarks/events.py --file cases.tsv --language en --errors

An event counts when treatment, kind and (of a switch) the new treatment agree; a reason when treatment and reason agree; a date when treatment, kind and
date agree. Cases are right when all their events are, dates and reasons included.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from event_cases import Case, Event, agrees, cases, read

import dermnlp
from dermnlp.mentions import EVENTS, REASONS

DATA = Path(__file__).parents[1] / "data"
Keys = Counter[tuple[str, ...]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--file", type=Path, help="a TSV file with the columns text, note_date, expected; else the case files of the tests")
    parser.add_argument("--language", choices=("es", "en"), help="of the file; without a file, only this language")
    parser.add_argument("--errors", action="store_true", help="print the cases that fail")
    options = parser.parse_args()
    languages = [options.language] if options.language else ["es", "en"]
    for language in languages:
        path = options.file or DATA / f"events_{language}.tsv"
        report(language, cases(path), errors=options.errors)


def report(language: str, rows: list[Case], *, errors: bool) -> None:
    """The figures of some cases of a language."""
    nlp = dermnlp.load(language, exclude=["tagger"])
    pairs = [(case, read(nlp, case)) for case in rows]
    right = sum(agrees(case.events, found) for case, found in pairs)
    print(f"{language}: {right} of {len(rows)} cases right ({100 * right / max(1, len(rows)):.1f} %)")
    print(f"  {'':<22} {'precision':>9} {'recall':>7} {'F1':>6} {'gold':>5}")
    expected, found = keys(pairs, "events")
    for kind in EVENTS:
        line(kind, only(expected, kind), only(found, kind))
    line("all events", expected, found)
    reasons, given = keys(pairs, "reasons")
    for reason in REASONS:
        line(reason, only(reasons, reason), only(given, reason))
    line("all reasons", reasons, given)
    line("dates", *keys(pairs, "dates"))
    if errors:
        for case, events in pairs:
            if not agrees(case.events, events):
                print(f"\n{case.text!r}\n  expected: {text(case.events)}\n  found:    {text(events)}")


def keys(pairs: Iterable[tuple[Case, list[Event]]], what: str) -> tuple[Keys, Keys]:
    """What is counted of the expected and of the found events: the label first, then what must agree, the number of the case last."""
    expected: Keys = Counter()
    found: Keys = Counter()
    for number, (case, events) in enumerate(pairs):
        for table, listed in ((expected, case.events), (found, events)):
            table.update(key for event in listed for key in _key(event, what, str(number)))
    return expected, found


def _key(event: Event, what: str, number: str) -> list[tuple[str, ...]]:
    if what == "events":
        return [(event.kind, event.drug, event.other, number)]
    if what == "reasons":
        return [(event.reason, event.drug, number)] if event.reason else []
    return [(event.date, event.drug, event.kind, number)] if event.date else []


def only(table: Keys, label: str) -> Keys:
    """The keys of one label."""
    return Counter({key: count for key, count in table.items() if key[0] == label})


def line(name: str, expected: Keys, found: Keys) -> None:
    """One line of figures."""
    hits, gold, given = (expected & found).total(), expected.total(), found.total()
    precision, recall = hits / given if given else 0.0, hits / gold if gold else 0.0
    score = 2 * hits / (gold + given) if gold + given else 0.0
    print(f"  {name:<22} {precision:>9.3f} {recall:>7.3f} {score:>6.3f} {gold:>5}")


def text(events: Iterable[Event]) -> str:
    """Events in one line."""
    return "; ".join(" ".join(part for part in (f"{e.drug}: {e.kind}", e.reason, f"\"{e.words}\"" if e.words else "", e.date, f"-> {e.other}" if e.other else "") if part) for e in sorted(events))


if __name__ == "__main__":
    main()
