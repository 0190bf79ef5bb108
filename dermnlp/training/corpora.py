"""The texts that a tagger learns from: readers by format, each giving documents with marked spans."""

from __future__ import annotations

import csv
import json
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dermnlp.evaluation import brat
from dermnlp.tables import InputError

SPAN = re.compile(r"T\d+\t(\S+) ([\d ;]+)\t")
GUIDELINES = "guidelines"
JOINED = {"-", "/", "'", "’"}
CLOSING, OPENING = set(".,;:!?)]}%"), set("([{")


@dataclass(frozen=True, slots=True)
class Mark:
    """A labelled stretch of a text; `attributes` of the guidelines that it carries."""

    label: str
    start: int
    end: int
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its marks; `corpus` is the name in the recipe, `language` es or en."""

    name: str
    corpus: str
    language: str
    text: str
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class Corpus:
    """A corpus of a recipe: where it lies, how it is written, and what its labels mean.

    `layers` maps a published label to the layer of the tagger that learns it; `silver` has our own lexicon and rules mark it.
    """

    name: str
    path: str
    format: str
    language: str = ""
    layers: Mapping[str, str] | None = None
    attributes: bool = False
    silver: bool = False
    licence: str = ""
    source: str = ""


def read(corpus: Corpus, root: Path) -> list[Document]:
    """The documents of a corpus below `root`, in the order of their names; InputError when there are none."""
    if corpus.format not in READERS:
        raise InputError(f"corpus '{corpus.name}': no format '{corpus.format}'. There are: {', '.join(READERS)}.")
    paths = sorted(root.glob(corpus.path)) if not Path(corpus.path).is_absolute() else [Path(corpus.path)]
    documents = [document for path in paths if path.exists() for document in READERS[corpus.format](path, corpus)]
    if not documents:
        raise InputError(f"corpus '{corpus.name}': nothing to read at {corpus.path} below {root}.")
    return documents


def _gold(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Documents annotated after the guidelines, attributes included."""
    for ann in brat.annotated(path):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", brat.BratWarning)
            mentions = brat.read(ann)
        text = brat.read_text(ann.with_suffix(".txt"))
        marks = tuple(Mark(m.type, m.start, m.end, m.attributes) for m in mentions)
        yield Document(f"{path.name}/{ann.stem}", _set_of(path, corpus), _language(corpus, text), text, marks)


