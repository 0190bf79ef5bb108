"""The learned half of adverse events: its file, its features, its training."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from spacy.language import Language

from dermnlp.extensions import found
from dermnlp.pipelines import identity
from dermnlp.relations import pair_model
from dermnlp.relations.adverse_events import AdverseEvents
from dermnlp.relations.pair_model import PairModel


def features(nlp: Language, text: str) -> list[list[str]]:
    """The features of each pair of a text."""
    doc = nlp(text)
    mentions = found(doc)
    events = AdverseEvents(nlp.lang, "rules")
    pairs = events.pairs(doc, mentions, [mention for mention in mentions if mention.type == "DRUG"])
    return events.features(pairs, mentions)


def test_features(nlp_en: Language) -> None:
    (known,) = features(nlp_en, "Nausea after methotrexate.")
    assert {"rule=known after", "drug=methotrexate", "reaction=sign.nausea", "groups=antimetabolites gastrointestinal", "R path=after", "R cue=after"} <= set(known)


@pytest.mark.parametrize("text", ["Psoriasis.", "Methotrexate 15 mg weekly.", "No nausea on methotrexate.", "Methotrexate. A. B. C. D. E. Fissures."])
def test_no_pairs(nlp_en: Language, text: str) -> None:
    assert features(nlp_en, text) == []


def test_score_does_not_depend_on_the_order() -> None:
    model = PairModel("pairs", {"a": 333, "b": -1250, "c": 90}, 0.5)
    assert model.chance(["a", "b", "c", "unknown"]) == model.chance(["c", "a", "b"])
    assert model.holds(["a"]) and not model.holds(["b"])


def test_shipped_model_is_small_and_holds_whole_numbers() -> None:
    path = pair_model.path_of(pair_model.FOLDER)
    known = json.loads(path.read_text(encoding="utf-8"))
    assert path.stat().st_size < 400_000
    assert 0 < known["threshold"] < 1 and all(isinstance(weight, int) for weight in known["weights"].values())
    assert identity()["pair_model"] in (path.parent / "README.md").read_text(encoding="utf-8")


def test_no_model(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is no pair model"):
        pair_model.load(pair_model.path_of(str(tmp_path)))


def test_no_method() -> None:
    with pytest.raises(ValueError, match="There are: rules, model, both"):
        AdverseEvents("es", "magic")


def test_training_gives_the_same_weights_again(tmp_path: Path) -> None:
    pytest.importorskip("torch")
    from dermnlp.training import relations

    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        for number, (drug, reaction) in enumerate((("Methotrexate", "nausea"), ("Apremilast", "diarrhea"), ("Isotretinoin", "cheilitis"))):
            text = f"{drug} was stopped, the patient had {reaction}. Psoriasis with pruritus is treated with {drug.lower()}.\n"
            begin = text.index(reaction)
            lines = [f"T1\tDRUG 0 {len(drug)}\t{drug}", f"T2\tFINDING {begin} {begin + len(reaction)}\t{reaction}", "R1\tAdverse_event Arg1:T2 Arg2:T1"]
            (tmp_path / folder / f"{number}.txt").write_text(text, encoding="utf-8")
            (tmp_path / folder / f"{number}.ann").write_text("\n".join(lines) + "\n", encoding="utf-8")
    folders = [tmp_path / "one", tmp_path / "two"]
    figures = relations.train(folders, tmp_path / "first")
    relations.train(folders, tmp_path / "second")
    first, second = ((tmp_path / out / "pairs.json").read_bytes() for out in ("first", "second"))
    assert first == second
    assert figures.model[2] > 0.9
