"""What a training run tells: the learning curve, the figures by corpus and type, and the model card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dermnlp.evaluation.scoring import ALL
from dermnlp.mentions import ATTRIBUTES
from dermnlp.training.recipe import Recipe
from dermnlp.training.trial import Figures


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; fractions with three places."""
    lines = [head, ["---"] * len(head), *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def figures(found: Figures, types: Sequence[str]) -> str:
    """F1 by corpus (columns) and type or attribute (rows)."""
    if not found:
        return "There was no document to measure by.\n"
    corpora = list(found)
    labels = [label for label in (ALL, *types, *ATTRIBUTES) if any(label in found[corpus] for corpus in corpora)]
    rows = [[label, *(found[corpus].get(label, "") for corpus in corpora)] for label in labels]
    return table(["strict F1", *corpora], rows)


def curve(points: Sequence[Mapping[str, Any]]) -> str:
    """F1 over all types after each epoch of each stage, by corpus."""
    if not points:
        return "No figures were taken on the way.\n"
    corpora = list(points[-1]["figures"])
    rows = [[p["stage"], p["epoch"] if p["epoch"] >= 0 else "end", *(p["figures"].get(c, {}).get(ALL, "") for c in corpora)] for p in points]
    return table(["stage", "epoch", *corpora], rows)


def report(recipe: Recipe, points: Sequence[Mapping[str, Any]], whole: Figures, shipped: Figures, pieces: Mapping[str, int]) -> str:
    """The report of a run in Markdown."""
    corpora = table(["corpus", "stretches of text", "licence"], [[name, f"{count:,}", recipe.corpora[name].licence or "-"] for name, count in pieces.items()])
    parts = [
        "# Training report",
        f"Encoder {recipe.encoder.rstrip('/').rpartition('/')[2]}, {recipe.depth or 'all'} layers, seed {recipe.seed}.",
        f"## Texts\n\n{corpora}",
        f"## The model as shipped (8 bits)\n\n{figures(shipped, recipe.types)}",
        f"## Before quantisation (32 bits)\n\n{figures(whole, recipe.types)}",
        f"## Learning curve (32 bits, strict F1 over all types)\n\n{curve(points)}",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def card(recipe: Recipe, name: str, digests: Mapping[str, str], shipped: Figures) -> str:
    """The model card in Markdown: what it is, what it learned from, how well it does, where it ends, its hashes."""
    used = dict.fromkeys(corpus for stage in recipe.stages for corpus in stage.corpora)
    sources = table(["corpus", "source", "licence"], [[c, recipe.corpora[c].source or "-", recipe.corpora[c].licence or "-"] for c in used])
    stages = table(["stage", "corpora", "passes", "runs averaged"], [[s.name, ", ".join(s.corpora), f"{s.epochs:g}", s.seeds] for s in recipe.stages])
    parts = [
        f"# Model card: {name}",
        f"Tags {', '.join(recipe.types)} in Spanish and English notes, each type by itself (types may nest), and judges "
        f"{', '.join(ATTRIBUTES)}. {recipe.about}",
        f"## Learned from\n\n{sources}\n{stages}",
        f"## Figures\n\nThe tagger alone, strict F1, on documents that it never learned from. {recipe.measured}\n\n{figures(shipped, recipe.types)}",
        *([f"## Limits\n\n{recipe.limits}"] if recipe.limits else []),
        "## Files\n\n" + table(["file", "sha256"], sorted(digests.items())),
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"
