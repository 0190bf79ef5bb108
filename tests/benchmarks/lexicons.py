"""What more terms cost: CPU time of matching with 500 terms, 20,000 and all, and what loading the lexicons takes.

Prints CPU microseconds per text of one look-up pass (best of the rounds) and of tokenizing and look-up together, their ratio to 500 terms, and
seconds and megabytes of loading the pipeline's lexicons. Texts as in speed.py. Exit code 1 when 20,000 terms cost over 1.25 times 500.
"""

from __future__ import annotations

import argparse
import random
import resource
import subprocess
import sys
import time
from pathlib import Path

import spacy
from speed import texts

from dermnlp import lexicons
from dermnlp.entities.matcher import STAGE, entries
from dermnlp.phrases import Phrases, visible
from dermnlp.tokens import Tokenizer

SIZES = (500, 20_000)
BAR = 1.25
ROUNDS = 7
LOADING = """
import time
import psutil
import dermnlp.pipelines, dermnlp.components, spacy.lang.{lang}
from dermnlp.lexicons import LANGUAGES
empty = spacy.blank("{lang}")
memory = psutil.Process().memory_info
before, began = memory().rss, time.process_time()
dermnlp.pipelines.load("{lang}", exclude=["tagger"])
print(time.process_time() - began, (memory().rss - before) / 2**20)
"""


def seconds(tokenizer: Tokenizer, phrases: Phrases[object], notes: list[str]) -> tuple[float, float]:
    """CPU seconds of looking up alone, and with tokenizing, over all notes."""
    finding = 0.0
    began = time.process_time()
    for note in notes:
        words = visible(tokenizer(note))
        start = time.process_time()
        phrases.find(words)
        finding += time.process_time() - start
    return finding, time.process_time() - began


def table(lang: str, notes: list[str]) -> float:
    """Print the figures of a language; the ratio of 20,000 terms to 500, with tokenizing."""
    rows = list(entries(lang, lexicons.topics(STAGE)))
    random.Random(1).shuffle(rows)
    tokenizer = Tokenizer(spacy.blank(lang).vocab, lang)
    by_size = {min(size, len(rows)): Phrases(lang, rows[:size], alone=True) for size in (*SIZES, len(rows))}
    best = {size: (float("inf"), float("inf")) for size in by_size}
    for _ in range(ROUNDS):
        for size, phrases in by_size.items():
            best[size] = tuple(map(min, zip(best[size], seconds(tokenizer, phrases, notes), strict=True)))  # type: ignore[assignment]
    least = best[SIZES[0]]
    for size, (finding, both) in best.items():
        each = 1e6 / len(notes)
        print(f"{lang}  {size:>7,} terms  look-up {finding * each:7.0f} us ({finding / least[0]:.2f}x)  with tokenizing {both * each:7.0f} us ({both / least[1]:.2f}x)")
    return best[SIZES[1]][1] / least[1]


def loading(lang: str) -> str:
    """CPU seconds and megabytes that the lexicons of a language take, imports apart."""
    done = subprocess.run([sys.executable, "-c", LOADING.format(lang=lang)], capture_output=True, text=True, check=True)
    cpu, megabytes = map(float, done.stdout.split())
    return f"{lang}  loading the lexicons: {cpu:.2f} s of CPU, {megabytes:.0f} MB"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="A folder with docs_es.jsonl and docs_en.jsonl.")
    data = parser.parse_args().data
    ratios = []
    for lang in lexicons.LANGUAGES:
        ratios.append(table(lang, texts(data, lang)[:200]))
        print(loading(lang))
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    sys.exit(max(ratios) > BAR)


if __name__ == "__main__":
    main()
