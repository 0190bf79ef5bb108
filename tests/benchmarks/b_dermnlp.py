"""Our side of the peers' harness: `build(lang, lexicon, variant)` as it asks for; run it with the harness's folder on PYTHONPATH.

Each series runs the whole pipeline without the tagger, all our lexicons included. The harness's own terms lie over ours as FINDINGs.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dermnlp

COLUMNS = ("concept", "type", "name", "icd10cm", "inn", "omop", "attributes", "role")


class Model:
    """The pipeline as a run uses it: one Doc at a time, component by component."""

    def __init__(self, nlp: Any) -> None:
        self.nlp = nlp

    def run(self, texts: Iterable[str]) -> Iterator[dict[str, int]]:
        """Counts per text: entities, negated ones, sentences, sections."""
        for text in texts:
            doc = self.nlp.make_doc(text)
            for _, component in self.nlp.pipeline:
                doc = component(doc)
            found = doc.user_data["found"].values()
            yield {
                "ents": len(found),
                "neg": sum(mention.negated for mention in found),
                "sents": len(doc.user_data["sentences"]),
                "secs": len(doc.user_data["sections"]),
            }


def build(lang: str, lexicon: list[tuple[str, str]], variant: str = "") -> Model:
    """The model over a list of (code, term)."""
    with tempfile.TemporaryDirectory() as folder:
        topic = Path(folder) / "entities" / "bench"
        topic.mkdir(parents=True)
        keys = {code: f"bench.{i}" for i, code in enumerate(dict.fromkeys(code for code, _ in lexicon))}
        _write(topic / "concepts.csv", COLUMNS, [(key, "FINDING", code, "", "", "", "", "") for code, key in keys.items()])
        _write(topic / f"{lang}.csv", ("term", "concept", "match", "sense"), [(term, keys[code], "", "") for code, term in lexicon])
        return Model(dermnlp.load(lang, exclude=["tagger"], lexicons=[folder]))


def _write(path: Path, header: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


if __name__ == "__main__":
    import harness  # type: ignore[import-not-found]

    harness.main("dermnlp", build)
