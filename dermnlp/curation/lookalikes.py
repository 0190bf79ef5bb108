"""Rows of look-alikes that say what another says, and words that lie near no name and so need no row."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from dermnlp.curation.faults import Fault, File
from dermnlp.entities.matcher import MISSPELT
from dermnlp.entities.spelling import REAL_WORD, Spelling, Vocabulary
from dermnlp.lexicons import LexiconError, Row
from dermnlp.tokens import fold, forms, inflections


class Lookalikes:
    """Remembers the names of the topics of entities, which a misspelt word may be meant as; `complete` when all of them are told."""

    def __init__(self, *, complete: bool) -> None:
        self.names: dict[str, list[tuple[str, str]]] = defaultdict(list)
        self.complete = complete

    def add(self, language: str, file: File, concepts: dict[str, Row]) -> None:
        """Note the names of a file."""
        for _, row in file.rows:
            if concepts.get(row.get("concept", ""), {}).get("type") in MISSPELT:
                self.names[language].append((row.get("term", ""), row.get("match", "")))

    def check(self, language: str, file: File) -> Iterator[Fault]:
        """The rows of a file that an earlier one makes needless (faults), and words that no name is near (hints)."""
        compared, seen = forms(language, inflected=True), dict[tuple[str, str], int]()
        known = self._vocabulary(language)
        for line, row in file.rows:
            term, kind = row.get("term", ""), row.get("concept", "")
            first = seen.setdefault((kind, compared[term] if kind == REAL_WORD else fold(term)), line)
            if first != line:
                yield file.fault(line, "term", f"repeats line {first}. Keep one row.")
            elif known and kind == REAL_WORD and not any(known.nearest(fold(word), compared[word])[1] for word in _inflected(language, term)):
                yield replace(file.fault(line, "term", "is near no name of a drug or disease, and is never read as one. Remove the row."), hint=True)

    def _vocabulary(self, language: str) -> Vocabulary | None:
        """The names, as if no word were a real one; None where not all are told, or a file of look-alikes can't be read."""
        if not self.complete:
            return None
        try:
            known = Spelling(language, self.names[language]).nearest.vocabulary
        except LexiconError:
            return None
        known.never = frozenset()
        return known


def _inflected(language: str, word: str) -> Iterator[str]:
    """A word and its other inflections."""
    yield word
    compared = forms(language, inflected=True)
    form = compared[word]
    for ending, replacement, _ in inflections(language):
        other = form[: len(form) - len(replacement)] + ending
        if form.endswith(replacement) and compared[other] == form:
            yield other
