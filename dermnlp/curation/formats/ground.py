"""What the lexicons hold already, as far as an import asks: the topic and the row of a key, and the forms of cues and headers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from dermnlp import lexicons
from dermnlp.curation.checks import ENTITIES, topics
from dermnlp.curation.shadows import Key, covering
from dermnlp.lexicons import Row
from dermnlp.tokens import Forms, forms, split

Form = tuple[str, ...]


class Ground:
    """Ours with a user's directories on top."""

    def __init__(self, over: Sequence[Path]) -> None:
        self.rows: dict[tuple[str, str, str], Row] = {}
        self.homes: dict[str, str] = {}
        self.known: set[tuple[str, str]] = set()
        self.held: dict[tuple[str, str, str], dict[Form, set[str]]] = {}
        self.entities: dict[str, dict[Key, set[str]]] = {}
        self.languages: dict[tuple[str, str], set[str]] = {}
        self.over = tuple(over)
        with lexicons.use(over):
            for stage, topic in topics():
                self.known.add((stage, topic))
                self.languages[stage, topic] = {*lexicons.languages(stage, topic), *lexicons.LANGUAGES}
                for key, row in lexicons.concepts(stage, topic).items():
                    self.rows[stage, topic, key] = row
                    if stage == ENTITIES:
                        self.homes.setdefault(key, topic)
            self.off = {place for directory in over for place in _switched_off(Path(directory))}
            self.stages = lexicons.stages()
            self.by_omop = self._by_omop()

    def home(self, stage: str, topic: str, key: str) -> str:
        """The topic that has a key, '' when none does: keys of entities are the same over all topics."""
        if stage == ENTITIES:
            return self.homes.get(key, "")
        return topic if (stage, topic, key) in self.rows else ""

    def holders(self, stage: str, topic: str, language: str, form: Form) -> set[str]:
        """The concepts of a topic that have a term of this form."""
        where = stage, topic, language
        if where not in self.held:
            self.held[where] = defaultdict(set)
            if (stage, topic) in self.known:
                with lexicons.use(self.over):
                    for row in lexicons.terms(stage, topic, language):
                        self.held[where][form_of(language, row["term"])].add(row["concept"])
        return self.held[where].get(form, set())

    def covers(self, language: str, row: Row) -> set[str]:
        """The concepts of entities that have a term which finds all that this one would."""
        tables = [_table(language, kind, lexicons.named()) for kind in (True, False)]
        if language not in self.entities:
            found = self.entities[language] = defaultdict(set)
            with lexicons.use(self.over):
                for topic in {topic for stage, topic in self.known if stage == ENTITIES}:
                    for term in lexicons.terms(ENTITIES, topic, language):
                        for variant in covering(term, *tables):
                            found[variant[-1]].add(term["concept"])
        held = self.entities[language]
        return set.intersection(*({concept for key in variant for concept in held.get(key, ())} for variant in covering(row, *tables)))

    def _by_omop(self) -> dict[str, str]:
        """The key of ours for each OMOP id that only one has."""
        keys: dict[str, set[str]] = defaultdict(set)
        for row in lexicons.read(lexicons.roots()[0] / "omop" / "mappings" / "concepts.csv"):
            keys[row["omop"]].add(row["concept"])
        for (stage, _, key), row in self.rows.items():
            if stage == ENTITIES and row.get("omop"):
                keys[row["omop"]].add(key)
        return {number: key for number, [key, *others] in ((n, sorted(k)) for n, k in keys.items()) if not others and key in self.homes}


def _switched_off(directory: Path) -> Iterator[tuple[str, str, str, str]]:
    """The terms that a directory switches off."""
    for path in directory.glob("*/*/*.csv"):
        for row in lexicons.read(path):
            if row["concept"] == lexicons.SWITCHED_OFF:
                yield path.parts[-3], path.parts[-2], path.stem, row["term"]


def form_of(language: str, term: str, *, inflected: bool = False) -> Form:
    """The form by which a term is compared."""
    table = _table(language, inflected, lexicons.named())
    return tuple(table[word] for word in split(term) if word != "-") or tuple(split(term))


@lru_cache(maxsize=8)
def _table(language: str, inflected: bool, named: tuple[object, ...]) -> Forms:
    """The forms of a language, asked for once: `forms` looks at every file of the lexicons each time."""
    return forms(language, inflected=inflected)
