"""The commands as their users see them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command import COMMAND, ENVIRONMENT, NOTES, dermnlp, invoke, start
from typer.testing import Result

from dermnlp import __version__
from dermnlp.annotation import annotate_texts
from dermnlp.evaluation import brat
from dermnlp.evaluation.scoring import ALL
from dermnlp.mentions import Mention
from dermnlp.omop.checks import check

HELP_SECONDS = 0.5
COMMANDS = (["run"], ["annotate"], ["show"], ["evaluate"], *(["lexicons", name] for name in ("list", "check", "new", "add", "import", "export", "diff", "try")))
TEXT = "Psoriasis en placas, PASI 12,4. Niega artralgias. MTX 15 mg sc semanal."


def error(result: Result) -> str:
    """The one line that a refused command says."""
    assert (result.exit_code, result.stdout) == (2, "")
    [line] = result.stderr.splitlines()
    return line


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_help_shows_an_example(command: list[str]) -> None:
    result = invoke(*command, "--help")
    assert result.exit_code == 0
    assert f"Example: dermnlp {' '.join(command)}" in re.sub(r"\s+", " ", result.stdout)


def test_help_is_quick() -> None:
    def seconds() -> float:
        began = time.perf_counter()
        subprocess.run([*COMMAND, "--help"], env=ENVIRONMENT, capture_output=True, check=True)
        return time.perf_counter() - began

    assert min(seconds() for _ in range(3)) < HELP_SECONDS


def test_help_of_all() -> None:
    said = dermnlp("--help").stdout
    assert all(name in said for name in ("run", "annotate", "show", "evaluate", "lexicons"))


def test_version() -> None:
    assert invoke("--version").stdout == f"dermnlp {__version__}\n"


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Two notes with columns of other names."""
    path = tmp_path / "informes.csv"
    rows = ("note_id,nhc,note_date,texto", f'1,7,2024-01-02,"{TEXT}"', "2,7,2024-02-02,Acné.", "")
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


MAPPED = ("--column", "note_text=texto", "--column", "person_id=nhc")


@pytest.mark.parametrize("command", ["run", "annotate"])
def test_missing_file(tmp_path: Path, notes: Path, command: str) -> None:
    said = error(invoke(command, tmp_path / "infromes.csv", "--out", tmp_path / "out"))
    assert f"No file or folder '{tmp_path / 'infromes.csv'}'" in said and f"Did you mean '{notes}'?" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("command", ["run", "annotate"])
def test_missing_columns(tmp_path: Path, notes: Path, command: str) -> None:
    said = error(invoke(command, notes, "--out", tmp_path / "out"))
    assert "has no column 'person_id' and 'note_text'. There are: note_id, nhc, note_date, texto." in said
    assert "--column person_id=" in said and "--column note_text=texto" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["run", "{notes}", "--format", "cvs"], "No format 'cvs'. There are: duckdb, parquet, csv."),
        (["annotate", "{notes}", "--format", "bart"], "No format 'bart'. There are: brat, jsonl, html."),
        (["run", "{notes}", "--lang", "fr"], "No language 'fr'. There are: auto, es, en."),
        (["annotate", "{notes}", "--lang", "fr"], "No language 'fr'. There are: auto, es, en."),
        (["run", "{notes}", "--exclude", "taggr"], "No component 'taggr' to exclude. There are: sections, sentences,"),
        (["annotate", "{notes}", "--exclude", "taggr"], "No component 'taggr' to exclude. There are: sections,"),
        (["run", "{notes}", "--lexicons", "nowhere"], "'nowhere' is no directory of lexicons. Give one with the"),
        (["annotate", "{notes}", "--lexicons", "nowhere"], "'nowhere' is no directory of lexicons. Give one with"),
        (["run", "{notes}", "--lexicons", "{folder}"], "holds no stage. It has: nothing. Stages are: attributes,"),
        (["run", "{notes}", "--column", "texto"], "--column takes FIELD=COLUMN, for example note_text=texto; this"),
        (["run", "{notes}", "--column", "note_txt=texto"], "No field 'note_txt' for a column. There are: note_id,"),
        (["run", "{notes}", "--note-date", "31/02/2024"], "is no day of the calendar"),
        (["run", "{notes}", "--date-format", "%d/%m"], "does not give day, month and year. Write e.g. %d/%m/%Y."),
    ],
)
def test_wrong_options(tmp_path: Path, notes: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "empty").mkdir()
    given = [part.format(notes=notes, folder=tmp_path / "empty") for part in arguments]
    assert message in error(invoke(*given, *MAPPED, "--out", tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--lang", "fr"], "No language 'fr'. There are: auto, es, en."),
        (["--exclude", "taggr"], "No component 'taggr' to exclude."),
        (["--lexicons", "nowhere"], "'nowhere' is no directory of lexicons."),
    ],
)
def test_show_wrong_options(arguments: list[str], message: str) -> None:
    assert message in error(invoke("show", TEXT, *arguments))


