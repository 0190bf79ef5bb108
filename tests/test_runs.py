"""Notes in, tables out: whole runs, broken runs, refused folders and refused rows."""

from __future__ import annotations

import csv
import json
import logging
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import ENVIRONMENT, NOTES, dermnlp, start
from dermnlp_cli.main import app
from typer.testing import CliRunner

from dermnlp.context.component import Context
from dermnlp.omop.checks import check
from dermnlp.runs import Options, RunError, run
from dermnlp.tables import InputError

CHUNK = 20
REPEATED = 20
ANNOTATION_MB, EXPORT_MB = 30, 160  # the export fills row groups and up to 512 MB of DuckDB, then spills
HEADER = ("note_id", "person_id", "note_date", "note_text")
SECRET = "Zutanita"
BARE = Options(chunk=CHUNK, exclude=("tagger",))
"""For what is the same with the tagger and ten times as long: how a run is stopped, resumed and kept in memory."""


def demo_notes() -> list[dict[str, str]]:
    with NOTES.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def write_notes(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def small(path: Path, *rows: tuple[str, str, str, str]) -> Path:
    return write_notes(path, [dict(zip(HEADER, row, strict=True)) for row in rows])


def tables(out: Path) -> dict[str, pa.Table]:
    return {path.stem: pq.read_table(path) for path in sorted((out / "omop").glob("*.parquet"))}


def assert_equal(one: Path, other: Path) -> None:
    """The same tables with the same rows in the same order."""
    left, right = tables(one), tables(other)
    assert left.keys() == right.keys()
    assert [name for name in left if not left[name].equals(right[name])] == []


def rejected(out: Path) -> list[list[str]]:
    with (out / "rejected.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def parts(out: Path) -> int:
    return len(list((out / "mentions").glob("part-*.parquet")))


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run over the demonstration notes in chunks of 20."""
    out = tmp_path_factory.mktemp("demo") / "out"
    run(NOTES, out, options=Options(chunk=CHUNK), formats=("duckdb", "parquet", "csv"))
    return out


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration notes many times over, every time of other persons."""
    rows = [
        {**row, "note_id": f"{turn}-{row['note_id']}", "person_id": f"{turn}-{row['person_id']}"}
        for turn in range(REPEATED)
        for row in demo_notes()
    ]
    return write_notes(tmp_path_factory.mktemp("many") / "notes.csv", rows)


@pytest.fixture(scope="module")
def unbroken(many: Path) -> Path:
    """An unbroken run over the many notes."""
    out = many.parent / "unbroken"
    run(many, out, options=BARE, formats=["parquet"])
    return out


def test_whole_run(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    options = Options(chunk=CHUNK)
    summary = run(NOTES, tmp_path / "out", options=options, progress=lambda done, total: seen.append((done, total)))
    rows = demo_notes()
    assert (summary.notes, summary.rejected, summary.persons) == (len(rows), 0, len({r["person_id"] for r in rows}))
    assert summary.rejected_share == 0
    assert seen == [(0, 89), (20, 89), (40, 89), (60, 89), (80, 89), (89, 89)]
    found = tables(summary.out)
    assert {name: table.num_rows for name, table in found.items()} == summary.tables
    assert sum(summary.mentions.values()) == summary.tables["note_nlp"] > 2000
    assert all(summary.tables[name] > 50 for name in ("condition_occurrence", "drug_exposure", "measurement"))
    assert sorted(found["note"]["note_text"].to_pylist()) == sorted(row["note_text"] for row in rows)
    assert check(summary.out / "omop.duckdb") == []
    manifest = json.loads((summary.out / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["counts"]["tables"] == summary.tables and manifest["input"][0]["file"] == "notes.csv"
    assert all(path.is_file() for path in summary.files)
    kept = {"manifest.json", "mentions", "notes", "omop", "omop.duckdb", "rejected.csv", "run.json"}
    assert {path.name for path in summary.out.iterdir()} == kept


def test_same_input_same_output(tmp_path: Path, demo: Path) -> None:
    run(NOTES, tmp_path, options=Options(chunk=CHUNK), formats=("duckdb", "parquet", "csv"))
    assert_equal(demo, tmp_path)
    for name in ("manifest.json", "run.json", "rejected.csv", "omop/note_nlp.csv"):
        assert (demo / name).read_bytes() == (tmp_path / name).read_bytes()


@pytest.mark.parametrize("workers, chunk", [(2, CHUNK), (2, 7), (1, 500)])
def test_workers_and_chunks_change_nothing(tmp_path: Path, demo: Path, workers: int, chunk: int) -> None:
    run(NOTES, tmp_path, options=Options(chunk=chunk), formats=["parquet"], workers=workers)
    assert_equal(demo, tmp_path)


def kill(process: subprocess.Popen[str], when: Callable[[], bool]) -> list[psutil.Process]:
    """Kill a process without warning as soon as something holds; gives its children of that moment."""
    deadline = time.monotonic() + 120
    while not when():
        assert process.poll() is None, f"ended before it was killed: {process.communicate()[1]}"
        assert time.monotonic() < deadline
        time.sleep(0.01)
    children = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL
    return children


@pytest.mark.parametrize("workers", [1, 2])
def test_resume_after_kill(tmp_path: Path, many: Path, unbroken: Path, workers: int) -> None:
    moment = random.SystemRandom().randrange(0, 80)
    command = ("run", many, "--out", tmp_path / "out", "--chunk", CHUNK, "--format", "parquet", "--workers", workers, "--exclude", "tagger")
    children = kill(start(*command), lambda: parts(tmp_path / "out") >= moment)
    assert psutil.wait_procs(children, timeout=20)[1] == [], "a worker outlives its parent"
    finished = parts(tmp_path / "out")
    assert finished < 89 and not (tmp_path / "out" / "manifest.json").exists()
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "out" / "notes").glob("part-*.parquet")}
    result = dermnlp(*command, "--resume")
    assert result.returncode == 0, result.stderr
    assert_equal(unbroken, tmp_path / "out")
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps, f"redone after a kill at chunk {moment}"
    assert (tmp_path / "out" / "manifest.json").read_bytes() == (unbroken / "manifest.json").read_bytes()
    assert list((tmp_path / "out").rglob(".*")) == []


def test_resume_after_kill_in_the_export(tmp_path: Path, demo: Path) -> None:
    command = ("run", NOTES, "--out", tmp_path / "out", "--chunk", CHUNK, "--format", "parquet")
    kill(start(*command), lambda: any((tmp_path / "out").glob(".export-*")))
    assert dermnlp(*command, "--resume").returncode == 0
    assert_equal(demo, tmp_path / "out")
    assert list((tmp_path / "out").rglob(".*")) == []


def test_resume_of_a_finished_run_and_of_none(tmp_path: Path, demo: Path) -> None:
    for _ in range(2):
        run(NOTES, tmp_path, options=Options(chunk=CHUNK), formats=["parquet"], resume=True)
        assert_equal(demo, tmp_path)


@pytest.mark.parametrize(
    "arguments, difference",
    [
        (["--chunk", "30"], "chunk (20, now 30)"),
        (["--chunk", "20", "--lang", "es"], "language ('auto', now 'es')"),
        (["--chunk", "20", "--exclude", "dates"], "exclude ([], now ['dates'])"),
        (["--chunk", "20", "--note-date", "2024-01-31"], "note_date (None, now '2024-01-31')"),
        (["--chunk", "20", "--lexicons", str(Path(__file__).parent / "data" / "lexicons")], "lexicons"),
    ],
)
def test_resume_with_other_options(demo: Path, arguments: list[str], difference: str) -> None:
    before = (demo / "manifest.json").read_bytes()
    result = CliRunner().invoke(app, ["run", str(NOTES), "--out", str(demo), "--resume", *arguments])
    assert result.exit_code == 2
    assert f"differs in: {difference}. " in result.stderr and "--overwrite" in result.stderr
    assert (demo / "manifest.json").read_bytes() == before


def test_resume_with_another_input(tmp_path: Path, demo: Path) -> None:
    other = write_notes(tmp_path / "notes.csv", demo_notes()[:-1])
    arguments = ["run", str(other), "--out", str(demo), "--chunk", str(CHUNK), "--resume"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2 and "differs in: input." in result.stderr


def test_folder_that_holds_a_run(demo: Path) -> None:
    with pytest.raises(RunError, match="holds a run already.*--resume.*--overwrite.*--out"):
        run(NOTES, demo)


@pytest.mark.parametrize("options", [{}, {"overwrite": True}, {"resume": True}])
def test_folder_with_other_files(tmp_path: Path, options: dict[str, bool]) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    with pytest.raises(RunError, match="isn't empty and holds no run"):
        run(NOTES, tmp_path, **options)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.docx"]


def test_out_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(RunError, match="is a file. Give --out a folder"):
        run(NOTES, tmp_path / "out", overwrite=True)


def test_overwrite_leaves_nothing_of_before_and_all_of_others(tmp_path: Path) -> None:
    one = small(tmp_path / "one.csv", *((str(i), "1", "2024-01-02", "Psoriasis.") for i in range(5)))
    two = small(tmp_path / "two.csv", ("9", "1", "2024-01-02", "Acné."))
    run(one, tmp_path / "out", options=Options(chunk=1), formats=("csv", "duckdb"))
    (tmp_path / "out" / "mine.txt").write_text("mine")
    run(two, tmp_path / "out", formats=("parquet",), overwrite=True)
    assert tables(tmp_path / "out")["note"]["note_source_value"].to_pylist() == ["9"]
    assert parts(tmp_path / "out") == 1 and (tmp_path / "out" / "mine.txt").read_text() == "mine"
    assert not (tmp_path / "out" / "omop.duckdb").exists() and not list((tmp_path / "out").rglob("omop/*.csv"))


BAD = (
    ("1", "7", "2024-01-02", "Psoriasis en placas."),
    ("2", "7", "2024-01-03", ""),
    ("3", "7", "31/02/2024", f"{SECRET} con psoriasis."),
    ("", "7", "2024-01-04", f"{SECRET} con acné."),
    ("1", "8", "2024-01-05", f"{SECRET} con eccema."),
    ("4", "", "2024-01-05", f"{SECRET} con eccema."),
    ("5", "8", "2024-01-06", "Acné."),
)
REASONS = [
    ("2", "2", "note_text is empty"),
    ("3", "3", "no day of the calendar"),
    ("4", "", "note_id is missing"),
    ("5", "1", "duplicate note_id: row 1"),
    ("6", "4", "person_id is missing"),
]


def test_rejected_rows(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    source = small(tmp_path / "notes.csv", *BAD)
    with caplog.at_level(logging.DEBUG):
        summary = run(source, tmp_path / "out", formats=["parquet"])
    assert (summary.notes, summary.rejected) == (2, 5)
    header, *rows = rejected(tmp_path / "out")
    assert header == ["file", "row", "note_id", "reason"]
    assert [(row[1], row[2]) for row in rows] == [(number, note_id) for number, note_id, _ in REASONS]
    assert all(row[0] == str(source) for row in rows)
    assert all(reason in row[3] for row, (_, _, reason) in zip(rows, REASONS, strict=True)), rows
    assert SECRET not in (tmp_path / "out" / "rejected.csv").read_text() + caplog.text
    assert tables(tmp_path / "out")["note"]["note_source_value"].to_pylist() == ["1", "5"]


@pytest.mark.parametrize("limit, code", [("0.71", 3), ("0.72", 0)])
def test_max_rejected(tmp_path: Path, limit: str, code: int) -> None:
    source = small(tmp_path / "notes.csv", *BAD)
    result = CliRunner().invoke(app, ["run", str(source), "--out", str(tmp_path / "out"), "--max-rejected", limit])
    assert result.exit_code == code, result.output
    assert ("rejected.csv" in result.stderr) == bool(code)
    assert "2 notes of 2 persons; 5 rows set aside." in result.stdout
    assert SECRET not in result.output + result.stderr


@pytest.mark.parametrize("rows, notes, bad", [([], 0, 0), ([("1", "2", "31/02/2024", "Psoriasis.")], 0, 1)])
def test_no_notes(tmp_path: Path, rows: list[tuple[str, str, str, str]], notes: int, bad: int) -> None:
    source = tmp_path / "notes.csv"
    source.write_text("\n".join(",".join(row) for row in [HEADER, *rows]) + "\n")
    summary = run(source, tmp_path / "out")
    assert (summary.notes, summary.rejected, set(summary.tables)) == (notes, bad, set(tables(tmp_path / "out")))


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"options": Options(exclude=("taggr",))}, "No component 'taggr' to exclude. There are: sections, .*tagger"),
        ({"options": Options(language="fr")}, "No language 'fr'. There are: auto, es, en"),
        ({"options": Options(lexicons=("nowhere",))}, "'nowhere' is no directory of lexicons"),
        ({"options": Options(columns={"note_text": "texto"})}, "has no column 'texto'. There are: note_id, person_id"),
        ({"options": Options(date_format="%d")}, "does not give day, month and year"),
        ({"formats": ["cvs"]}, "No format 'cvs'. There are: duckdb, parquet, csv"),
    ],
)
def test_wrong_options_write_nothing(tmp_path: Path, arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        run(NOTES, tmp_path / "out", **arguments)
    assert not (tmp_path / "out").exists()


def test_missing_input_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "notes.csv").touch()
    with pytest.raises(InputError, match="Did you mean .*notes.csv"):
        run(tmp_path / "nots.csv", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_one_note_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    rows = [(str(i), "1", "2024-01-02", f"Psoriasis {i}. {SECRET}.") for i in range(4)]
    source = small(tmp_path / "notes.csv", *rows)
    run(source, tmp_path / "before", formats=["parquet"])
    honest = Context.__call__

    def failing(self: Context, doc: Any) -> Any:
        if "Psoriasis 2" in doc.text:
            raise RuntimeError(doc.text)
        return honest(self, doc)

    monkeypatch.setattr(Context, "__call__", failing)
    with caplog.at_level(logging.DEBUG):
        summary = run(source, tmp_path / "out", formats=["parquet"])
    assert summary.rejected == 1
    [row] = rejected(tmp_path / "out")[1:]
    assert row[2] == "2" and row[3].startswith("failed with RuntimeError in test_runs:")
    assert SECRET not in ",".join(row) + caplog.text + (tmp_path / "out" / "manifest.json").read_text()
    before, after = (
        tables(tmp_path / name)["note_nlp"].select(["note_id", "lexical_variant", "offset"]).to_pylist()
        for name in ("before", "out")
    )
    assert after == [cells for cells in before if cells["note_id"] != 2]


PEAK = """
import resource, sys
from dermnlp import runs
from dermnlp.omop import export

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

def told(*arguments, whole=export.export):
    print(peak())
    return whole(*arguments)

export.export = told
runs.run(sys.argv[1], sys.argv[2], options=runs.Options(chunk=100, exclude=('tagger',)), formats=["parquet"])
print(peak())
"""


def peaks(folder: Path, count: int) -> list[int]:
    """Peak memory in MB before the export and after it, of a run over so many short notes with words of their own."""
    texts = [row["note_text"][:250] for row in demo_notes()]
    rows = [(str(i), str(i // 4), "2024-01-02", f"{texts[i % 89]} NHC{i}x {i * 7919}") for i in range(count)]
    source = small(folder / f"{count}.csv", *rows)
    command = [sys.executable, "-c", PEAK, str(source), str(folder / f"out-{count}")]
    said = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=True).stdout
    return [int(line) for line in said.split()]


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB on Linux only")
def test_memory_does_not_grow(tmp_path: Path) -> None:
    few, many = peaks(tmp_path, 200), peaks(tmp_path, 4000)
    growth = [after - before for before, after in zip(few, many, strict=True)]
    assert growth[0] < ANNOTATION_MB and growth[1] < EXPORT_MB, f"{few} MB for 200 notes, {many} MB for 4,000"


def test_a_killed_worker_is_told(tmp_path: Path, many: Path) -> None:
    process = start("run", many, "--out", tmp_path / "out", "--chunk", CHUNK, "--workers", 2, "--exclude", "tagger")
    deadline = time.monotonic() + 60
    while parts(tmp_path / "out") < 2:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    workers = [one for one in psutil.Process(process.pid).children() if "spawn_main" in " ".join(one.cmdline())]
    os.kill(workers[0].pid, signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "A worker process was killed" in said and "--resume" in said and "Traceback" not in said


def test_a_resumed_run_keeps_the_day_on_which_it_began(tmp_path: Path) -> None:
    source = tmp_path / "notes.csv"
    source.write_text("note_id,person_id,note_date,note_text\n1,1,2024-01-31,Prurito.\n2,1,2024-02-02,Prurito.\n")
    run(source, tmp_path / "out", formats=["parquet"])
    settings = tmp_path / "out" / "run.json"
    content = json.loads(settings.read_text())
    settings.write_text(json.dumps({**content, "begun": "2024-02-01"}))
    for part in ("notes", "mentions"):
        for path in (tmp_path / "out" / part).glob("*.parquet"):
            path.unlink()
    again = run(source, tmp_path / "out", formats=["parquet"], resume=True)
    assert (again.rows, again.notes, again.rejected) == (2, 1, 1)
