"""The transformer tagger: finds mentions that no lexicon knows, and says of every mention how likely a model finds it."""

from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc

from dermnlp.entities import models
from dermnlp.entities.agreement import SOURCE
from dermnlp.entities.linking import Linker
from dermnlp.entities.models import Model, Reading
from dermnlp.entities.readings import Read, Readings
from dermnlp.entities.stretches import Stretch, stretches
from dermnlp.extensions import Found, candidates
from dermnlp.tokens import text_of, words_of


class Tagger:
    """Adds the candidates of a `model`: a name in the pipelines room, or the path of a folder; without one it adds none.

    `labels` maps the labels of a Hugging Face model to types of the guidelines, `kept` bounds the sentences remembered, `notes` the Docs
    read together, `threads` the threads of one process; `near` (0-100) is how like a term of the lexicon a span must be to get its concept.
    """

    def __init__(
        self,
        nlp: Language,
        name: str,
        *,
        model: str | None = None,
        labels: dict[str, str] | None = None,
        kept: int = 20_000,
        notes: int = 32,
        threads: int = 1,
        near: float = 88.0,
    ) -> None:
        self.linker = Linker(nlp.lang, near) if model else None
        self.model = _loaded(model, tuple((labels or {}).items()), threads) if model else None
        self.kept, self.notes = kept, notes
        self.memory: OrderedDict[tuple[str, str], Reading] = OrderedDict()

    def __call__(self, doc: Doc) -> Doc:
        return next(self.pipe([doc]))

    def pipe(self, docs: Iterable[Doc], batch_size: int = 0) -> Iterator[Doc]:
        """The Docs with their candidates; some are read together, which is several times faster than one by one."""
        if self.model is None:
            yield from docs
            return
        stream = iter(docs)
        while batch := list(islice(stream, batch_size or self.notes)):
            yield from self._read(batch, self.model)

    def _read(self, docs: list[Doc], model: Model) -> list[Doc]:
        """Read what isn't remembered, once, and hand out what was read."""
        parts = [stretches(doc) for doc in docs]
        keys = [[_key(text_of(doc), stretch) for stretch in part] for doc, part in zip(docs, parts, strict=True)]
        wanted = {key for group in keys for key in group}
        known = {key: self.memory[key] for key in wanted if key in self.memory}
        new = sorted(wanted - known.keys())
        known |= zip(new, model.read(new), strict=True)
        self._remember(known)
        for doc, part, group in zip(docs, parts, keys, strict=True):
            parts_read = [Read(stretch, known[key]) for stretch, key in zip(part, group, strict=True)]
            doc.user_data["readings"] = Readings(model.types, model.attributes, parts_read, judges=model.judges)
            candidates(doc).extend(self._candidates(doc, model.name))
        return docs

    def _remember(self, readings: dict[tuple[str, str], Reading]) -> None:
        """Keep the readings used last."""
        for key, reading in readings.items():
            self.memory[key] = reading
            self.memory.move_to_end(key)
        while len(self.memory) > self.kept:
            self.memory.popitem(last=False)

    def _candidates(self, doc: Doc, name: str) -> Iterator[Found]:
        """The model's spans as candidates, from the beginning of a token to the end of one."""
        words, starts = words_of(doc)
        read: Readings = doc.user_data["readings"]
        for tagged in read.tagged():
            first, last = bisect_right(starts, tagged.start) - 1, bisect_left(starts, tagged.end) - 1
            end = starts[last] + len(words[last])
            confidence = round(tagged.confidence, 4)
            found = Found(tagged.type, starts[first], end, source=SOURCE, rule=f"entities/tagger:{name}", confidence=confidence)
            if self.linker:
                self.linker.link(found, text_of(doc))
            yield found


def _key(text: str, stretch: Stretch) -> tuple[str, str]:
    return stretch.heading, text[stretch.start : stretch.end]


@lru_cache(maxsize=4)
def _loaded(model: str, labels: tuple[tuple[str, str], ...], threads: int) -> Model:
    """A model, once for all pipelines of a process."""
    return models.load(models.folder_of(model), labels=dict(labels), threads=threads)