def test_run_with_other_columns(tmp_path: Path, notes: Path) -> None:
    result = invoke("run", notes, "--out", tmp_path / "out", *MAPPED)
    assert result.exit_code == 0, result.stderr
    assert "2 notes of 1 persons; 0 rows set aside." in result.stdout
    assert all(str(tmp_path / "out" / name) in result.stdout for name in ("omop.duckdb", "manifest.json", "omop/"))


def seen(result: Result) -> list[str]:
    """The types that `show` has listed."""
    assert result.exit_code == 0, result.stderr
    return re.findall(r"^([A-Z_]{4,}) ", result.stdout, re.MULTILINE)


FOUND = ["DIAGNOSIS", "SCORE", "FINDING", "DRUG", "DOSE", "ROUTE", "FREQUENCY"]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("way", ["text", "file", "stdin", "dash"])
def test_show(tmp_path: Path, way: str, encoding: str) -> None:
    text = f"{TEXT} Sin afectación."
    file = tmp_path / "note.txt"
    file.write_bytes(text.encode(encoding))
    arguments = {"text": [text], "file": [file], "stdin": [], "dash": ["-"]}[way]
    result = invoke("show", *arguments, text=text.encode(encoding) if way in ("stdin", "dash") else None)
    assert seen(result) == FOUND
    assert text in result.stdout and "PASI 12.4" in result.stdout and "Negated" in result.stdout


def test_show_of_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text(TEXT)
    assert f"Did you mean '{tmp_path / 'note.txt'}'?" in error(invoke("show", tmp_path / "not.txt"))


@pytest.mark.parametrize("text", ["", " ", "\n", "x", "[bold]MTX[/bold]", "🙂", "a" * 5000])
def test_show_of_odd_texts(text: str) -> None:
    result = invoke("show", "-", text=text)
    assert result.exit_code == 0 and text.strip()[:100] in result.stdout


def test_annotate_brat(tmp_path: Path, notes: Path) -> None:
    result = invoke("annotate", notes, "--out", tmp_path / "out", *MAPPED)
    assert (result.exit_code, result.stdout) == (0, f"2 notes annotated in {tmp_path / 'out'}; 0 rows set aside.\n")
    expected = annotate_texts({"1": TEXT}, "es")["1"]
    read = brat.read_folder(tmp_path / "out")
    assert sorted(read) == ["1", "2"] and (tmp_path / "out" / "1.txt").read_text(encoding="utf-8") == TEXT

    def facts(mentions: list[Mention]) -> list[tuple[object, ...]]:
        return [(m.type, m.start, m.end, m.text, m.attributes, m.value, targets(m)) for m in mentions]

    def targets(mention: Mention) -> list[int]:
        return [relation.target for relation in mention.relations]

    assert facts(read["1"]) == facts(expected)


