"""The reader of the pipelines room: the spaCy pipeline of a language."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from pathlib import Path

from spacy.language import Language
from spacy.util import load_config, load_model_from_config

from dermnlp import components, data  # noqa: F401
from dermnlp.lexicons import LANGUAGES, use

DEFAULT = "derm"


def load(lang: str = "es", *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = (), config: str | Path = DEFAULT) -> Language:
    """The pipeline of a language (`es`, `en`).

    `exclude` leaves components out (`["tagger"]`), `lexicons` lays a user's own lexicon directories over ours, `config` is a
    name in the pipelines room or the path of a config file. ValueError names the languages, components or pipelines there are.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"No pipeline for the language '{lang}'. There are: {', '.join(LANGUAGES)}.")
    settings = load_config(_path(config), overrides={"nlp.lang": lang})
    known = settings["nlp"]["pipeline"]
    exclude = tuple(exclude)
    unknown = [name for name in exclude if name not in known]
    if unknown:
        raise ValueError(f"No component '{unknown[0]}' to exclude. There are: {', '.join(known)}.")
    with use(lexicons):
        nlp = load_model_from_config(settings, exclude=list(exclude), auto_fill=True)
    gc.collect()
    gc.freeze()  # the lexicons stay: the collector needn't look at their objects for every note
    return nlp


def _path(config: str | Path) -> Path:
    """The config file that a name or a path means."""
    room = data.room("pipelines")
    named = room / f"{config}.cfg"
    path = named if named.is_file() else Path(config)
    if not path.is_file():
        names = sorted(p.stem for p in room.glob("*.cfg"))
        raise ValueError(f"No pipeline '{config}'. There are: {', '.join(names)}; or give the path of a config file.")
    return path
