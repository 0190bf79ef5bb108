"""The reader of the pipelines room: the spaCy pipeline of a language."""

from __future__ import annotations

import gc
import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from spacy.language import Language
from spacy.util import load_model_from_config
from thinc.api import Config

from dermnlp import components, data  # noqa: F401
from dermnlp.data import PIPELINE
from dermnlp.entities import models
from dermnlp.lexicons import LANGUAGES, settled, use
from dermnlp.relations import pair_model
from dermnlp.relations.adverse_events import BOTH, RULES

TAGGER, RELATIONS = "tagger", "relations"
LEXICONS = "lexicons"
COMPONENTS = re.compile(r"^\[components\]", re.MULTILINE)


def load(lang: str = "es", *, exclude: Iterable[str] = (), lexicons: Iterable[str | Path] = (), config: str | Path = PIPELINE) -> Language:
    """The pipeline of a language (`es`, `en`).

    `exclude` leaves components out (`["tagger"]`), `lexicons` lays a user's own lexicon directories over ours, `config` is a
    name in the pipelines room or the path of a config file; one without `nlp.pipeline` holds only what differs from ours.
    ValueError names the languages, components or pipelines there are.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"No pipeline for the language '{lang}'. There are: {', '.join(LANGUAGES)}.")
    settings = _settings(config, lang)
    settings.pop(LEXICONS, None)
    known = settings["nlp"]["pipeline"]
    exclude = tuple(exclude)
    unknown = [name for name in exclude if name not in known]
    if unknown:
        raise ValueError(f"No component '{unknown[0]}' to exclude. There are: {', '.join(known)}.")
    with use([*directories(config), *lexicons]), settled():
        nlp = load_model_from_config(settings, exclude=list(exclude), auto_fill=True)
    gc.collect()
    gc.freeze()  # the lexicons stay: the collector needn't look at their objects for every note
    return nlp


def identity(config: str | Path = PIPELINE, exclude: Iterable[str] = ()) -> dict[str, str | None]:
    """What a manifest says of a pipeline: the sha256 of its config, of the tagger's model and of the pair model, None without one."""
    settings = _settings(config, LANGUAGES[0])
    model = settings["components"].get(TAGGER, {}).get("model")
    used = model and TAGGER not in tuple(exclude) and TAGGER in settings["nlp"]["pipeline"]
    text = _path(config).read_bytes()
    return {
        "config": hashlib.sha256(text).hexdigest(),
        "model": models.digest_of(models.network_of(models.folder_of(model))) if used else None,
        "pair_model": _pair_model(settings, tuple(exclude)),
    }


def _pair_model(settings: Config, exclude: tuple[str, ...]) -> str | None:
    """The sha256 of the model that the relations use, None without one."""
    relations = settings["components"].get(RELATIONS, {})
    if RELATIONS in exclude or RELATIONS not in settings["nlp"]["pipeline"] or relations.get("adverse_events", BOTH) == RULES:
        return None
    return models.digest_of(pair_model.path_of(relations.get("model", pair_model.FOLDER)))


def directories(config: str | Path = PIPELINE) -> tuple[Path, ...]:
    """The lexicon directories that a config lays over ours (`[lexicons] directories = ["mine"]`), counted from its folder."""
    named = _read(_path(config)).get(LEXICONS, {}).get("directories", [])
    return tuple(_path(config).parent / name for name in named)


def _settings(config: str | Path, lang: str) -> Config:
    """The settings of a config, ours where it is silent; the path of a model counts from the config's folder."""
    path = _path(config)
    settings = _read(path)
    if "pipeline" not in settings.get("nlp", {}):
        ours = _read(_path(PIPELINE))
        unknown = sorted(set(settings["components"]) - set(ours["components"]))
        if unknown:
            raise ValueError(f"The config {path} names no component of ours: '{unknown[0]}'. There are: {', '.join(ours['components'])}.")
        settings = ours.merge(settings)
    settings["nlp"]["lang"] = lang
    tagger = settings["components"].get(TAGGER, {})
    if tagger.get("model") and not models.folder_of(tagger["model"]).is_absolute():
        tagger["model"] = str(path.parent / tagger["model"])
    relations = settings["components"].get(RELATIONS, {})
    if relations.get("model") and not pair_model.path_of(relations["model"]).is_absolute():
        relations["model"] = str(path.parent / relations["model"])
    return settings


def _read(path: Path) -> Config:
    """A config file; ValueError names it when it cannot be read. `[components]` itself needn't stand in it."""
    try:
        text = path.read_text(encoding="utf-8")
        return Config().from_str(text if COMPONENTS.search(text) else f"[components]\n\n{text}", interpolate=False)
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"The config {path} cannot be read: {' '.join(str(error).split())}") from None


def _path(config: str | Path) -> Path:
    """The config file that a name or a path means."""
    room = data.room("pipelines")
    named = room / f"{config}.cfg"
    path = named if named.is_file() else Path(config)
    if not path.is_file():
        names = sorted(p.stem for p in room.glob("*.cfg"))
        raise ValueError(f"No pipeline '{config}'. There are: {', '.join(names)}; or give the path of a config file.")
    return path