def test_annotate_jsonl(tmp_path: Path, notes: Path) -> None:
    assert invoke("annotate", notes, "--out", tmp_path / "out", "--format", "jsonl", *MAPPED).exit_code == 0
    lines = (tmp_path / "out" / "mentions.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    assert [mention["type"] for mention in found if mention["note_id"] == "1"] == FOUND
    assert all(TEXT[m["start"] : m["end"]] == m["text"] for m in found if m["note_id"] == "1")


def test_annotate_html(tmp_path: Path, notes: Path) -> None:
    assert invoke("annotate", notes, "--out", tmp_path / "out", "--format", "html", *MAPPED).exit_code == 0
    pages = list((tmp_path / "out").rglob("*.html"))
    assert len(pages) == 3 and all("<script" not in page.read_text(encoding="utf-8") for page in pages)
    assert any("Psoriasis" in page.read_text(encoding="utf-8") for page in pages)


def test_evaluate_against_itself(tmp_path: Path) -> None:
    gold = tmp_path / "gold"
    assert invoke("annotate", NOTES, "--out", gold).exit_code == 0
    (gold / "rejected.csv").unlink()
    files = ("--errors", tmp_path / "errors.csv", "--json", tmp_path / "figures.json")
    result = invoke("evaluate", gold, "--system", gold, *files, "--by-type")
    assert result.exit_code == 0 and "89 notes of" in result.stdout and "strict DIAGNOSIS" in result.stdout
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    groups = {name: group for name, group in figures.items() if isinstance(group, dict)}
    shares = {figure["f1"] for group in groups.values() for figure in group.values()} - {None}
    assert {"strict", "relaxed", "attribute", "relation", "document"} <= groups.keys() and shares == {1.0}
    with (tmp_path / "errors.csv").open(encoding="utf-8", newline="") as lines:
        assert len(list(csv.reader(lines))) == 1


def test_evaluate_annotates_by_itself(tmp_path: Path, notes: Path) -> None:
    assert invoke("annotate", notes, "--out", tmp_path / "gold", *MAPPED).exit_code == 0
    result = invoke("evaluate", tmp_path / "gold", "--lang", "es", "--json", tmp_path / "figures.json")
    assert result.exit_code == 0 and "system: dermnlp" in result.stdout
    assert json.loads((tmp_path / "figures.json").read_text())["strict"][ALL]["f1"] == 1.0


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["nowhere"], "No gold folder 'nowhere'. There is no such folder"),
        (["{tmp}"], "No .ann files in the gold folder"),
        (["{tmp}", "--errors", "nowhere/errors.csv"], "No folder 'nowhere' for 'errors.csv'"),
    ],
)
def test_evaluate_of_nothing(tmp_path: Path, arguments: list[str], message: str) -> None:
    assert message in error(invoke("evaluate", *[part.format(tmp=tmp_path) for part in arguments]))


def test_lexicons_list() -> None:
    result = invoke("lexicons", "list")
    assert result.exit_code == 0
    assert re.search(r"^entities +drugs +[\d,]+ +en [\d,]+, es [\d,]+", result.stdout, re.MULTILINE)


OWN = {
    "concepts.csv": "concept,type,name,icd10cm,inn,omop,attributes,role\nmy.one,DIAGNOSIS,One,,,,,\n",
    "es.csv": "term,concept,match,sense\nenfermedad de Uno,my.one,,\n",
    "en.csv": "term,concept,match,sense\nOne's disease,my.one,,\n",
}


def own(folder: Path, **changed: str) -> Path:
    """A lexicon directory of the user's."""
    topic = folder / "mine" / "entities" / "rare"
    topic.mkdir(parents=True)
    for name, content in OWN.items():
        (topic / name).write_text(changed.get(name.removesuffix(".csv"), content), encoding="utf-8")
    return folder / "mine"


def test_own_lexicon(tmp_path: Path) -> None:
    result = invoke("show", "Enfermedad de uno.", "--lang", "es", "--lexicons", own(tmp_path))
    assert seen(result) == ["DIAGNOSIS"] and "my.one" in result.stdout and not result.stderr


def test_own_lexicon_in_one_language(tmp_path: Path) -> None:
    folder = own(tmp_path)
    (folder / "entities" / "rare" / "en.csv").unlink()
    assert seen(invoke("show", "Enfermedad de uno.", "--lang", "es", "--lexicons", folder)) == ["DIAGNOSIS"]


def test_check_of_an_own_lexicon(tmp_path: Path) -> None:
    ours = set(invoke("lexicons", "check").stdout.splitlines()[:-1])
    result = invoke("lexicons", "check", own(tmp_path))
    assert set(result.stdout.splitlines()[:-1]) <= ours


