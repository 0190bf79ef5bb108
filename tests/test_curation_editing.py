"""A researcher's own directory: begun, grown, broken and mended without a line of code."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command import invoke

from dermnlp.curation.comparison import Difference, diff
from dermnlp.curation.editing import add, new, switch_off
from dermnlp.curation.folders import Written
from dermnlp.lexicons import LexiconError

NOTE = "note_id,person_id,note_date,note_text\n1,1,2024-01-02,{}\n"


def content(folder: Path) -> dict[str, str]:
    """Every file of a directory."""
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def rows(folder: Path, name: str) -> list[list[str]]:
    with (folder / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))[1:]


def test_a_new_directory_passes_the_check_and_fires(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert [path.relative_to(mine).as_posix() for path in new(mine)] == [
        "README.md",
        "entities/own/concepts.csv",
        "entities/own/en.csv",
        "entities/own/es.csv",
    ]
    assert invoke("lexicons", "check", mine).stdout == "No faults.\n"
    fired = invoke("lexicons", "try", "Hallazgos de ejemplo", "--language", "es", "--lexicons", mine, "--exclude", "tagger")
    assert fired.stdout.splitlines()[-1].split() == ["Hallazgos", "de", "ejemplo", "FINDING", "own.example", "found", f"{mine}/entities/own/es.csv:2"]
    with pytest.raises(LexiconError, match="isn't empty"):
        new(mine)


def test_terms_of_a_concept_of_ours_go_into_its_topic(tmp_path: Path) -> None:
    assert add(tmp_path / "mine", ["zorbita", " zorbona  mayor "], "psoriasis", ["es"]) == Written(0, 2, 0)
    assert add(tmp_path / "mine", ["zorbita"], "psoriasis", ["es"]) == Written(0, 0, 1)
    assert content(tmp_path / "mine") == {
        "entities/skin_diseases/es.csv": "term,concept,match,sense\nzorbita,psoriasis,,\nzorbona mayor,psoriasis,,\n"
    }


def test_a_column_of_a_concept_of_ours_is_replaced(tmp_path: Path) -> None:
    add(tmp_path, ["zorbita"], "psoriasis", ["es"], values={"icd10cm": "L40.8"})
    [row] = rows(tmp_path, "entities/skin_diseases/concepts.csv")
    assert row[:4] == ["psoriasis", "DIAGNOSIS", "psoriasis", "L40.8"]


@pytest.mark.parametrize(
    "terms, concept, options, message",
    [
        (["zorbita"], "psoriasi", {}, "No concept 'psoriasi'. Did you mean 'psoriasis'? For a new one give its type: --type DIAGNOSIS"),
        (["zorbita"], "own.a", {"values": {"type": "DISEASE"}}, "Nothing was added: the row has the type 'DISEASE'. There are: DIAGNOSIS,"),
        (["zorbita"], "own.a", {"values": {"type": "DRUG"}}, "Nothing was added: the row has no inn."),
        (
            ["zorbita"],
            "own.a",
            {"values": {"type": "DIAGNOSIS", "icd10cm": "L400"}},
            "Nothing was added: the row has the unknown ICD-10-CM code 'L400'. Did you mean 'L40.0'?",
        ),
        (["psoriasis"], "melanoma", {}, "Nothing was added: the row can never match: entities/skin_diseases/es.csv, line"),
        (["psoriasis"], "psoriasis", {}, "Nothing was added: the row repeats entities/skin_diseases/es.csv, line"),
        (["ZQX"], "psoriasis", {}, "Nothing was added: the row is a short form in capitals without exact match or sense."),
        (["zorbita"], "psoriasis", {"cells": {"sense": "drugs.none"}}, "Nothing was added: the row has the unknown sense 'drugs.none'."),
        (["--"], "psoriasis", {}, "Nothing was added: the row has no letter and no digit"),
        (["zorbita"], "own.a", {"values": {"typo": "x"}}, "No column 'typo' in entities/own/concepts.csv. There are: concept, type,"),
        (["zorbita"], "zorbi", {"topic": "attributs/scores"}, "No lexicons for the stage 'attributs'. There are: attributes,"),
    ],
)
def test_a_faulty_row_is_not_written(tmp_path: Path, terms: list[str], concept: str, options: dict[str, object], message: str) -> None:
    mine = tmp_path / "mine"
    with pytest.raises(LexiconError) as error:
        add(mine, terms, concept, ["es"], **options)  # type: ignore[arg-type]
    assert str(error.value).startswith(message)
    assert not mine.exists()
    add(mine, ["zorbona"], "psoriasis", ["es"])
    before = content(mine)
    with pytest.raises(LexiconError):
        add(mine, terms, concept, ["es"], **options)  # type: ignore[arg-type]
    assert content(mine) == before


def test_a_fault_that_was_there_does_not_stop_a_good_row(tmp_path: Path) -> None:
    add(tmp_path, ["zorbona"], "psoriasis", ["es"])
    with (tmp_path / "entities/skin_diseases/es.csv").open("a") as lines:
        lines.write("zorbeta,psoriasi,,\n")
    assert add(tmp_path, ["zorbita"], "psoriasis", ["es"]) == Written(0, 1, 0)
    assert [row[0] for row in rows(tmp_path, "entities/skin_diseases/es.csv")] == ["zorbona", "zorbeta", "zorbita"]


def test_a_term_of_ours_is_switched_off(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    assert switch_off(mine, ["psoriasis"], ["es"]) == Written(0, 1, 0)
    assert content(mine) == {"entities/skin_diseases/es.csv": "term,concept,match,sense\npsoriasis,-,,\n"}
    fired = invoke("lexicons", "try", "Psoriasis.", "--language", "es", "--lexicons", mine, "--exclude", "tagger").stdout
    assert "No row fires." in fired
    with pytest.raises(LexiconError, match="No lexicon of entities has the term 'zorbeta' in 'es'"):
        switch_off(mine, ["zorbeta"], ["es"])


def test_diff(tmp_path: Path) -> None:
    for folder, term, code in (("a", "zorbita", "L40.0"), ("b", "zorbona", "L40.1")):
        add(tmp_path / folder, ["zorbeta", term], "own.a", ["es"], values={"type": "DIAGNOSIS", "icd10cm": code})
    assert list(diff(tmp_path / "a", tmp_path / "b")) == [
        Difference("~", "entities/own/concepts.csv", "own.a", "icd10cm: L40.0 -> L40.1"),
        Difference("-", "entities/own/es.csv", "zorbita -> own.a"),
        Difference("+", "entities/own/es.csv", "zorbona -> own.a"),
    ]
    shown = invoke("lexicons", "diff", tmp_path / "a", tmp_path / "b")
    assert (shown.exit_code, shown.stdout.splitlines()[-1]) == (1, "3 differences.")
    same = invoke("lexicons", "diff", tmp_path / "a", tmp_path / "a")
    assert (same.exit_code, same.stdout) == (0, "No differences.\n")
    wrong = invoke("lexicons", "diff", tmp_path / "a", tmp_path / "c")
    assert wrong.exit_code == 2 and "is no directory of lexicons" in wrong.stderr


def test_the_researcher(tmp_path: Path) -> None:
    """Twenty terms and a new score by commands alone, seen in the OMOP tables with their names."""
    mine, out = tmp_path / "mine", tmp_path / "out"
    terms = [f"zorbitis {letter * 4}" for letter in "abcdefghijklmnopqrst"]
    say = ["--language", "es", "--to", mine]
    added = invoke("lexicons", "add", *terms, "--concept", "own.zorb", "--type", "DIAGNOSIS", "--name", "zorbitis", "--icd10cm", "L40.8", *say)
    assert added.stdout == f"{mine}: 20 terms and 1 concepts added.\n"
    score = ["scale=ZORBI", "kind=number", "minimum=0", "maximum=10"]
    sets = [part for value in score for part in ("--set", value)]
    assert invoke("lexicons", "add", "ZORBI", "--concept", "zorbi", "--topic", "attributes/scores", *sets, *say).exit_code == 0
    notes = tmp_path / "notes.csv"
    notes.write_text(NOTE.format(" ".join(f"Zorbitis {letter * 4}." for letter in "abcdefghijklmnopqrst") + " ZORBI 7."))
    config = tmp_path / "own.cfg"
    config.write_text('[lexicons]\ndirectories = ["mine"]\n')
    for place, options in enumerate((["--lexicons", mine], ["--config", config])):
        folder = out / str(place)
        result = invoke("run", notes, "--out", folder, "--lang", "es", "--exclude", "tagger", "--format", "parquet", *options)
        assert result.exit_code == 0, result.stderr
        found = pq.read_table(folder / "omop" / "note_nlp.parquet").to_pylist()
        assert [row["lexical_variant"] for row in found] == [*(f"Zorbitis {letter * 4}" for letter in "abcdefghijklmnopqrst"), "ZORBI 7"]
        [condition] = pq.read_table(folder / "omop" / "condition_occurrence.parquet").to_pylist()
        assert condition["condition_source_concept_id"] == found[0]["note_nlp_source_concept_id"]
        [measurement] = pq.read_table(folder / "omop" / "measurement.parquet").to_pylist()
        assert (measurement["measurement_source_value"], measurement["value_as_number"]) == ("ZORBI", 7.0)
        names = {row["concept_code"]: row["concept_name"] for row in pq.read_table(folder / "omop" / "concept.parquet").to_pylist()}
        assert names["own.zorb"] == "zorbitis" and "scale.ZORBI" in names
    manifests = [(out / str(place) / "manifest.json").read_text() for place in (0, 1)]
    digests = {line for text in manifests for line in text.splitlines() if '"lexicons"' in line}
    assert len(digests) == 1
    (mine / "entities/own/es.csv").write_text("term;concept\nzorbitis;own.zorb\n")
    for options in (["--lexicons", mine], ["--config", config]):
        broken = invoke("run", notes, "--out", out / "broken", "--exclude", "tagger", *options)
        assert broken.exit_code == 2 and not (out / "broken").exists()
        assert f"{mine}/entities/own/es.csv:1: has semicolons between its columns. Save it as CSV with commas." in broken.stderr
