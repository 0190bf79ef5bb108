"""Gold mentions against found mentions, from folders of brat files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from dermnlp.evaluation.brat import BratError, BratWarning, annotated, note_id, read, read_folder, read_text
from dermnlp.evaluation.scoring import Count, Error, Scores, score
from dermnlp.mentions import Mention
from dermnlp.tables import InputError

__all__ = [
    "Annotate",
    "BratError",
    "BratWarning",
    "Count",
    "Error",
    "Scores",
    "evaluate",
    "is_system_of",
    "read",
    "read_folder",
    "score",
    "texts",
]

Folders = str | Path | Sequence[str | Path]
Annotate = Callable[[dict[str, str]], Mapping[str, Sequence[Mention]]]


def evaluate(gold: Folders, system: str | Path | None = None, annotate: Annotate | None = None) -> Scores:
    """The scores of a system on one or more gold folders.

    `system` holds its .ann files, directly or in one subfolder for each gold folder, of the same name; without it
    `annotate` (if None, `dermnlp.annotation.annotate_texts`) reads the notes of the gold folders. A document has the
    name of its note, with several gold folders of folder and note. InputError names a folder or a note that is missing.
    """
    folders = _folders(gold)
    expected = {name: mentions for folder, label in folders for name, mentions in _labelled(folder, label)}
    if system is not None:
        return score(expected, _found(folders, Path(system)))
    if annotate is None:
        from dermnlp.annotation import annotate_texts

        annotate = annotate_texts
    return score(expected, annotate(texts(gold)))


def texts(gold: Folders) -> dict[str, str]:
    """The text of every annotated note of gold folders, by the names that `evaluate` gives documents."""
    found = {}
    for folder, label in _folders(gold):
        for ann in annotated(folder):
            path = ann.with_suffix(".txt")
            if not path.is_file():
                raise InputError(
                    f"No '{path.name}' beside '{ann.name}' in '{folder}'. Put the note's text there, or give the "
                    "folder of a system whose .ann files have the names of the gold's."
                )
            found[label + note_id(ann.stem)] = read_text(path)
    return found


def is_system_of(folder: str | Path, gold: str | Path) -> bool:
    """Whether a folder annotates notes of the gold folder: shared .ann names, and no text that differs."""
    shared = _names(Path(folder)) & _names(Path(gold))
    return bool(shared) and not _differing(Path(gold), Path(folder), shared)


def _folders(gold: Folders) -> list[tuple[Path, str]]:
    """The gold folders, each with what stands before its note ids: nothing when it is the only one."""
    paths = [Path(gold)] if isinstance(gold, str | Path) else [Path(folder) for folder in gold]
    if not paths:
        raise InputError("No gold folder. Give at least one folder of .txt and .ann files.")
    for path in paths:
        _check(path, "gold folder")
    labels = [path.resolve().name for path in paths]
    twice = sorted({label for label in labels if labels.count(label) > 1})
    if twice:
        raise InputError(f"Two gold folders are called '{twice[0]}'. Rename one, or evaluate them one after the other.")
    return [(path, f"{label}/" if len(paths) > 1 else "") for path, label in zip(paths, labels, strict=True)]


def _check(folder: Path, what: str) -> None:
    """InputError unless a folder is there and has .ann files."""
    if not folder.is_dir():
        there = "It is a file" if folder.exists() else "There is no such folder"
        raise InputError(f"No {what} '{folder}'. {there}: give a folder of brat files (NAME.txt with NAME.ann).")
    if not annotated(folder):
        count = len(list(folder.glob("*.txt")))
        raise InputError(
            f"No .ann files in the {what} '{folder}'; it has {count} .txt files. Give a folder where every note "
            "NAME.txt has its annotation NAME.ann."
        )


def _labelled(folder: Path, label: str) -> Iterator[tuple[str, list[Mention]]]:
    return ((label + name, mentions) for name, mentions in read_folder(folder).items())


def _found(folders: Sequence[tuple[Path, str]], system: Path) -> dict[str, list[Mention]]:
    """What a system's folder has on the notes of the gold folders; notes that it lacks are named in a warning."""
    found: dict[str, list[Mention]] = {}
    for gold, label in folders:
        inner = system / gold.resolve().name
        folder = inner if inner.is_dir() else system
        _check(folder, "system folder")
        names = _names(gold)
        if not names & _names(folder):
            raise InputError(
                f"No .ann file in '{folder}' has the name of one in '{gold}' (such as '{min(names)}.ann'). "
                "Name a system's files as the gold's."
            )
        _warn(names - _names(folder), f"of '{gold}' are not in '{folder}' and count as empty")
        _warn(_differing(gold, folder, names), f"have another text in '{folder}' than in '{gold}': check the offsets")
        found |= {name: mentions for name, mentions in _labelled(folder, label) if name.removeprefix(label) in names}
    return found


def _names(folder: Path) -> set[str]:
    return {note_id(ann.stem) for ann in annotated(folder)}


def _differing(gold: Path, system: Path, names: set[str]) -> set[str]:
    """The notes whose text is in both folders and is not the same."""
    sides = [{note_id(path.stem): path for path in folder.glob("*.txt")} for folder in (gold, system)]
    both = names & sides[0].keys() & sides[1].keys()
    return {name for name in both if sides[0][name].read_bytes() != sides[1][name].read_bytes()}


def _warn(names: set[str], what: str) -> None:
    if names:
        warnings.warn(f"{len(names)} notes {what}; the first is '{min(names)}'.", BratWarning, stacklevel=4)
