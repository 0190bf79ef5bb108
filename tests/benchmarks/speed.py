"""Speed of the pipeline without the tagger against spaCy's blank tokenizer and medSpaCy, in turn, in one process each.

Prints notes per CPU-second (best of the rounds), the ratios, and our peak memory. Texts: those of `--data` (JSON lines with `text`),
else of ../shared/bench/data, else the demonstration notes.
"""

from __future__ import annotations

import argparse
import csv
import json
import logging
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "bench" / "data"
ROUNDS = 5
WARM_UP = 30


def texts(data: Path | None, lang: str) -> list[str]:
    """The texts of a language."""
    folder = data or SHARED
    if (folder / f"docs_{lang}.jsonl").is_file():
        return [json.loads(line)["text"] for line in (folder / f"docs_{lang}.jsonl").open(encoding="utf-8")]
    with (ROOT / "corpora" / "notes" / "notes.csv").open(encoding="utf-8", newline="") as rows:
        notes = [row["note_text"] for row in csv.DictReader(rows) if row["language"] == lang]
    return notes * 10


def terms(lang: str) -> list[tuple[str, str]]:
    """The harness's 500 terms, none when they aren't there."""
    path = SHARED / f"lex500_{lang}.tsv"
    return [tuple(line.rstrip("\n").split("\t")) for line in path.open(encoding="utf-8")] if path.is_file() else []  # type: ignore[misc]


def ours(lang: str) -> Callable[[list[str]], int]:
    """Our pipeline as it is shipped, with all its lexicons, counting mentions."""
    sys.path.insert(0, str(Path(__file__).parent))
    from b_dermnlp import build

    model = build(lang, [])
    return lambda notes: sum(row["ents"] for row in model.run(notes))


def blank(lang: str) -> Callable[[list[str]], int]:
    """spaCy's blank tokenizer, counting tokens."""
    import spacy

    nlp = spacy.blank(lang)
    return lambda notes: sum(len(doc) for doc in nlp.pipe(notes))


def medspacy(lang: str) -> Callable[[list[str]], int]:
    """medSpaCy with spaCy's sentence splitter in place of its own, and the harness's terms."""
    from loguru import logger

    logger.remove()
    import medspacy as peer
    from medspacy.ner import TargetRule

    parts = {"medspacy_tokenizer", "medspacy_target_matcher", "medspacy_context", "medspacy_sectionizer"}
    nlp = peer.load(medspacy_enable=parts, language_code=lang)
    nlp.add_pipe("sentencizer", first=True)
    nlp.get_pipe("medspacy_target_matcher").add([TargetRule(term, "FINDING") for _, term in terms(lang)])
    return lambda notes: sum(len(doc.ents) for doc in nlp.pipe(notes))


def best(run: Callable[[list[str]], int], notes: list[str]) -> float:
    """CPU seconds of one pass."""
    began = time.process_time()
    run(notes)
    return time.process_time() - began


def compare(lang: str, notes: list[str]) -> None:
    """Ours and the blank tokenizer in turn."""
    runs = {"dermnlp": ours(lang), "spaCy blank": blank(lang)}
    for run in runs.values():
        run(notes[:WARM_UP])
    seconds = {name: min(times) for name, times in _rounds(runs, notes).items()}
    for name, value in seconds.items():
        print(f"{lang}  {name:12}  {len(notes) / value:8.1f} notes per CPU-second")
    print(f"{lang}  dermnlp / spaCy blank: {seconds['spaCy blank'] / seconds['dermnlp']:.2f}")
    print(f"{lang}  peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _rounds(runs: dict[str, Callable[[list[str]], int]], notes: list[str]) -> dict[str, list[float]]:
    """The CPU seconds of each run in each round."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            times[name].append(best(run, notes))
    return times


def peer(lang: str, notes: list[str]) -> None:
    """Ours as shipped and medSpaCy with the harness's 500 terms, in turn."""
    runs = {"dermnlp": ours(lang), "medspaCy": medspacy(lang)}
    few = notes[:100]
    for run in runs.values():
        run(few[:10])
    logging.disable(logging.CRITICAL)
    seconds = {name: min(best(run, few) for _ in range(ROUNDS)) for name, run in runs.items()}
    print(f"{lang}  medspaCy      {len(few) / seconds['medspaCy']:8.1f} notes per CPU-second")
    print(f"{lang}  dermnlp / medspaCy: {seconds['medspaCy'] / seconds['dermnlp']:.1f}")


def main(arguments: Iterable[str] | None = None) -> None:
    """Each comparison in a process of its own, so that memory is its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--data", type=Path)
    options.add_argument("--only", nargs=2, metavar=("WHAT", "LANG"), help="compare or peer, es or en")
    chosen = options.parse_args(list(arguments) if arguments is not None else None)
    if chosen.only:
        what, lang = chosen.only
        {"compare": compare, "peer": peer}[what](lang, texts(chosen.data, lang))
        return
    for lang in ("es", "en"):
        for what in ("compare", "peer"):
            data = ["--data", str(chosen.data)] if chosen.data else []
            subprocess.run([sys.executable, __file__, "--only", what, lang, *data], check=False)


if __name__ == "__main__":
    main()
