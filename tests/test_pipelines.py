"""Loading a pipeline: languages, components left out, errors with a hint, and configs that hold no path."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from conftest import TEST_LEXICONS
from spacy.language import Language

import dermnlp
from dermnlp.components import FACTORIES, PREFIX
from dermnlp.lexicons import LexiconError
from dermnlp.mentions import from_doc

NAMES = ["sections", "sentences", "matcher", "tagger", "scores", "doses", "merge", "context", "dates", "severity", "body_sites", "relations"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_load(lang: str) -> None:
    nlp = dermnlp.load(lang)
    assert (nlp.lang, nlp.pipe_names) == (lang, NAMES)


def test_spanish_is_the_default() -> None:
    assert dermnlp.load().lang == "es"


@pytest.mark.parametrize("left_out", [["tagger"], ["tagger", "relations"], ["dates"]])
def test_exclude(left_out: list[str]) -> None:
    nlp = dermnlp.load("es", exclude=left_out)
    assert nlp.pipe_names == [name for name in NAMES if name not in left_out]
    assert [m.text for m in from_doc(nlp("psoriasis"), "n1")] == ["psoriasis"]


@pytest.mark.parametrize(
    "given, error, message",
    [
        ({"lang": "fr"}, ValueError, "No pipeline for the language 'fr'. There are: es, en."),
        ({"exclude": ["taggr"]}, ValueError, f"No component 'taggr' to exclude. There are: {', '.join(NAMES)}."),
        ({"config": "dermm"}, ValueError, "No pipeline 'dermm'. There are: derm; or give the path of a config file."),
        (
            {"lexicons": ["no-such-folder"]},
            LexiconError,
            "'no-such-folder' is no directory of lexicons. Give one with the layout <stage>/<topic>/en.csv.",
        ),
    ],
)
def test_what_is_asked_for_and_is_not_there(given: dict[str, object], error: type[Exception], message: str) -> None:
    with pytest.raises(error) as raised:
        dermnlp.load(**given)  # type: ignore[arg-type]
    assert str(raised.value) == message


def test_import_only_defines() -> None:
    code = "import sys, dermnlp; print([name for name in ('spacy', 'pyarrow', 'torch', 'duckdb') if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_an_unknown_name_of_the_package_says_what_there_is() -> None:
    with pytest.raises(AttributeError) as raised:
        dermnlp.laod  # noqa: B018
    assert str(raised.value) == "module 'dermnlp' has no attribute 'laod'. There are: __version__, annotate, context_of, load."


def test_a_saved_config_holds_no_path(nlp_entity: dict[str, Language], tmp_path: Path) -> None:
    nlp = nlp_entity["es"]
    saved = nlp.config.to_str()
    assert str(TEST_LEXICONS) not in saved
    assert str(Path(dermnlp.__file__).parent.parent) not in saved
    nlp.config.to_disk(tmp_path / "saved.cfg")
    again = dermnlp.load("es", config=tmp_path / "saved.cfg")
    assert again.pipe_names == nlp.pipe_names
    assert [m.text for m in from_doc(again("Sin psoriasis."), "n1")] == ["psoriasis"]


def test_a_saved_pipeline_reads_the_same(nlp_es: Language, tmp_path: Path) -> None:
    nlp_es.to_disk(tmp_path / "saved")
    again = spacy.load(tmp_path / "saved")
    text = "Sin psoriasis. PASI 12→3. MTX 15 mg sc."
    assert from_doc(again(text), "n1") == from_doc(nlp_es(text), "n1")


@pytest.mark.parametrize("name", list(FACTORIES))
def test_every_component_is_in_the_registry_of_spacy(name: str) -> None:
    assert spacy.blank("es").has_factory(PREFIX + name)


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_component_in_a_pipeline_of_spacy(lang: str) -> None:
    nlp = spacy.blank(lang)
    nlp.add_pipe("dermnlp_sections")
    doc = nlp("Plan: psoriasis")
    assert [(span.label_, span.text) for span in doc.spans["sections"]] == [("plan", "Plan: psoriasis")]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_all_components_in_a_pipeline_of_spacy(lang: str) -> None:
    nlp = spacy.blank(lang)
    for name in FACTORIES:
        nlp.add_pipe(PREFIX + name)
    doc = nlp("psoriasis, PASI 12.")
    assert [(span.label_, span.text) for span in doc.spans["mentions"]] == [("DIAGNOSIS", "psoriasis"), ("SCORE", "PASI 12")]


def test_the_seat_of_the_tagger_is_empty_without_a_model() -> None:
    nlp = spacy.blank("es")
    nlp.add_pipe("dermnlp_tagger")
    assert nlp("psoriasis").user_data.get("candidates", []) == []


def test_a_tagger_with_a_model_that_is_not_there_says_so() -> None:
    with pytest.raises(Exception, match="no folder nonesuch. Name a folder with a model, or exclude the tagger"):
        spacy.blank("es").add_pipe("dermnlp_tagger", config={"model": "nonesuch"})


def test_batches_give_the_same_as_single_texts(nlp: dict[str, Language]) -> None:
    texts = ["Sin psoriasis.", "", "PASI 12→3", "MTX 15 mg sc"]
    for language in nlp.values():
        piped = [from_doc(doc, "n1") for doc in language.pipe(texts)]
        assert piped == [from_doc(language(text), "n1") for text in texts]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_a_doc_can_be_kept_and_read_again(nlp: dict[str, Language], lang: str) -> None:
    import pickle

    doc = nlp[lang]("psoriasis, PASI 12.")
    again = pickle.loads(pickle.dumps(doc))
    assert from_doc(again, "n1") == from_doc(doc, "n1")


@pytest.mark.parametrize(
    "text, message",
    [
        ('[components.taggr]\nmodel = "x"\n', "names no component of ours: 'taggr'. There are: body_sites, context, dates"),
        ("[components.tagger\n", "cannot be read"),
        ('[components.tagger]\nmodel = "nowhere"\n', "no folder .*nowhere. Name a folder with a model, or exclude the tagger"),
    ],
)
def test_a_config_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.cfg").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        dermnlp.load("es", config=tmp_path / "own.cfg")
