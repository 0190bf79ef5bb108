"""The pieces of a corpus, made once: cut, marked by our own lexicon and rules where the recipe says so, and kept as rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dermnlp.tables import InputError, write_whole
from dermnlp.training import corpora
from dermnlp.training.corpora import GUIDELINES, Corpus, Document, Mark
from dermnlp.training.pieces import Piece, cut
from dermnlp.training.recipe import Recipe

SNIPPET = 60


def pieces_of(recipe: Recipe, name: str, root: Path, folder: Path, progress: Callable[[int, int], None]) -> list[Piece]:
    """The pieces of a corpus of the recipe, from `folder` when they were made before."""
    kept = folder / f"{name}.jsonl"
    if not kept.is_file():
        made = list(_made(recipe, recipe.corpora[name], root, progress))
        write_whole(kept, "".join(json.dumps(_row(piece), ensure_ascii=False) + "\n" for piece in made))
    return [_piece(json.loads(line)) for line in kept.read_text(encoding="utf-8").split("\n") if line]


def _made(recipe: Recipe, corpus: Corpus, root: Path, progress: Callable[[int, int], None]) -> Iterable[Piece]:
    documents = corpora.read(corpus, root)
    if corpus.name not in recipe.trial:
        documents = apart(documents, held_out(recipe, root))
    layers = corpus.layers or {}
    known = frozenset(layers.values()) if layers else frozenset(recipe.types) if corpus.format == GUIDELINES else frozenset()
    _check_labels(corpus, documents, root)
    if layers:
        documents = [replace(document, marks=tuple(_renamed(document.marks, layers))) for document in documents]
    if corpus.silver:
        documents = silvered(documents, recipe.types, lambda done: progress(done, len(documents)))
        known |= frozenset(recipe.types)
    yield from cut(documents, known, corpus.attributes or corpus.silver)


def _check_labels(corpus: Corpus, documents: Sequence[Document], root: Path) -> None:
    """InputError when none of the labels of a corpus is a type, or one of those that the recipe maps."""
    there = _labels(documents)
    known = set(corpus.layers or there)
    if corpus.format == GUIDELINES and not there:  # their reader leaves out what they don't know
        there = _labels(corpora.read(replace(corpus, format="brat"), root))
    if there and not there & known:
        raise InputError(f"corpus '{corpus.name}': none of its labels is mapped to a type: {', '.join(sorted(there))}. Map them, e.g. Disease=DIAGNOSIS.")


def _labels(documents: Iterable[Document]) -> set[str]:
    return {mark.label for document in documents for mark in document.marks}


def _renamed(marks: Sequence[Mark], layers: Mapping[str, str]) -> Iterable[Mark]:
    for mark in marks:
        if mark.label in layers:
            yield replace(mark, label=layers[mark.label])


def silvered(documents: Sequence[Document], types: Sequence[str], progress: Callable[[int], None]) -> list[Document]:
    """The documents with what our lexicon and rules find in them, attributes included, beside their own marks."""
    from dermnlp.annotation import annotate_notes
    from dermnlp.notes import Note

    found = []
    notes = [Note(document.name, document.text, language=document.language) for document in documents]
    for document, (_, mentions) in zip(documents, annotate_notes(notes, exclude=["tagger"]), strict=True):
        ours = () if isinstance(mentions, str) else mentions
        silver = tuple(Mark(m.type, m.start, m.end, tuple(m.attributes)) for m in ours if m.type in types)
        found.append(replace(document, marks=(*document.marks, *silver)))
        progress(len(found))
    return found


def held_out(recipe: Recipe, root: Path) -> list[str]:
    """Stretches of the texts that may never be learned: three of each, white space made even."""
    found = []
    for pattern in recipe.held_out:
        for path in sorted(file for folder in root.glob(pattern) for file in folder.glob("*.txt")):
            text = _even(path.read_text(encoding="utf-8"))
            places = (min(at, max(0, len(text) - SNIPPET)) for at in (len(text) // 4, len(text) // 2, len(text) * 3 // 4))
            found += [text[at : at + SNIPPET] for at in places if text]
    return found


def apart(documents: Sequence[Document], snippets: Sequence[str]) -> list[Document]:
    """The documents that hold none of the snippets."""
    return [d for d in documents if not any(snippet in text for text in [_even(d.text)] for snippet in snippets)]


def _even(text: str) -> str:
    return " ".join(text.split())


def _row(piece: Piece) -> dict[str, object]:
    return {
        "document": piece.document,
        "corpus": piece.corpus,
        "language": piece.language,
        "text": piece.text,
        "heading": piece.heading,
        "marks": [[m.label, m.start, m.end, list(m.attributes)] for m in piece.marks],
        "known": sorted(piece.known),
        "attributes": piece.attributes,
    }


def _piece(row: dict[str, Any]) -> Piece:
    marks = tuple(Mark(label, start, end, tuple(flags)) for label, start, end, flags in row["marks"])
    return Piece(**{**row, "marks": marks, "known": frozenset(row["known"])})