def _brat(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Documents with the labels of other schemes: T lines alone, a mention in pieces left out."""
    for ann in brat.annotated(path):
        text = brat.read_text(ann.with_suffix(".txt"))
        lines = brat.read_text(ann).split("\n")
        marks = [_mark(match[1], match[2]) for line in lines if (match := SPAN.match(line)) and ";" not in match[2]]
        kept = tuple(mark for mark in marks if mark.end <= len(text))
        yield Document(f"{path.name}/{ann.stem}", _set_of(path, corpus), _language(corpus, text), text, kept)


def _set_of(path: Path, corpus: Corpus) -> str:
    """The name under which documents are counted: the folder's, where a corpus has several."""
    return path.name if "*" in corpus.path else corpus.name


def _mark(label: str, offsets: str) -> Mark:
    start, end = offsets.split()
    return Mark(label, int(start), int(end))


def _iob(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Sentences of `token<TAB>tag` lines with a blank line between; the text is put together as one would write it."""
    blocks = path.read_text(encoding="utf-8").split("\n\n")
    for number, block in enumerate(blocks):
        rows = [line.split("\t") for line in block.split("\n") if "\t" in line]
        if rows:
            text, marks = joined([row[0] for row in rows], [row[-1] for row in rows])
            yield Document(f"{path.stem}/{number}", corpus.name, _language(corpus, text), text, marks)


def joined(tokens: Iterable[str], tags: Iterable[str]) -> tuple[str, tuple[Mark, ...]]:
    """The text of tokens with IOB tags, and its marks; no space before closing signs or around hyphens."""
    text, before, last = "", "", "O"
    marks: list[Mark] = []
    for token, tag in zip(tokens, tags, strict=True):
        if not token.strip():
            continue
        tight = not text or token[0] in CLOSING or before in OPENING or token in JOINED or before in JOINED
        text += token if tight else f" {token}"
        start = len(text) - len(token)
        if tag.startswith("B-") or (tag.startswith("I-") and last[2:] != tag[2:]):
            marks.append(Mark(tag[2:], start, len(text)))
        elif tag.startswith("I-"):
            marks[-1] = Mark(marks[-1].label, marks[-1].start, len(text))
        before, last = token, tag
    return text, tuple(marks)


def _phee(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Sentences of PHEE: the arguments of its event frames, by role and sub-role."""
    for line in path.read_text(encoding="utf-8").rstrip("\n").split("\n"):
        row = json.loads(line)
        frames = (event for annotation in row["annotations"] for event in annotation["events"])
        marks = {mark for frame in frames for mark in _arguments(frame)}
        ordered = tuple(sorted(marks, key=lambda mark: (mark.start, mark.end, mark.label)))
        yield Document(row["id"], corpus.name, _language(corpus, row["context"]), row["context"], ordered)


def _arguments(frame: Mapping[str, object]) -> Iterator[Mark]:
    for role, value in frame.items():
        if isinstance(value, dict):
            if "text" in value:
                for texts, starts in zip(value["text"], value["start"], strict=True):
                    yield from (Mark(role, at, at + len(text)) for text, at in zip(texts, starts, strict=True))
            yield from _arguments(value)


def _jsonl(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Rows with `text`, perhaps `id`, `language` and `spans` ([label, start, end] each)."""
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text = row["text"]
            marks = tuple(Mark(str(label), int(start), int(end)) for label, start, end in row.get("spans", ()))
        except (ValueError, TypeError, KeyError):
            form = '{"text": "Psoriasis.", "spans": [["DIAGNOSIS", 0, 9]]}'
            raise InputError(f"{path}, line {number}: not an object with a text and perhaps spans, for example {form}.") from None
        language = _language(corpus, text, row.get("language"))
        yield Document(str(row.get("id", number)), corpus.name, language, text, marks)


def _tsv(path: Path, corpus: Corpus) -> Iterator[Document]:
    """Columns `content_en` and `content_es`: a text in each language."""
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE), 1):
            for language in ("en", "es"):
                if row.get(f"content_{language}"):
                    yield Document(f"{number}/{language}", corpus.name, language, row[f"content_{language}"])


def _dataset(path: Path, corpus: Corpus) -> Iterator[Document]:
    """A Hugging Face dataset saved on disk with `tokens` and `ner_tags` (or `tags`), all its splits."""
    from datasets import DatasetDict, load_from_disk

    saved = load_from_disk(str(path))
    splits = saved.items() if isinstance(saved, DatasetDict) else [("all", saved)]
    for split, rows in splits:
        column = "ner_tags" if "ner_tags" in rows.column_names else "tags"
        names = getattr(getattr(rows.features[column], "feature", None), "names", None)
        for number, row in enumerate(rows):
            tags = [names[tag] if names else str(tag) for tag in row[column]]
            text, marks = joined(row["tokens"], tags)
            yield Document(f"{split}/{number}", corpus.name, _language(corpus, text), text, marks)


def _language(corpus: Corpus, text: str, given: str | None = None) -> str:
    """The language of a corpus, else that given with the text, else the one found in it."""
    from dermnlp.language import detect

    return corpus.language or given or detect(text)[0]


READERS: dict[str, Callable[[Path, Corpus], Iterator[Document]]] = {
    GUIDELINES: _gold,
    "brat": _brat,
    "iob": _iob,
    "phee": _phee,
    "jsonl": _jsonl,
    "tsv": _tsv,
    "dataset": _dataset,
}