@pytest.mark.parametrize(
    "changed, fault",
    [
        ({"es": "term,concept,match,sense\nuno,my.two,,\n"}, "es.csv:2: concept: has the unknown concept 'my.two'."),
        ({"es": "term,concept,match,sense\nuno,my.one,sometimes,\n"}, "es.csv:2: match: has the match 'sometimes'."),
        ({"es": "term;concept\nuno;my.one\n"}, "entities/rare/es.csv:"),
        ({"concepts": OWN["concepts.csv"].replace(",", ";")}, "entities/rare/concepts.csv:"),
        ({"concepts": OWN["concepts.csv"].replace("DIAGNOSIS", "DISEASE")}, "concepts.csv:2: type: has the type 'DISEASE'."),
    ],
)
def test_faults_of_an_own_lexicon(tmp_path: Path, changed: dict[str, str], fault: str) -> None:
    folder = own(tmp_path, **changed)
    result = invoke("lexicons", "check", folder)
    assert result.exit_code == 1 and fault in result.stdout and re.search(r"\d faults?\.$", result.stdout)
    shown = invoke("show", "Uno.", "--lang", "es", "--lexicons", folder)
    assert (shown.exit_code, shown.stdout) == (2, "")
    assert fault in shown.stderr and re.search(r"Error: \d faults? in your lexicons", shown.stderr) and "Traceback" not in shown.stderr


def wait_for(process: subprocess.Popen[str], pattern: Path) -> None:
    """Wait until a file is there; fail when the process ends before."""
    deadline = time.monotonic() + 60
    while not list(pattern.parent.glob(pattern.name)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("workers", [1, 2])
def test_ctrl_c_and_resume(tmp_path: Path, workers: int) -> None:
    command = ["run", NOTES, "--out", tmp_path / "out", "--chunk", 2, "--format", "parquet", "--workers", workers]
    process = start(*command)
    wait_for(process, tmp_path / "out" / "notes" / "part-000002.parquet")
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Stopped." in said and "--resume" in said and "Traceback" not in said
    assert not (tmp_path / "out" / "manifest.json").exists()
    result = dermnlp(*command, "--resume")
    assert result.returncode == 0 and "89 notes of 30 persons" in result.stdout
    whole = tmp_path / "whole"
    assert invoke("run", NOTES, "--out", whole, "--chunk", 2, "--format", "parquet").exit_code == 0
    for path in (whole / "omop").iterdir():
        assert pq.read_table(path).equals(pq.read_table(tmp_path / "out" / "omop" / path.name)), path.name


ODD = {
    "long": ("Psoriasis en placas. PASI 12,4. MTX 15 mg sc semanal. Niega artralgias.\n" * 2900)[:200_000],
    "no-space": "a" * 200_000,
    "one": "x",
    "nul": "Psori\0asis. Prurito\0 y psoriasis.",
    "emoji": "🙂 Psoriasis 👩🏽‍⚕️ en placas 🇪🇸. PASI 12,4 🙂.",
    "crlf": "Psoriasis\r\nen placas.\r\n\r\nPLAN\r\nMTX 15 mg sc semanal.\r",
    "combining": "Psoriasis en pla\u0301cas; pru\u0301rito. Fototera\u0301pia. Acne\u0301. De\u0301pression.",
    "separators": "Psoriasis\u2028en placas.\u00a0MTX\u200b15\u202fmg.\ufeff Acné\x85.",
    "surrogate": "Psoriasis \ud83d en placas.",
}


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run over odd notes."""
    folder = tmp_path_factory.mktemp("odd")
    lines = io.StringIO()
    for name, text in ODD.items():
        note = {"note_id": name, "person_id": "1", "note_date": "2024-01-02", "note_text": text, "language": "es"}
        lines.write(json.dumps(note) + "\n")
    (folder / "notes.jsonl").write_text(lines.getvalue(), encoding="utf-8")
    result = invoke("run", folder / "notes.jsonl", "--out", folder / "out")
    assert result.exit_code == 0 and "9 notes of 1 persons; 0 rows set aside." in result.stdout, result.output
    return folder / "out"


@pytest.mark.parametrize("name", ODD)
def test_odd_notes(odd: Path, name: str) -> None:
    rows = {row["note_source_value"]: row for row in pq.read_table(odd / "omop" / "note.parquet").to_pylist()}
    text = ODD[name].replace("\ud83d", "\ufffd")
    assert rows[name]["note_text"] == text
    found = pq.read_table(odd / "omop" / "note_nlp.parquet", filters=[("note_id", "==", rows[name]["note_id"])])
    assert bool(found.num_rows) == (name not in ("no-space", "one"))
    for row in found.to_pylist():
        begin = int(row["offset"])
        assert text[begin : begin + len(row["lexical_variant"])] == row["lexical_variant"]


def test_odd_notes_pass_the_checks(odd: Path) -> None:
    assert check(odd / "omop.duckdb") == []
