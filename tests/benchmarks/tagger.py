"""What the tagger brings and what it costs: accuracy of lexicon and rules alone, the tagger alone and both, and notes per CPU-second.

Accuracy on the gold folders of `--gold` (default: the development sets in ../shared/gold), speed on the texts of `--data` (default:
../shared/bench/data, else the demonstration notes). Each speed is taken in a process of its own.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from speed import texts

from dermnlp.mentions import ATTRIBUTES, TYPES

HERE = Path(__file__).resolve().parent
GOLD = HERE.parents[2] / "shared" / "gold"
SETS = ("es_ehr_dev", "en_ehr_dev", "es_real_dev", "en_real_dev")
SYSTEMS = {
    "lexicon and rules": {"exclude": ["tagger"]},
    "tagger alone": {"exclude": ["matcher", "scores", "doses"], "config": str(HERE / "tagger_alone.cfg")},
    "both": {},
}
NOTES, REPEATED = 200, 0.4


def accuracy(gold: Path) -> None:
    """A Markdown table: strict and relaxed F1, strict by type, attributes, for each set and for all together."""
    from dermnlp.annotation import annotate_texts
    from dermnlp.evaluation import evaluate

    sets = [gold / name for name in SETS if (gold / name).is_dir()] or [gold]
    print(f"| set | system | strict | relaxed | {' | '.join((*TYPES, *ATTRIBUTES))} |")
    print("| --- " * (4 + len(TYPES) + len(ATTRIBUTES)) + "|")
    for folders in (*([one] for one in sets), *([sets] if len(sets) > 1 else [])):
        for system, options in SYSTEMS.items():
            scores = evaluate(folders, annotate=partial(annotate_texts, **options))
            found = [scores.count("strict"), scores.count("relaxed")]
            found += [scores.count("strict", type_) for type_ in TYPES] + [scores.count("attribute", name) for name in ATTRIBUTES]
            name = folders[0].name if len(folders) == 1 else "all"
            print(f"| {name} | {system} | {' | '.join(f'{count.f1:.3f}' for count in found)} |")


def repeated(notes: Sequence[str]) -> list[str]:
    """The notes with 40 % of their sentences taken from one pool, as copied-forward text is."""
    chance = random.Random(0)
    parts = [re.split(r"(?<=[.\n])\s+", note) for note in notes]
    pool = [sentence for note in parts[:10] for sentence in note]
    return [" ".join(chance.choice(pool) if chance.random() < REPEATED else sentence for sentence in note) for note in parts]


def peak_memory() -> float:
    """The most memory that this process held, in MB; the operating system's other figure counts the parent's as well."""
    for line in Path("/proc/self/status").read_text(encoding="utf-8").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def speed(language: str, kind: str, data: Path | None) -> None:
    """Notes per CPU-second of the whole pipeline in one process, nothing remembered at the start."""
    from dermnlp.annotation import annotate_notes, check
    from dermnlp.notes import Note

    found = texts(data, language)[: NOTES + 20]
    chosen = repeated(found[20:]) if kind == "repeated" else found[20:]
    exclude = ["tagger"] if kind == "lexicon" else []
    began = time.perf_counter()
    check([language], exclude=exclude)
    loaded = time.perf_counter() - began
    began = time.process_time()
    list(annotate_notes([Note(str(number), text, language=language) for number, text in enumerate(chosen)], exclude=exclude))
    seconds = time.process_time() - began
    size = sum(map(len, chosen)) / len(chosen)
    memory = peak_memory()
    print(f"{language}  {kind:9} {len(chosen) / seconds:7.1f} notes of {size:,.0f} characters per CPU-second, load {loaded:.1f} s, {memory:.0f} MB", flush=True)


def main(arguments: Iterable[str] | None = None) -> None:
    """Accuracy where there is gold, then each speed in a process of its own."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gold", type=Path, default=GOLD)
    options.add_argument("--data", type=Path)
    options.add_argument("--only", nargs=2, metavar=("LANG", "KIND"), help="es or en; new, repeated or lexicon")
    chosen = options.parse_args(list(arguments) if arguments is not None else None)
    if chosen.only:
        speed(*chosen.only, chosen.data)
        return
    if chosen.gold.is_dir():
        accuracy(chosen.gold)
    else:
        print(f"No gold at {chosen.gold}: accuracy is left out.")
    data = ["--data", str(chosen.data)] if chosen.data else []
    for language in ("es", "en"):
        for kind in ("new", "repeated", "lexicon"):
            subprocess.run([sys.executable, __file__, "--only", language, kind, *data], check=True)


if __name__ == "__main__":
    main()
