"""Negation of English spans that are given: F1 of ours, negspaCy and medspaCy's ConText, side by side.

On the polarity of MACCROBAT (`--corpora`, default ../shared/corpora/en_maccrobat), on the English gold notes (`--gold`, default
../shared/gold), and on the sentences of tests/data/negation_en.tsv. Ours is asked with the type of each span and without.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
SHARED = HERE.parents[2] / "shared"
SENTENCES = HERE.parent / "data" / "negation_en.tsv"
TYPES = {
    "Sign_symptom": "FINDING", "Disease_disorder": "DIAGNOSIS", "Medication": "DRUG", "Therapeutic_procedure": "PROCEDURE",
    "Diagnostic_procedure": "PROCEDURE",
}  # fmt: skip
UNSURE = {"MAYBE_NEG"}


@dataclass(frozen=True)
class Given:
    """A text, its spans (start, end, type), and whether each is negated."""

    text: str
    spans: tuple[tuple[int, int, str], ...]
    negated: tuple[bool, ...]


Peer = Callable[[str, Sequence[tuple[int, int, str]]], list[bool]]


def maccrobat(folder: Path) -> Iterator[Given]:
    """The events of MACCROBAT that are findings, diseases, drugs or procedures; without those of which the annotators weren't sure."""
    for path in sorted(folder.glob("*.ann")):
        lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
        spans = {line[0]: line[1].split() for line in lines if line[0].startswith("T")}
        events = {line[0]: line[1].split()[0].split(":")[1] for line in lines if line[0].startswith("E")}
        polarity = {words[1]: words[2] for line in lines for words in [line[1].split()] if words[0] == "POLARITY"}
        kept = [(spans[term], polarity.get(event, "")) for event, term in events.items()]
        found = [((int(span[1]), int(span[-1]), TYPES[span[0]]), said == "NEG") for span, said in kept if span[0] in TYPES and said not in UNSURE]
        yield _given(path.with_suffix(".txt").read_text(encoding="utf-8"), found)


def gold(folders: Sequence[Path]) -> Iterator[Given]:
    """The mentions of gold notes that may have attributes."""
    from dermnlp.evaluation.brat import annotated, read, read_text
    from dermnlp.mentions import ATTRIBUTED

    for path in (path for folder in folders for path in annotated(folder)):
        yield _given(read_text(path.with_suffix(".txt")), [((m.start, m.end, m.type), m.negated) for m in read(path) if m.type in ATTRIBUTED])


def sentences(path: Path) -> Iterator[Given]:
    """The rows of a file: a sentence, the phrase in it, Negated or Affirmed."""
    with path.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            text = row["sentence"].replace("\\n", "\n")
            start = text.index(row["phrase"])
            yield _given(text, [((start, start + len(row["phrase"]), "FINDING"), row["expected"] == "Negated")])


def _given(text: str, found: Sequence[tuple[tuple[int, int, str], bool]]) -> Given:
    return Given(text, tuple(span for span, _ in found), tuple(negated for _, negated in found))


def typed(text: str, spans: Sequence[tuple[int, int, str]]) -> list[bool]:
    """Ours, told the types."""
    import dermnlp

    return [mention.negated for mention in dermnlp.context_of(text, spans, "en")]


def untyped(text: str, spans: Sequence[tuple[int, int, str]]) -> list[bool]:
    """Ours, told the offsets alone."""
    return typed(text, [(start, end, "") for start, end, _ in spans])


def negspacy(text: str, spans: Sequence[tuple[int, int, str]]) -> list[bool]:
    """negspaCy with its clinical termset behind spaCy's sentencizer."""
    return _in_layers(_negspacy(), text, spans, "negex")


def medspacy(text: str, spans: Sequence[tuple[int, int, str]]) -> list[bool]:
    """medspaCy's tokenizer, sentences and ConText with its own rules."""
    return _in_layers(_medspacy(), text, spans, "is_negated")


