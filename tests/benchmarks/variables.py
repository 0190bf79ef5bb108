"""Which forms of a list of variables the lexicons and the pipeline (without the tagger) know; exit status 1 when a variable has a form they don't.

The list is tab-separated with the columns variable, group, spanish_forms and english_forms; forms are joined by ';', alternatives in a form by '/'.
A form is known when it is a term of any stage, or when it, alone or in one of the variable's sentences (`variables.csv`), holds a diagnosis, a drug or a score, or
consists for the most part of mentions (scores and doses too) and headers; for assertions and adverse events a cue in it is enough. `variables.csv` names the variables of other stages, which are told and not counted, and forms that name no words.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from spacy.language import Language
from spacy.tokens import Doc

import dermnlp
from dermnlp import lexicons
from dermnlp.mentions import from_doc
from dermnlp.phrases import Phrases, visible
from dermnlp.tokens import forms, split

HERE = Path(__file__)
LIST = HERE.parents[2].parent / "shared" / "variables.tsv"
SETTINGS = HERE.with_suffix(".csv")
COLUMNS = {"es": "spanish_forms", "en": "english_forms"}
CUES, OTHER, NO_FORM = ("context", "relations"), "other", "no form"
NAMED = ("DIAGNOSIS", "DRUG", "SCORE")
CUED = ("assertion", "adverse event")
SENTENCES = ("{}.", "Psoriasis: {}.")
REMARK = re.compile(r"\s*\([^)]*\)")
PARTS = re.compile(r"(?:\s*;|,(?=\s))\s*(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class Setting:
    """What `variables.csv` says of a variable: another stage's name, sentences to try its forms in, and forms that are none."""

    other: str
    sentences: dict[str, tuple[str, ...]]
    no_forms: frozenset[str]


def settings() -> dict[str, Setting]:
    """The settings by variable."""
    rows = list(csv.DictReader(SETTINGS.open(encoding="utf-8", newline="")))
    return {variable: _setting([row for row in rows if row["variable"] == variable]) for variable in {row["variable"] for row in rows}}


def _setting(rows: list[dict[str, str]]) -> Setting:
    def told(kind: str) -> list[str]:
        return [row["text"] for row in rows if row["kind"] == kind]

    return Setting(next(iter(told(OTHER)), ""), {lang: tuple(told(lang)) for lang in COLUMNS}, frozenset(told(NO_FORM)))


@lru_cache(maxsize=2)
def terms(lang: str) -> frozenset[tuple[str, ...]]:
    """Every term of every stage that is looked for in notes, as folded words."""
    stages = ("entities", "sections", "attributes", *CUES)
    rows = [row for stage in stages for topic in lexicons.topics(stage) for row in _terms(stage, topic, lang)]
    return frozenset(_words(row["term"], lang) for row in rows)


def _terms(stage: str, topic: str, lang: str) -> list[dict[str, str]]:
    also = ("ca", "gl") if stage == "sections" and lang == "es" else ()
    return [row for language in (lang, *also) for row in lexicons.terms(stage, topic, language)]


def _words(text: str, lang: str) -> tuple[str, ...]:
    return tuple(_forms(lang)[word] for word in split(text) if any(c.isalnum() for c in word))


@lru_cache(maxsize=2)
def _forms(lang: str) -> Mapping[str, str]:
    return forms(lang, inflected=True)


@lru_cache(maxsize=2)
def cues(lang: str) -> Phrases[str]:
    """The cues of context and relations."""
    rows = [row for stage in CUES for topic in lexicons.topics(stage) for row in lexicons.terms(stage, topic, lang)]
    return Phrases(lang, ((row["term"], row.get("match", "") or "word", row["concept"]) for row in rows), alone=True)


def known(nlp: Language, form: str, sentences: tuple[str, ...], cued: bool) -> bool:
    """Whether a form is a term, or the pipeline finds most of it."""
    words = _words(form, nlp.lang)
    if not words or words in terms(nlp.lang):
        return True
    return any(_found(nlp(sentence.format(form)), sentence.find("{}"), form, cued) for sentence in (*sentences, *SENTENCES))


def _found(doc: Doc, start: int, form: str, cued: bool) -> bool:
    """Whether a form that begins at `start` holds a diagnosis, a drug, a score or (if `cued`) a cue, or is for the most part mentions and headers."""
    held = {at for low, high in _spans(doc) for at in range(low, high)}
    letters = [start + at for at, character in enumerate(form) if character.isalnum()]
    named = any(start <= m.start < start + len(form) and m.type in NAMED for m in from_doc(doc, "n1"))
    return named or (cued and bool(cues(doc.lang_).find(visible(doc)))) or 2 * len(held & set(letters)) >= len(letters)


def _spans(doc: Doc) -> Iterator[tuple[int, int]]:
    """The characters of each mention and header."""
    yield from ((mention.start, mention.end) for mention in from_doc(doc, "n1"))
    yield from ((section.start, section.body) for section in doc.user_data["sections"])


def variants(form: str) -> Iterator[tuple[str, ...]]:
    """The ways to read a form: as it stands, without its remarks, and as alternatives that must all be known."""
    plain = REMARK.sub("", form).strip()
    yield (form,)
    yield (plain,)
    yield tuple(part.strip() for part in plain.split("/"))


def unknown(nlp: Language, cell: str, setting: Setting, cued: bool) -> tuple[int, list[str]]:
    """The number of forms of a cell, and those that nothing knows."""
    sentences = setting.sentences[nlp.lang]
    parts = [part.strip() for part in PARTS.split(cell) if part.strip() and part.strip() not in setting.no_forms]
    missing = [part for part in parts if not any(all(known(nlp, text, sentences, cued) for text in way) for way in variants(part))]
    return len(parts), missing


def main() -> int:
    """Print each variable with its unknown forms, then the shares."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("path", type=Path, nargs="?", default=LIST)
    pipelines = {lang: dermnlp.load(lang, exclude=["tagger"]) for lang in COLUMNS}
    told, table = settings(), list(csv.DictReader(options.parse_args().path.open(encoding="utf-8"), delimiter="\t", quoting=csv.QUOTE_NONE))
    none = Setting("", dict.fromkeys(COLUMNS, ()), frozenset())
    counts = {"variables": [0, 0], "forms": [0, 0]}
    for row in table:
        setting = told.get(row["variable"], none)
        if setting.other:
            print(f"{row['variable']}: other stage ({setting.other})")
            continue
        found = {lang: unknown(pipelines[lang], row[column], setting, row["group"] in CUED) for lang, column in COLUMNS.items()}
        missing = [f"{lang} {form!r}" for lang, (_, left) in found.items() for form in left]
        total = sum(number for number, _ in found.values())
        print(f"{row['variable']}: {total - len(missing)}/{total}" + (f", unknown: {', '.join(missing)}" if missing else ""))
        for name, good, number in (("variables", not missing, 1), ("forms", total - len(missing), total)):
            counts[name][0] += good
            counts[name][1] += number
    for name, (good, number) in counts.items():
        print(f"{name}: {good} of {number} ({good / number:.1%})")
    return int(counts["variables"][0] < counts["variables"][1])


if __name__ == "__main__":
    sys.exit(main())
