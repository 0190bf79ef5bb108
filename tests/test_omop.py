"""A folder of chunks in, whole OMOP tables out."""

from __future__ import annotations

import csv
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dermnlp import __version__, data, lexicons, mentions, notes, runs, tables
from dermnlp.mentions import Cue, Event, Mention, Relation
from dermnlp.notes import Note
from dermnlp.omop import export as exporting
from dermnlp.omop import files, rows, schema, vocabulary
from dermnlp.omop.checks import Finding, check
from dermnlp.omop.export import ExportResult, export
from dermnlp.omop.numbering import ExportError

SHARED = Path(__file__).parents[2] / "shared" / "omop"
NUL = "Pru\0rito 😀 en codos. PASI 12,4; PASI <3.\r\nHermana con psoriasis."
MTX = "Psoriasis. MTX 15 mg sc.\nNo artritis."
FIRST = Note("20", MTX, "8", date(2024, 3, 10), "es", "v1", "Consulta", "", 1970, "F")
SECOND = Note("3", NUL, "7", date(2024, 5, 1), "", "", "", "", None, "")
FAILED = Note("21", "Fallida.", "8", date(2023, 3, 10), "en", "v1", "", "", 1971, "F")
SETTINGS = {"dermnlp": __version__, "options": {"chunk": 500, "language": "auto"}, "input": [{"file": "a.csv"}]}


def found(note: Note, index: int, type: str, text: str, **more: Any) -> Mention:
    start = note.text.index(text)
    return Mention(note.note_id, index, type, start, start + len(text), text, "es", source="lexicon", **more)


NEGATED = (Cue("Negated", "negation.before;x", 25, 27),)
# fmt: off
SAID = [
    found(FIRST, 0, "DIAGNOSIS", "Psoriasis", concept="psoriasis", codes={"ICD10CM": "L40.9"}, section="plan"),
    found(
        FIRST, 1, "DRUG", "MTX", concept="methotrexate", codes={"INN": "methotrexate", "OMOP": "1305058"},
        relations=(Relation("Drug_attribute", 2), Relation("Drug_attribute", 3)), details={"mg_per_week": "15"},
        events=(Event("held", 0, 9, "relations/hold", "2024-03", "infection", 20, 27),),
    ),
    found(FIRST, 2, "DOSE", "15 mg"),
    found(FIRST, 3, "ROUTE", "sc"),
    found(FIRST, 4, "DIAGNOSIS", "artritis", concept="our.own_arthritis", negated=True, cues=NEGATED),
    found(SECOND, 0, "FINDING", "Pru\0rito", concept="sign.pruritus", relations=(Relation("Adverse_event", 5),)),
    found(SECOND, 1, "BODY_SITE", "codos", concept="site_elbow"),
    found(SECOND, 2, "SCORE", "PASI 12,4", scale="PASI", value="12.4"),
    found(SECOND, 3, "SCORE", "PASI <3", scale="PASI", value="<3", unit="%"),
    found(SECOND, 4, "DIAGNOSIS", "psoriasis", concept="psoriasis", family=True),
    found(SECOND, 5, "DRUG", "en", historical=True, date="2020-05"),
]
# fmt: on


