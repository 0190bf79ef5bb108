"""Negation and uncertainty on NUBes (real Spanish hospital records) with the gold spans given: ours beside negspaCy and medSpaCy.

An entity is a span marked DISO, PROC or SUBS. NUBes marks entities only where something is negated or uncertain: for negation those in the
scope of a negation cue are the positive class and the rest, which are uncertain, the negative one; for uncertainty the other way round. A line
of the corpus is a text of its own. "no treatment verbs" leaves out the entities whose only negation cues are verbs of stopping and of resolution
(`nubes_left_out.csv`): a drug that is stopped and a symptom that goes away are events to us, not absences.
The files take turns in two halves: the wrong answers of half A were read during development, those of half B never were. Of B were seen the list of
cue words (for `nubes_left_out.csv`), about a hundred entities in a first look at the annotation, and the notes of the training sets that were made of NUBes.
A peer that isn't there is told as "not installed". medSpaCy ships no Spanish rules, so that it gets negspaCy's Spanish ones.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dermnlp.tokens import fold

HERE = Path(__file__)
CORPUS = HERE.parents[2].parent / "shared" / "corpora" / "es_nubes"
LEFT_OUT = HERE.with_name("nubes_left_out.csv")
TYPES = {"DISO": "", "PROC": "", "SUBS": "DRUG"}
NEGATION, UNCERTAINTY = "negation", "uncertainty"
KINDS = {"NegSynMarker": NEGATION, "NegLexMarker": NEGATION, "NegMorMarker": NEGATION, "UncertSynMarker": UNCERTAINTY, "UncertLexMarker": UNCERTAINTY}
HALVES = ("A", "B")


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity by the characters of its line, with the (kind, folded text) of each cue whose scope it lies in."""

    start: int
    end: int
    label: str
    cues: frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the corpus with its entities, and the half that its file belongs to."""

    text: str
    half: str
    name: str
    entities: tuple[Entity, ...]


Said = tuple[bool, bool | None]
"""What a system says of an entity: negated, and uncertain (None where it doesn't judge that)."""
System = Callable[[Line], list[Said]]


def lines(corpus: Path) -> Iterator[Line]:
    """The lines that hold an entity."""
    for number, path in enumerate(sorted(corpus.glob("*/*.ann"))):
        text = path.with_suffix(".txt").read_text(encoding="utf-8")
        entities = list(_entities(path.read_text(encoding="utf-8")))
        at = 0
        for line in text.split("\n"):
            end = at + len(line)
            here = tuple(Entity(one.start - at, one.end - at, one.label, one.cues) for one in entities if at <= one.start and one.end <= end)
            if here:
                yield Line(line, HALVES[number % 2], path.stem, here)
            at = end + 1


def _entities(annotations: str) -> Iterator[Entity]:
    """The entities of a brat file; an entity lies in a scope when it is one or stands inside one."""
    spans: dict[str, tuple[str, int, int, str]] = {}
    scopes: list[tuple[str, str]] = []
    for line in annotations.splitlines():
        key, body, *words = line.split("\t")
        if key[0] == "T":
            label, start, end = body.split()
            spans[key] = (label, int(start), int(end), fold(words[0]))
        elif body.split()[0] in ("Scope", "DiscScope"):
            scopes.append((body.split()[1][5:], body.split()[2][5:]))
    reaches = [(spans[scope][1], spans[scope][2], (KINDS[spans[cue][0]], spans[cue][3])) for cue, scope in scopes]
    for label, start, end, _ in sorted(spans.values(), key=lambda span: span[1:3]):
        if label in TYPES:
            yield Entity(start, end, label, frozenset(cue for first, last, cue in reaches if first <= start and end <= last))


def ours() -> System:
    """dermnlp's sections, sentences and cues."""
    from dermnlp import context_of

    def judge(line: Line) -> list[Said]:
        mentions = context_of(line.text, [(one.start, one.end, TYPES[one.label]) for one in line.entities], "es")
        return [(mention.negated, mention.uncertain) for mention in mentions]

    return judge


def negspacy() -> System:
    """negspaCy with its Spanish termset."""
    import spacy
    from negspacy import negation  # noqa: F401
    from negspacy.termsets import termset

    nlp = spacy.blank("es")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("negex", config={"neg_termset": termset("es_clinical").get_patterns()})
    return _peer(nlp, lambda span: (span._.negex, None))


def medspacy() -> System:
    """medSpaCy's ConText with negspaCy's Spanish termset as its rules."""
    import spacy
    from loguru import logger

    logger.remove()
    from medspacy.context import ConText, ConTextRule
    from negspacy.termsets import termset

    directions = {"pseudo_negations": "PSEUDO", "preceding_negations": "FORWARD", "following_negations": "BACKWARD", "termination": "TERMINATE"}
    nlp = spacy.blank("es")
    nlp.add_pipe("sentencizer")
    context = ConText(nlp, rules=None)
    for part, terms in termset("es_clinical").get_patterns().items():
        category = "NEGATED_EXISTENCE" if part.endswith("ing_negations") else "OTHER"
        context.add([ConTextRule(term, category, direction=directions[part]) for term in dict.fromkeys(terms)])
    return _peer(nlp, lambda span: (span._.is_negated, None), context)


def _peer(nlp: Any, said: Callable[[Any], Said], last: Callable[[Any], Any] | None = None) -> System:
    """A spaCy pipeline as a system: it is given the entities as `doc.ents`, one at a time, since they may nest."""
    from spacy.tokens import Doc

    def judge(line: Line) -> list[Said]:
        return [_of(line, one) for one in line.entities]

    def _of(line: Line, one: Entity) -> Said:
        doc: Doc = nlp.make_doc(line.text)
        doc.ents = [doc.char_span(one.start, one.end, label=one.label, alignment_mode="expand")]
        for _, component in nlp.pipeline:
            doc = component(doc)
        return said((last(doc) if last else doc).ents[0])

    return judge


def figures(pairs: list[tuple[bool, bool]]) -> str:
    """Precision, recall and F1 of (said, true) pairs."""
    right = sum(said and true for said, true in pairs)
    precision = right / max(1, sum(said for said, _ in pairs))
    recall = right / max(1, sum(true for _, true in pairs))
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return f"{precision:.3f} {recall:.3f} {f1:.3f}"


def left_out(entity: Entity, cues: frozenset[str]) -> bool:
    """Whether all negation cues of an entity, of which it has some, are verbs of stopping or of resolution."""
    negations = [cue for kind, cue in entity.cues if kind == NEGATION]
    return bool(negations) and all(cue in cues for cue in negations)


def report(name: str, judged: list[tuple[Line, list[Said]]], cues: frozenset[str]) -> None:
    """Print the rows of a system: by task, with and without what is left out, for each half and for both."""
    for place, task in enumerate((NEGATION, UNCERTAINTY)):
        for excluded in (False, True):
            rows = [
                (line.half, said[place], any(kind == task for kind, _ in entity.cues))
                for line, saids in judged
                for entity, said in zip(line.entities, saids, strict=True)
                if not (excluded and left_out(entity, cues))
            ]
            if any(said is None for _, said, _ in rows):
                continue
            parts = [[(bool(said), true) for half, said, true in rows if half in part] for part in (*HALVES, "".join(HALVES))]
            counts = f"{len(rows):6} {sum(true for _, _, true in rows):8}"
            print(f"{name:10} {task:12} {'no' if excluded else 'with':>4} treatment verbs {counts}   " + "   ".join(map(figures, parts)))


def write_errors(path: Path, judged: list[tuple[Line, list[Said]]], cues: frozenset[str]) -> None:
    """The wrong answers of half A, a row each."""
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["task", "said", "file", "entity", "cues", "text"])
        for line, saids in judged:
            for entity, said in zip(line.entities, saids, strict=True):
                for place, task in enumerate((NEGATION, UNCERTAINTY)):
                    if line.half == HALVES[0] and not left_out(entity, cues) and bool(said[place]) != any(kind == task for kind, _ in entity.cues):
                        marked = f"{line.text[: entity.start]}[[{line.text[entity.start : entity.end]}]]{line.text[entity.end :]}"
                        told = "; ".join(f"{kind[0]}:{cue}" for kind, cue in sorted(entity.cues))
                        writer.writerow([task, bool(said[place]), line.name, line.text[entity.start : entity.end], told, marked])


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="the folder of NUBes")
    parser.add_argument("--only", choices=["dermnlp", "negspaCy", "medSpaCy"], help="one system")
    parser.add_argument("--errors", type=Path, help="write our wrong answers of half A to this CSV file")
    options = parser.parse_args()
    if not options.corpus.is_dir():
        print(f"NUBes isn't in {options.corpus}: name its folder with --corpus.")
        return 2
    cues = frozenset(fold(row["cue"]) for row in csv.DictReader(LEFT_OUT.open(encoding="utf-8", newline="")))
    texts = list(lines(options.corpus))
    print(f"{'system':10} {'task':12} {'':20} {'spans':>6} {'positive':>8}   " + "   ".join(f"{'P     R     F1    ' + part:17}" for part in (*HALVES, "both")))
    for name, build in {"dermnlp": ours, "negspaCy": negspacy, "medSpaCy": medspacy}.items():
        if options.only in (None, name):
            try:
                judge = build()
            except ImportError:
                print(f"{name:10} not installed")
                continue
            judged = [(line, judge(line)) for line in texts]
            report(name, judged, cues)
            if name == "dermnlp" and options.errors:
                write_errors(options.errors, judged, cues)
    return 0


if __name__ == "__main__":
    sys.exit(main())