@lru_cache(maxsize=1)
def _negspacy() -> Any:
    import spacy
    from negspacy.negation import Negex  # noqa: F401
    from negspacy.termsets import termset

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("negex", config={"neg_termset": termset("en_clinical").get_patterns()})
    return nlp


@lru_cache(maxsize=1)
def _medspacy() -> Any:
    import medspacy
    from loguru import logger

    logger.remove()
    return medspacy.load(medspacy_enable={"medspacy_tokenizer", "medspacy_pyrush", "medspacy_context"}, language_code="en")


def _in_layers(nlp: Any, text: str, spans: Sequence[tuple[int, int, str]], attribute: str) -> list[bool]:
    """The answers of a peer whose entities can't overlap: it reads the text again for the spans that overlap others."""
    answers = [False] * len(spans)
    left = sorted(range(len(spans)), key=lambda number: spans[number])
    while left:
        doc, end, taken, rest = nlp.make_doc(text), 0, [], []
        for number in left:
            span = doc.char_span(*spans[number][:2], label=spans[number][2], alignment_mode="expand")
            if span is not None and span.start >= end:
                taken.append((number, span))
                end = span.end
            else:
                rest.append(number)
        doc.set_ents([span for _, span in taken])
        for _, component in nlp.pipeline:
            doc = component(doc)
        for (number, _), entity in zip(taken, doc.ents, strict=True):
            answers[number] = getattr(entity._, attribute)
        if not taken:
            break
        left = rest
    return answers


PEERS: dict[str, Peer] = {"dermnlp": typed, "dermnlp, no types": untyped, "negspaCy": negspacy, "medspaCy": medspacy}


def counts(peer: Peer, texts: Sequence[Given], errors: Any) -> tuple[int, int, int]:
    """How many negations are right, said and true."""
    right = said = true = 0
    for given in texts:
        for span, answer, negated in zip(given.spans, peer(given.text, given.spans), given.negated, strict=True):
            right, said, true = right + (answer and negated), said + answer, true + negated
            if errors and answer != negated:
                errors.writerow([PEER_NAMES[peer], "false" if answer else "missed", *span, *_around(given.text, *span[:2])])
    return right, said, true


def _around(text: str, start: int, end: int) -> tuple[str, str]:
    words = " ".join(text[max(0, start - 150) : start].split()), " ".join(text[end : end + 100].split())
    return text[start:end], f"{words[0]} [{text[start:end]}] {words[1]}"


PEER_NAMES = {peer: name for name, peer in PEERS.items()}


def main(arguments: argparse.Namespace) -> None:
    """Print a Markdown table, and write what was wrong if asked."""
    folders = sorted(path for pattern in ("en_*_dev", "train_en_*") for path in arguments.gold.glob(pattern))
    sets = {
        "MACCROBAT": list(maccrobat(arguments.corpora)),
        **{folder.name: list(gold([folder])) for folder in folders},
        "all gold notes": list(gold(folders)),
        "sentences": list(sentences(SENTENCES)),
    }
    print(f"| set | negated | {' | '.join(PEERS)} |\n| --- {'| --- ' * (1 + len(PEERS))}|")
    with arguments.errors.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        for name, texts in sets.items():
            if texts and (not arguments.only or name in arguments.only):
                cells = [_cell(peer, texts, writer if name != "all gold notes" else None) for peer in PEERS.values()]
                print(f"| {name} | {sum(sum(given.negated) for given in texts)} | {' | '.join(cells)} |", flush=True)


def _cell(peer: Peer, texts: Sequence[Given], errors: Any) -> str:
    try:
        right, said, true = counts(peer, texts, errors)
    except ModuleNotFoundError:
        return "not installed"
    return f"{2 * right / max(1, said + true):.3f} (P {right / max(1, said):.3f}, R {right / max(1, true):.3f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, default=SHARED / "corpora" / "en_maccrobat")
    parser.add_argument("--gold", type=Path, default=SHARED / "gold")
    parser.add_argument("--errors", type=Path, default=Path("/dev/null"))
    parser.add_argument("--only", nargs="*", default=[], help="names of the sets to measure")
    main(parser.parse_args())