def write(folder: Path, all_notes: Iterable[Note], all_mentions: Iterable[Mention], chunks: int = 1) -> Path:
    """A run's folder with the notes dealt out to so many chunks."""
    for name in ("notes", "mentions"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    every, said = list(all_notes), list(all_mentions)
    for number in range(chunks):
        part = every[number::chunks]
        ids = {note.note_id for note in part}
        batch = notes.to_batch(part)
        failures = pa.array(["failed" if note is FAILED else None for note in part], pa.string())
        batch = pa.RecordBatch.from_arrays([*batch.columns, failures], schema=runs.FAILURES)
        tables.write_parquet(batch, folder / "notes" / f"part-{number:06}.parquet")
        found_here = mentions.to_batch([one for one in said if one.note_id in ids])
        tables.write_parquet(found_here, folder / "mentions" / f"part-{number:06}.parquet")
    return folder


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of an exported table without what is null in them."""
    content = pq.read_table(folder / "omop" / f"{name}.parquet").to_pylist()
    return [{key: value for key, value in row.items() if value is not None} for row in content]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    run = write(tmp_path / "o'hara [1]", [FIRST, SECOND, FAILED], SAID)
    export(run, ("duckdb", "parquet"), SETTINGS)
    return run


def local(name: str) -> int:
    return vocabulary.local_id(name)


def test_result(tmp_path: Path) -> None:
    run = write(tmp_path, [FIRST, SECOND, FAILED], SAID)
    result = export(run, ("duckdb", "csv"), SETTINGS)
    counts = {"BODY_SITE": 1, "DIAGNOSIS": 3, "DOSE": 1, "DRUG": 2, "FINDING": 1, "ROUTE": 1, "SCORE": 2}
    written = {
        "person": 2, "observation_period": 2, "visit_occurrence": 2, "note": 3, "note_nlp": 11,
        "condition_occurrence": 2, "drug_exposure": 2, "procedure_occurrence": 0, "measurement": 2, "observation": 1,
        "fact_relationship": 2,
        "metadata": 6, "cdm_source": 1, "concept": 21,
    }  # fmt: skip
    paths = sorted([run / "omop.duckdb", *(run / "omop" / f"{name}.csv" for name in written)])
    assert result == ExportResult(3, 2, counts, written, tuple(paths))
    assert all(path.is_file() for path in paths)
    assert sorted(path.name for path in run.iterdir()) == ["mentions", "notes", "omop", "omop.duckdb"]


def test_persons_periods_visits_notes(folder: Path) -> None:
    none = {"gender_concept_id": 0, "race_concept_id": 0, "ethnicity_concept_id": 0}
    assert table(folder, "person") == [
        {"person_id": 7, "year_of_birth": 0, "person_source_value": "7", **none},
        {"person_id": 8, "year_of_birth": 1970, "person_source_value": "8", "gender_source_value": "F", **none},
    ]
    may, march, before = date(2024, 5, 1), date(2024, 3, 10), date(2023, 3, 10)
    assert [tuple(row.values()) for row in table(folder, "observation_period")] == [
        (1, 7, may, may, 32834),
        (2, 8, before, march, 32834),
    ]
    assert [tuple(row.values()) for row in table(folder, "visit_occurrence")] == [
        (1, 7, 0, may, may, 32834),
        (2, 8, 0, before, march, 32834, "v1"),
    ]
    kinds = {"note_type_concept_id": 32834, "note_class_concept_id": 0, "encoding_concept_id": 32678}
    spanish, english = {"language_concept_id": 4182511}, {"language_concept_id": 4180186}
    assert table(folder, "note") == [
        {"note_id": 3, "person_id": 7, "note_date": may, "note_text": NUL, "visit_occurrence_id": 1,
         "note_source_value": "3", **kinds, **spanish},
        {"note_id": 21, "person_id": 8, "note_date": before, "note_text": "Fallida.", "visit_occurrence_id": 2,
         "note_source_value": "21", **kinds, **english},
        {"note_id": 20, "person_id": 8, "note_date": march, "note_title": "Consulta", "note_text": FIRST.text,
         "visit_occurrence_id": 2, "note_source_value": "20", **kinds, **spanish},
    ]  # fmt: skip


def test_note_nlp(folder: Path) -> None:
    expected = [
        (3, "0", "Pru\0rito", 136184, local("sign.pruritus"), "Y", "present",
         "type=FINDING;source=lexicon;confidence=1"),
        (3, "11", "en", 0, 0, "Y", "past",
         "Historical=true;type=DRUG;date=2020-05;source=lexicon;confidence=1;end_rule=start+29"),
        (3, "14", "codos", 0, local("site_elbow"), "Y", "present", "type=BODY_SITE;source=lexicon;confidence=1"),
        (3, "21", "PASI 12,4", 0, local("scale.PASI"), "Y", "present",
         "type=SCORE;scale=PASI;value=12.4;source=lexicon;confidence=1"),
        (3, "32", "PASI <3", 0, local("scale.PASI"), "Y", "present",
         "type=SCORE;scale=PASI;value=<3;unit=%;source=lexicon;confidence=1"),
        (3, "54", "psoriasis", 140168, local("psoriasis"), "N", "present",
         "Family=true;type=DIAGNOSIS;source=lexicon;confidence=1"),
        (20, "0", "Psoriasis", 140168, local("psoriasis"), "Y", "present",
         "type=DIAGNOSIS;section=plan;source=lexicon;confidence=1"),
        (20, "11", "MTX", 1305058, local("methotrexate"), "Y", "present",
         "type=DRUG;mg_per_week=15;event=held@0-9;event_date=2024-03;event_reason=infection@20-27;source=lexicon;confidence=1;end_rule=start+29"),
        (20, "15", "15 mg", 0, 0, "Y", "present", "type=DOSE;source=lexicon;confidence=1"),
        (20, "21", "sc", 0, 0, "Y", "present", "type=ROUTE;source=lexicon;confidence=1"),
        (20, "28", "artritis", 0, local("our.own_arthritis"), "N", "present",
         "Negated=true;type=DIAGNOSIS;source=lexicon;confidence=1;cue_Negated=negation.before,x@25-27"),
    ]  # fmt: skip
    columns = ("note_id", "offset", "lexical_variant", "note_nlp_concept_id", "note_nlp_source_concept_id",
               "term_exists", "term_temporal", "term_modifiers")  # fmt: skip
    content = table(folder, "note_nlp")
    assert sorted(tuple(row[name] for name in columns) for row in content) == sorted(expected)
    assert [row["note_nlp_id"] for row in content] == list(range(1, 12))
    rest = {(row["nlp_system"], row["section_concept_id"]) for row in content}
    assert rest == {(f"dermnlp {__version__}", 0)}
    assert {row["snippet"] for row in content} == {NUL, FIRST.text}
    assert {(row["note_id"], row["nlp_date"]) for row in content} == {(3, date(2024, 5, 1)), (20, date(2024, 3, 10))}


def test_clinical_tables(folder: Path) -> None:
    may, march = date(2024, 5, 1), date(2024, 3, 10)
    assert [tuple(row.values()) for row in table(folder, "condition_occurrence")] == [
        (1, 7, 136184, may, 32858, 1, "Pru\0rito", local("sign.pruritus")),
        (2, 8, 140168, march, 32858, 2, "Psoriasis", local("psoriasis")),
    ]
    assert [tuple(row.values()) for row in table(folder, "drug_exposure")] == [
        (1, 7, 0, date(2020, 5, 1), date(2020, 5, 30), 32858, "en", 0),
        (2, 8, 1305058, march, date(2024, 4, 8), 32858, "15 mg sc", 2, "MTX", local("methotrexate"), "sc", "15 mg"),
    ]
    scale = local("scale.PASI")
    assert [tuple(row.values()) for row in table(folder, "measurement")] == [
        (1, 7, 0, may, 32858, 12.4, 1, "PASI", scale, "PASI 12,4"),
        (2, 7, 0, may, 32858, 0, 3.0, 1, "PASI", scale, "%", "PASI <3"),
    ]
    assert [tuple(row.values()) for row in table(folder, "observation")] == [
        (1, 7, 4210989, may, 32858, "psoriasis", 140168, 1, "psoriasis", local("psoriasis"), "psoriasis")
    ]
    assert [tuple(row.values()) for row in table(folder, "fact_relationship")] == [
        (local("domain.condition"), 1, local("domain.drug"), 1, local("relation.adverse_event_of")),
        (local("domain.drug"), 1, local("domain.condition"), 1, local("relation.has_adverse_event")),
    ]
    assert table(folder, "procedure_occurrence") == []


def test_provenance(folder: Path) -> None:
    facts = {row["name"]: row.get("value_as_string", row.get("value_as_number")) for row in table(folder, "metadata")}
    assert facts.pop("drug_exposure_end_date.rule").startswith("start+29")
    assert facts == {
        "dermnlp.version": __version__,
        "settings.dermnlp": __version__,
        "settings.input.1.file": "a.csv",
        "settings.options.language": "auto",
        "person.year_of_birth.unknown": 1.0,
    }
    [source] = table(folder, "cdm_source")
    assert (source["cdm_version"], source["cdm_version_concept_id"]) == ("v5.4", 756265)
    concepts = {row["concept_id"]: row["concept_name"] for row in table(folder, "concept")}
    given = {0: "No matching concept", 32858: "NLP", 140168: "Psoriasis", 1305058: "methotrexate"}
    ours = {local("our.own_arthritis"): "our.own_arthritis", local("scale.PASI"): "PASI"}
    assert (given | ours).items() <= concepts.items()
    of_ours = [row for row in table(folder, "concept") if row["concept_id"] > 2_000_000_000]
    assert not any("standard_concept" in row for row in of_ours)


def test_nothing_is_wrong_and_types_are_those_of_the_definition(folder: Path) -> None:
    assert check(folder / "omop.duckdb") == []
    with duckdb.connect(str(folder / "omop.duckdb"), read_only=True) as database:
        for name, wanted in schema.tables().items():
            columns = database.execute(f"PRAGMA table_info('{name}')").fetchall()
            types = [(row[1], row[2], bool(row[3]), bool(row[5])) for row in columns]
            assert types == [(f.name, re.sub(r"\(.*", "", f.sql), f.required, f.primary) for f in wanted.fields]
            content = pq.read_table(folder / "omop" / f"{name}.parquet")
            assert [(f.name, f.type) for f in content.schema] == [(f.name, f.type) for f in wanted.arrow]
            stored = database.execute(f'SELECT * FROM "{name}"').fetchall()
            assert stored == [tuple(row.values()) for row in content.to_pylist()]


def many() -> tuple[list[Note], list[Mention]]:
    """Notes and mentions whose order in the input says nothing."""
    numbers = [(17 * number) % 53 for number in range(53)]
    text = "Psoriasis, no prurito."
    every = [
        Note(
            f"n{number}",
            text,
            f"p{number % 5}",
            date(2024, 1 + number % 3, 1),
            "es",
            f"v{number % 2}" * (number % 4 > 1),
            birth_year=1970 + number % 2,
            sex="FM"[number % 2],
        )
        for number in numbers
    ]
    said = [one for note in every for one in (
        found(note, 0, "DIAGNOSIS", "Psoriasis", concept="psoriasis"),
        found(note, 1, "FINDING", "prurito", concept="sign.pruritus", negated=True))]  # fmt: skip
    return every, said


@pytest.mark.parametrize("chunks", [7, 53])
def test_chunks_do_not_matter(tmp_path: Path, chunks: int) -> None:
    every, said = many()
    one = write(tmp_path / "one", every, said)
    other = write(tmp_path / "other", every[::-1], said[::-1], chunks)
    for run, size in ((one, 500), (other, 8)):
        export(run, ("duckdb", "parquet", "csv"), {"options": {"chunk": size}})
    for name in schema.EXPORTED:
        assert table(one, name) == table(other, name), name
        pair = [(run / "omop" / f"{name}.csv").read_bytes() for run in (one, other)]
        assert pair[0] == pair[1]
    assert check(one / "omop.duckdb") == check(other / "omop.duckdb") == []


@pytest.mark.parametrize(
    "ids, numbers",
    [
        (["3", "1", "2"], [3, 1, 2]),
        (["-3", "0", "2147483647"], [-3, 0, 2147483647]),
        (["3", "1", "2147483648"], [3, 1, 2]),
        (["07", "7", "8"], [1, 2, 3]),
        (["3", "1", "x"], [2, 1, 3]),
        (["1.0", "1", "2"], [2, 1, 3]),
    ],
)
def test_person_numbers(tmp_path: Path, ids: list[str], numbers: list[int]) -> None:
    every = [Note(f"n{number}", "x", person, date(2024, 1, 1)) for number, person in enumerate(ids)]
    export(write(tmp_path, every, []), ("parquet",), {})
    persons = {row["person_source_value"]: row["person_id"] for row in table(tmp_path, "person")}
    assert persons == dict(zip(ids, numbers, strict=True))


def test_note_numbers_follow_person_and_date(tmp_path: Path) -> None:
    given = [("b", "2", 1), ("a", "2", 1), ("c", "1", 2), ("1", "1", 3), ("d", "10", 1)]
    every = [Note(note, "x", person, date(2024, 1, day)) for note, person, day in given]
    export(write(tmp_path, every, []), ("parquet",), {})
    assert [(row["note_source_value"], row["note_id"]) for row in table(tmp_path, "note")] == [
        ("c", 1), ("1", 2), ("a", 3), ("b", 4), ("d", 5)
    ]  # fmt: skip


def test_texts_are_cut_to_what_a_column_holds(tmp_path: Path) -> None:
    text = "ñ" * 300 + "é" * 400
    note = Note("1", text, "p" * 60 + "q", date(2024, 1, 1), "es", "v" * 60, "t" * 300)
    said = [found(note, 0, "FINDING", "ñ" * 300, concept="k" * 60), found(note, 1, "FINDING", "é" * 400)]
    export(write(tmp_path, [note], said), ("duckdb", "parquet"), {"long": "x" * 300})
    assert check(tmp_path / "omop.duckdb") == []
    assert [row["lexical_variant"] for row in table(tmp_path, "note_nlp")] == ["ñ" * 250, "é" * 250]
    assert [row["condition_source_value"] for row in table(tmp_path, "condition_occurrence")] == ["ñ" * 50, "é" * 50]
    assert table(tmp_path, "person")[0]["person_source_value"] == "p" * 50
    assert table(tmp_path, "visit_occurrence")[0]["visit_source_value"] == "v" * 50
    assert table(tmp_path, "note")[0]["note_title"] == "t" * 250
    assert table(tmp_path, "note")[0]["note_text"] == text
    assert {row["concept_code"] for row in table(tmp_path, "concept")} >= {str(local("k" * 60))}


@pytest.mark.parametrize("count", [0, 1])
def test_notes_without_mentions(tmp_path: Path, count: int) -> None:
    result = export(write(tmp_path, [FIRST][:count], []), ("duckdb", "csv"), {})
    assert (result.notes, result.mentions, result.tables["note_nlp"]) == (count, {}, 0)
    assert check(tmp_path / "omop.duckdb") == []


def test_an_export_replaces_an_earlier_one(folder: Path) -> None:
    (folder / ".export-killed").mkdir()
    (folder / "omop" / "mine.parquet").write_bytes(b"")
    write(folder, [SECOND], [])
    export(folder, ("csv",), SETTINGS)
    assert not (folder / "omop.duckdb").exists()
    kinds = {path.suffix for path in (folder / "omop").iterdir() if path.name != "mine.parquet"}
    assert kinds == {".csv"} and (folder / "omop" / "mine.parquet").exists()
    with (folder / "omop" / "note.csv").open(encoding="utf-8", newline="") as lines:
        assert [row["note_text"] for row in csv.DictReader(lines)] == [NUL]


def test_a_failed_export_leaves_the_earlier_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    def broken(work: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(files, "_database", broken)
    with pytest.raises(OSError, match="disk full"):
        export(folder, ("parquet", "duckdb"), {})
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    "every, said, message",
    [
        ([FIRST], [found(SECOND, 0, "BODY_SITE", "codos")], "that are missing but have mentions, e.g. note_id '3'"),
        ([Note("1", "x", "", date(2024, 1, 1))], [], "1 notes without note_id, person_id or note_date, e.g. note_id"),
        ([Note("1", "x", "p")], [], "1 notes without note_id, person_id or note_date, e.g. note_id"),
        ([FIRST, FIRST], [], "1 notes with a note_id that another has, e.g. note_id '20'"),
    ],
)
def test_what_cannot_be_numbered(tmp_path: Path, every: list[Note], said: list[Mention], message: str) -> None:
    write(tmp_path, every, [])
    tables.write_parquet(mentions.to_batch(said), tmp_path / "mentions" / "part-000000.parquet")
    with pytest.raises(ExportError, match=re.escape(message)):
        export(tmp_path, ("parquet",), {})
    assert not (tmp_path / "omop").exists()


def test_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="No format 'xml'. There are: duckdb, parquet, csv."):
        export(tmp_path, ("parquet", "xml"), {})


@pytest.mark.parametrize(
    "damage, finding",
    [
        ("UPDATE note_nlp SET note_id = 99 WHERE note_nlp_id = 1", Finding("orphan", "note_nlp", "note_id", 1, (1,))),
        ("UPDATE note_nlp SET term_exists = 'Y' WHERE term_modifiers LIKE 'Negated%'",
         Finding("term_exists against modifiers", "note_nlp", "term_exists", 1, (11,))),
        ("UPDATE note_nlp SET term_modifiers = 'Family=true' WHERE note_nlp_id = 7",
         Finding("term_exists against modifiers", "note_nlp", "term_exists", 1, (7,))),
        ("UPDATE note_nlp SET term_temporal = 'past' WHERE note_nlp_id IN (7, 8)",
         Finding("term_temporal against modifiers", "note_nlp", "term_temporal", 2, (7, 8))),
        ("UPDATE note_nlp SET \"offset\" = '12' WHERE note_nlp_id = 8",
         Finding("offset without the text", "note_nlp", "offset", 1, (8,))),
        ("UPDATE drug_exposure SET stop_reason = repeat('x', 21)",
         Finding("text too long", "drug_exposure", "stop_reason", 2, (1, 2))),
        ("UPDATE drug_exposure SET drug_exposure_end_date = '2020-04-30' WHERE drug_exposure_id = 1",
         Finding("end before start", "drug_exposure", "drug_exposure_end_date", 1, (1,))),
        ("UPDATE condition_occurrence SET condition_concept_id = 5",
         Finding("no such target", "condition_occurrence", "condition_concept_id", 2, (1, 2))),
        ("UPDATE measurement SET visit_occurrence_id = 9",
         Finding("no such target", "measurement", "visit_occurrence_id", 2, (1, 2))),
        ("UPDATE observation SET person_id = 9", Finding("no such target", "observation", "person_id", 1, (1,))),
        ("DELETE FROM observation_period WHERE person_id = 7",
         Finding("person without period", "person", "person_id", 1, (7,))),
        ("CREATE OR REPLACE TABLE person AS SELECT * FROM person UNION ALL SELECT * FROM person WHERE person_id = 7",
         Finding("duplicate key", "person", "person_id", 2, (7, 7))),
        ("CREATE OR REPLACE TABLE person AS SELECT * REPLACE (NULL AS year_of_birth) FROM person",
         Finding("missing value", "person", "year_of_birth", 2, (7, 8))),
        ("DROP TABLE metadata", Finding("missing table", "metadata", "", 1, ())),
    ],
)  # fmt: skip
def test_checks_see(folder: Path, damage: str, finding: Finding) -> None:
    with duckdb.connect(str(folder / "omop.duckdb")) as database:
        database.execute(damage)
    assert finding in check(folder / "omop.duckdb")


def test_checks_need_a_database(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="Export with the format duckdb first"):
        check(tmp_path / "omop.duckdb")


@pytest.mark.parametrize(
    "value, number",
    [("12.4", 12.4), ("<3", 3.0), (">90", 90.0), ("II", 2.0), ("iv", 4.0), ("I-II", None), ("", None), ("nan", None),
     ("-4", -4.0), ("0", 0.0), ("XL", 40.0)],
)  # fmt: skip
def test_number(value: str, number: float | None) -> None:
    assert rows.number(value) == number


@pytest.mark.parametrize(
    "start, end, first, last",
    [(0, 5, 0, 250), (500, 510, 380, 630), (995, 1000, 750, 1000), (100, 500, 100, 350), (0, 1000, 0, 250)],
)
def test_snippet(start: int, end: int, first: int, last: int) -> None:
    text = "".join(chr(0x100 + number) for number in range(1000))
    assert rows.snippet(text, start, end) == text[first:last]


def test_local_ids_are_stable_and_unique() -> None:
    known = vocabulary.load([("a.users_own", "DIAGNOSIS")])
    assert local("psoriasis") == 2014031665
    assert len(set(known.local.values())) == len(known.local)
    assert all(2_000_000_000 < number <= 2_147_483_647 for number in known.local.values())


def test_colliding_keys_get_different_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vocabulary, "local_id", lambda name, attempt=0: vocabulary.FIRST_LOCAL + len(name) + attempt)
    assert vocabulary._numbered(["a", "b", "cc"]) == {"a": 2000000002, "b": 2000000003, "cc": 2000000004}


def test_mappings_lead_from_our_keys_to_standard_concepts() -> None:
    known = vocabulary.load([])
    topics = [lexicons.concepts("entities", topic) for topic in lexicons.topics("entities")]
    keys = {name: row["type"] for topic in topics for name, row in topic.items()}
    wrong = [
        (name, number)
        for name, number in known.mapped.items()
        if name in keys and known.concepts[number].domain_id not in vocabulary.FITTING[keys[name]]
    ]
    assert wrong == []
    assert {known.concepts[number].standard_concept for number in known.mapped.values()} == {"S"}


@pytest.mark.skipif(not SHARED.is_dir(), reason="the source files aren't part of the repository")
def test_every_shipped_concept_is_in_a_source_file() -> None:
    given = {}
    for name in ("concepts_derm.tsv", "concepts_adverse_events.tsv"):
        with (SHARED / name).open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                given[row["concept_id"], row["concept_name"]] = row["standard_concept"]
    conventions = (SHARED / "conventions.md").read_text(encoding="utf-8")
    with (data.room("lexicons") / "omop" / "vocabulary" / "concepts.csv").open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            named = re.search(rf"\b{row['concept_id']}\b", conventions)
            assert given.get((row["concept_id"], row["concept_name"]), "S" if named else "") == "S", row


@pytest.mark.skipif(not SHARED.is_dir(), reason="the source files aren't part of the repository")
def test_the_definition_is_ohdsis() -> None:
    with (SHARED / "OMOP_CDMv5.4_Field_Level.csv").open(encoding="utf-8-sig", newline="") as lines:
        given = list(csv.DictReader(lines))
    with data.room("lexicons").joinpath(*schema.FIELDS).open(encoding="utf-8", newline="") as lines:
        shipped = list(csv.DictReader(lines))
    assert shipped == [{name: row[name] for name in shipped[0]} for row in given]


def test_nothing_right_of_the_border_imports_spacy() -> None:
    code = "import sys, dermnlp.omop.export, dermnlp.omop.checks; assert not {'spacy', 'duckdb'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_demonstration_notes(tmp_path: Path) -> None:
    summary = runs.run(data.room("corpora") / "notes" / "notes.csv", tmp_path / "out")
    assert check(tmp_path / "out" / "omop.duckdb") == []
    assert summary.tables["note_nlp"] == sum(summary.mentions.values()) > 1000
    assert summary.tables["person"] == summary.persons == summary.tables["observation_period"]
    assert exporting.FORMATS == runs.FORMATS
