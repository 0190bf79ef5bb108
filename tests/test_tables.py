"""Files in, rows out; rows in, whole files out."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermnlp import csv_rows, encodings, tables
from dermnlp.tables import InputError, Rejected, Row

COLUMNS = {"id": "id", "text": "text"}


def read(path: Path, columns: dict[str, str] = COLUMNS) -> list[tuple[Any, ...]]:
    """Every row of an input as its cells, every refused row as its number and reason."""
    found = (row for source in tables.open_sources(path, columns) for row in tables.rows(source))
    return [tuple(row.cells.values()) if isinstance(row, Row) else (row.row, row.reason) for row in found]


def written(folder: Path, name: str, content: bytes | str, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


UNCLOSED = "a quotation mark is not closed or not doubled"


@pytest.mark.parametrize(
    "content, rows",
    [
        pytest.param(
            'id,text\n1,"Placa sin cerrar\n2,Segunda\n3,"Tercera"\n4,Cuarta\n',
            [(1, f"{UNCLOSED} (line 2)"), ("2", "Segunda"), ("3", "Tercera"), ("4", "Cuarta")],
            id="an unclosed quote takes its own row only",
        ),
        pytest.param(
            'id,text\n1,"Placa\nen codo\n2,Segunda\n',
            [(1, f"{UNCLOSED} (line 2)"), (2, "1 fields where the header has 2 (line 3)"), ("2", "Segunda")],
            id="reading resumes at the line after the first",
        ),
        pytest.param('id,text\n1,"abierta', [(1, f"{UNCLOSED} (line 2)")], id="unclosed at the end"),
        pytest.param(
            'id,text\n1,"uno\ndos",sobra\n2,bien\n',
            [
                (1, "3 fields where the header has 2 (line 2)"),
                ('dos"', "sobra"),
                ("2", "bien"),
            ],
            id="too many fields over two lines: the rest may look like a row",
        ),
        pytest.param(
            'id,text\n1,"uno\ndos\ntres",a,b\n2,bien\n',
            [
                (1, "4 fields where the header has 2 (line 2)"),
                (2, "1 fields where the header has 2 (line 3)"),
                (3, "3 fields where the header has 2 (line 4)"),
                ("2", "bien"),
            ],
            id="too many fields over three lines",
        ),
        pytest.param('id,text\n1,"dice "pica" mucho"\n2,b\n', [(1, f"{UNCLOSED} (line 2)"), ("2", "b")], id="inner"),
        pytest.param('id,text\n1,"dice ""pica"" mucho"\n', [("1", 'dice "pica" mucho')], id="doubled quotes"),
        pytest.param('id,text\n1,placa de 2" en codo\n', [("1", 'placa de 2" en codo')], id="a quote inside"),
        pytest.param('id,text\n1,"uno\r\n\r\ndos\rtres\n"\r\n', [("1", "uno\r\n\r\ndos\rtres\n")], id="newlines kept"),
        pytest.param("id,text\n1,  a b \n", [("1", "  a b ")], id="blanks kept"),
        pytest.param("id,text\n\n1,a\n\r\n\n2,b", [("1", "a"), ("2", "b")], id="blank lines are no rows"),
        pytest.param(
            "id,text\n1,a\n2\n3,c,d\n4,\n",
            [("1", "a"), (2, "1 fields where the header has 2 (line 3)"),
             (3, "3 fields where the header has 2 (line 4)"), ("4", "")],
            id="too few, too many, empty",
        ),
        pytest.param("id;text\n1;a,b,c,d\n", [("1", "a,b,c,d")], id="semicolon"),
        pytest.param("id\ttext\n1\ta,b;c\n", [("1", "a,b;c")], id="tab"),
        pytest.param("id|text\n1|a,b;c\n", [("1", "a,b;c")], id="pipe"),
        pytest.param("x,y|id|text\n,,,|1|a\n", [("1", "a")], id="delimiter under which the names are found"),
        pytest.param('"id" ; "text"\n1;a\n', None, id="malformed header"),
        pytest.param('"otra\ncosa",id,text\n0,1,a\n', [("1", "a")], id="newline in the header"),
        pytest.param(" id , text \n1,a\n", [("1", "a")], id="blanks around names"),
        pytest.param("id,text,\n1,a,\n", [("1", "a")], id="a delimiter at the end"),
        pytest.param("id,text\n1,a\x00b\n", [("1", "a\x00b")], id="NUL"),
        pytest.param("id,text\n1,a\u2028b\x0bc\x0cd\x85e\n", [("1", "a\u2028b\x0bc\x0cd\x85e")], id="separators"),
        pytest.param("id,text\n1,🧴\n2,e\u0301\n", [("1", "🧴"), ("2", "e\u0301")], id="emoji, combining accent"),
        pytest.param("id,text\n", [], id="header only"),
        pytest.param("id,text\r1,a\r2,b\r", [("1", "a"), ("2", "b")], id="lone carriage returns"),
    ],
)
def test_csv(tmp_path: Path, content: str, rows: list[tuple[Any, ...]] | None) -> None:
    path = written(tmp_path, "notes.csv", content)
    if rows is None:
        with pytest.raises(InputError):
            read(path)
    else:
        assert read(path) == rows


@pytest.mark.parametrize("size", [1, 200_000, 5_000_000])
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.parquet", "1.txt"])
def test_long_and_short_notes_survive(tmp_path: Path, name: str, size: int) -> None:
    text = ('Placa, "eritematosa";\r\n🧴 e\u0301 ñ\x00\n' * (size // 30 + 1))[:size]
    path = tmp_path / name
    if name.endswith("csv"):
        with open(path, "w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("id", "text"), ("1", text)])
    elif name.endswith("jsonl"):
        import json

        path.write_text(json.dumps({"id": "1", "text": text}), encoding="utf-8")
    elif name.endswith("parquet"):
        pq.write_table(pa.table({"id": ["1"], "text": [text]}), path)
    else:
        path.write_bytes(text.encode())
    columns = {"id": "note_id", "text": "note_text"} if name.endswith("txt") else COLUMNS
    assert read(path, columns) == [("1", text)]


WORDS = "Niña con eccema: «leve» — 5 µg"


@pytest.mark.parametrize(
    "content, encoding, text",
    [
        (f"id,text\n1,{WORDS}".encode(), "utf-8", WORDS),
        (f"id,text\n1,{WORDS}".encode("utf-8-sig"), "utf-8-sig", WORDS),
        (f"id,text\n1,{WORDS}".encode("utf-16"), "utf-16", WORDS),
        (b"\xfe\xff" + f"id,text\n1,{WORDS}".encode("utf-16-be"), "utf-16", WORDS),
        ("id,text\n1,Niña con eccema".encode("latin-1"), "cp1252", "Niña con eccema"),
        (f"id,text\n1,{WORDS}".encode("cp1252"), "cp1252", WORDS),
        (b"id,text\n1,a\x93b\x94\x81\xf1", "cp1252", "a“b”\x81ñ"),
        (b"id,text\n1,\xf1", "cp1252", "ñ"),
        ("id,text\n1,ñ á".encode() + b"\xff", "utf-8", "ñ á\ufffd"),
        ("id,text\n1,ñ".encode() + b" \xff", "cp1252", "Ã± ÿ"),
        ("id,text\n1,áé".encode() + "ó".encode()[:1], "utf-8", "áé\ufffd"),
        (b"id,text\n1,plain", "utf-8", "plain"),
    ],
)
def test_encodings(tmp_path: Path, content: bytes, encoding: str, text: str) -> None:
    path = written(tmp_path, "notes.csv", content)
    (source,) = tables.open_sources(path, COLUMNS)
    assert (source.encoding, source.sha256, source.size) == (
        encoding, hashlib.sha256(content).hexdigest(), len(content),
    )
    assert read(path) == [("1", text)]
    assert encodings.decode(content) == f"id,text\n1,{text}"


@pytest.mark.parametrize("cut", range(1, 9))
def test_survey_does_not_depend_on_chunks(cut: int) -> None:
    data = "ñandú 🧴 áéíóú".encode() + b"\xff" + "ñ".encode()[:1]
    chunks = [data[start : start + cut] for start in range(0, len(data), cut)]
    assert encodings.survey(chunks) == encodings.survey([data])


CELLS = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(CELLS, CELLS)))
def test_what_the_csv_module_writes_is_read_back(pairs: list[tuple[str, str]]) -> None:
    import io

    stream = io.StringIO(newline="")
    csv.writer(stream, quoting=csv.QUOTE_ALL).writerows([("id", "text"), *pairs])
    stream.seek(0)
    found = [tuple(record.fields) for record in csv_rows.records(stream, ",")]
    assert found == [("id", "text"), *pairs]


def test_a_record_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "LONGEST", 1000)
    pulled = 0

    def lines() -> Iterator[str]:
        nonlocal pulled
        for line in ["id,text\n", '1,"abierta\n', *["2,b\n"] * 100_000]:
            pulled += 1
            yield line

    found = csv_rows.records(lines(), ",")
    assert [next(found).reason for _ in range(3)] == ["", UNCLOSED, ""]
    assert pulled < 500


JSON_CASES = [
    ('{"id": "1", "text": "a\\r\\nb\\u0000"}', [("1", "a\r\nb\x00")]),
    ('{"id": 1, "text": "a"}\n\n  \n{"text": "b"}\n', [(1, "a"), (None, "b")]),
    ('{"id": "1", "text": "x"}\n{"id": "2", "text\n[1]\n{"id": "3", "text": "z"}', [
        ("1", "x"), (2, "malformed JSON at character 18 (line 2)"), (3, "not a JSON object (line 3)"), ("3", "z"),
    ]),
    ('{"id": "1", "text": "a\\ud800b\\udfff\\ud83e\\uddf4"}', [("1", "a\ufffdb\ufffd🧴")]),
    ('{"id": "1", "text": "a\u2028b\x85"}', [("1", "a\u2028b\x85")]),
    ('{"id": "1", "text": "a"}\n' + "[" * 100_000 + "\n" + '{"id": ' + "9" * 5000 + "}", [
        ("1", "a"), *[(n, f"malformed JSON: a number too long or too many levels (line {n})") for n in (2, 3)],
    ]),
    ('{"x": 0}\n{"id": 1}\n{"text": "t"}', [(None, None), (1, None), (None, "t")]),
]


@pytest.mark.parametrize("content, rows", JSON_CASES)
def test_jsonl(tmp_path: Path, content: str, rows: list[tuple[Any, ...]]) -> None:
    assert read(written(tmp_path, "notes.jsonl", content)) == rows
    assert read(written(tmp_path, "notes.ndjson", content, "utf-16")) == rows


UTC_LATE = datetime(2024, 1, 31, 23, 30, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "column, cells",
    [
        (pa.array(["a", None, ""]), ["a", None, ""]),
        (pa.array(["a", None, "a"]).dictionary_encode(), ["a", None, "a"]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array([b"\xff\xc3\xb1"], pa.binary()), ["\ufffdñ"]),
        (pa.array([1, None], pa.int64()), [1, None]),
        (pa.array([date(2024, 1, 31), None], pa.date32()), [date(2024, 1, 31), None]),
        (pa.array([1, 10**17 + 1], pa.timestamp("ns")), [date(1970, 1, 1), date(1973, 3, 3)]),
        (pa.array([UTC_LATE], pa.timestamp("us", "UTC")), [date(2024, 1, 31)]),
        (pa.array([UTC_LATE], pa.timestamp("us", "Europe/Madrid")), [date(2024, 2, 1)]),
        (pa.array([UTC_LATE], pa.timestamp("us", "+02:00")), [date(2024, 2, 1)]),
        (pa.array([UTC_LATE], pa.timestamp("us", "-05:30")), [date(2024, 1, 31)]),
        (pa.array([10_000_000, -1_000_000], pa.int32()).cast(pa.date32()), ["29349-01-26", "-0768-02-04"]),
    ],
)
def test_parquet(tmp_path: Path, column: pa.Array, cells: list[Any]) -> None:
    path = tmp_path / "notes.parquet"
    ids = [str(n) for n in range(len(column))]
    pq.write_table(pa.table({"other": ids, "text": column, "id": ids}), path)
    assert read(path, {"text": "text", "id": "id"}) == list(zip(cells, ids, strict=True))


def test_parquet_row_numbers_run_over_batches(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": range(1000), "text": ["a"] * 1000}), tmp_path / "a.parquet", row_group_size=300)
    (source,) = tables.open_sources(tmp_path, COLUMNS)
    assert [row.row for row in tables.rows(source)] == list(range(1, 1001))


def test_txt_folder(tmp_path: Path) -> None:
    files = {"b.txt": b"\xef\xbb\xbfdos\r\n", "a.b.TXT": "niña".encode("latin-1"), ".oculta.txt": b"no"}
    for name, content in files.items():
        os.utime(written(tmp_path, name, content), (86_400 * 365.5,) * 2)
    columns = {name: name for name in ("note_id", "person_id", "note_date", "note_text")}
    sources = tables.open_sources(tmp_path, columns)
    assert [(source.path, source.names) for source in sources] == [(tmp_path, ("a.b.TXT", "b.txt"))]
    assert list(tables.rows(sources[0])) == [
        Row(str(tmp_path / "a.b.TXT"), 1, dict(zip(columns, ["a.b", "a.b", date(1971, 1, 1), "niña"], strict=True))),
        Row(str(tmp_path / "b.txt"), 1, dict(zip(columns, ["b", "b", date(1971, 1, 1), "dos\r\n"], strict=True))),
    ]


def test_a_folder_is_sorted_flat_and_without_hidden_files(tmp_path: Path) -> None:
    (tmp_path / "sub.csv").mkdir()
    for name in ("b.csv", "a.CSV", ".c.csv", "sub.csv/d.csv", "_SUCCESS"):
        written(tmp_path, name, f"id,text\n{name},x\n")
    assert [path.name for path in tables.find(tmp_path)] == ["a.CSV", "b.csv"]
    assert [path.name for path in tables.find(str(tmp_path / "*" / "*.csv"))] == ["d.csv"]
    assert [path.name for path in tables.find(str(tmp_path / "[ab].*"))] == ["a.CSV", "b.csv"]
    assert read(tmp_path) == [("a.CSV", "x"), ("b.csv", "x")]


def test_a_name_with_brackets_is_a_name_first(tmp_path: Path) -> None:
    path = written(tmp_path, "notas [1].csv", "id,text\n1,a\n")
    assert tables.find(str(path)) == [path]


def folder_with(*names: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        for name in names:
            written(folder, name, "id,text\n")
        return folder

    return make


def file_with(name: str, content: bytes | str) -> Callable[[Path], Path]:
    return lambda folder: written(folder, name, content)


def gone(folder: Path) -> Path:
    written(folder, "notas.csv", "id,text\n")
    return folder / "nota.csv"


def broken_link(folder: Path) -> Path:
    (folder / "a.csv").symlink_to(folder / "absent.csv")
    return folder


SECRET = "Paciente con placas eritematosas en codos y rodillas desde hace meses"


@pytest.mark.parametrize(
    "make, message",
    [
        (gone, "No file or folder '{0}/nota.csv'. In '{0}' there are: notas.csv. Did you mean '{0}/notas.csv'?"),
        (lambda folder: gone(folder) / "x", "No file or folder '{0}/nota.csv/x'. In '{0}' there are: notas.csv."
         " Did you mean '{0}/notas.csv'?"),
        (lambda folder: gone(folder).with_name("*.tsv"),
         "Nothing matches '{0}/*.tsv'. In '{0}' there is: 1 .csv. Check the pattern."),
        (folder_with(), "Folder '{0}' has no file that can be read. There is: nothing. What can be read ends in"
         " .csv, .tsv, .jsonl, .ndjson, .parquet, .txt."),
        (folder_with("a.xlsx", "b.xlsx", "LEEME"), "Folder '{0}' has no file that can be read. There is: 2 .xlsx,"
         " 1 without ending. What can be read ends in .csv, .tsv, .jsonl, .ndjson, .parquet, .txt."),
        (folder_with("a.csv", "b.csv", "c.txt"), "Folder '{0}' has several formats: 2 .csv, 1 .txt."
         " Give the files of one, e.g. '{0}/*.csv'."),
        (broken_link, "'{0}/a.csv' is no regular file: a broken link or a device. Give a file or a folder."),
        (file_with("a.csv", ""), "'{0}/a.csv' is empty: 0 bytes, not even a header."
         " Take it away or give another file."),
        (file_with("a.csv", "id;texto;fecha\n1;a;b\n"), "'{0}/a.csv' has no column 'text'."
         " There are: id, texto, fecha. Say which to take, e.g. --column text=texto"),
        (file_with("a.csv", "ident,nota\n"), "'{0}/a.csv' has no column 'id' and 'text'."
         " There are: ident, nota. Say which to take, e.g. --column id=COLUMN --column text=COLUMN"),
        (file_with("a.csv", f"1,2024-01-01,{SECRET}\n"), "'{0}/a.csv' has no column 'id' and 'text':"
         " its header looks like data. Put a line with column names first."),
        (file_with("a.csv", "id,text,text\n"), "'{0}/a.csv' has more than one column 'text'."
         " Rename all but one of them."),
        (file_with("a.jsonl", '{"id": 1, "Text": "a"}\n'), "'{0}/a.jsonl' has no column 'text'."
         " There are: id, Text. Say which to take, e.g. --column text=Text"),
        (file_with("a.jsonl", "not JSON\n[]\n"), "No line of '{0}/a.jsonl' is a JSON object."
         " Write one a line: {{\"note_id\": ...}}."),
        (file_with("a.parquet", "PAR1 no"), "'{0}/a.parquet' cannot be read as Parquet:"
         " it is damaged or no Parquet. Write it again."),
    ],
)
def test_input_errors(tmp_path: Path, make: Callable[[Path], Path], message: str) -> None:
    with pytest.raises(InputError) as raised:
        tables.open_sources(make(tmp_path), COLUMNS)
    assert str(raised.value) == message.format(tmp_path)


def test_every_header_is_checked_before_the_first_row(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "id,text\n1,a\n")
    written(tmp_path, "b.csv", "id,nota\n1,a\n")
    with pytest.raises(InputError, match="b.csv' has no column 'text'"):
        tables.open_sources(tmp_path, COLUMNS)


def test_a_parquet_column_of_lists_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"id": ["1"], "text": [["a"]]}), tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"Column 'text' of '.*' holds list<.*>: it must hold single values."):
        tables.open_sources(tmp_path, COLUMNS)


def test_a_folder_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> Iterator[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match="Cannot read '.*': Permission denied. Check its permissions."):
        tables.find(tmp_path)


def test_optional_columns_are_taken_where_they_are(tmp_path: Path) -> None:
    written(tmp_path, "a.csv", "id,text,sexo\n1,a,H\n")
    written(tmp_path, "b.csv", "id,text\n2,b\n")
    sources = tables.open_sources(tmp_path, COLUMNS, {"sex": "sexo"})
    assert [source.columns for source in sources] == [{"sex": "sexo", **COLUMNS}, COLUMNS]


def test_rejected_rows_are_written_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "rejected.csv"
    assert tables.write_csv_rows([Rejected("a.csv", 3, "n,1", "note_text is empty")], path) == 1
    assert path.read_bytes() == b'file,row,note_id,reason\na.csv,3,"n,1",note_text is empty\n'
    assert tables.write_csv_rows([], path) == 0
    assert path.read_text() == "file,row,note_id,reason\n"


BATCH = pa.RecordBatch.from_pydict({"a": [1, 2]})


@pytest.mark.parametrize(
    "data, schema, rows",
    [
        (BATCH, None, 2),
        (pa.Table.from_batches([BATCH, BATCH]), None, 4),
        (iter([BATCH, BATCH, BATCH]), None, 6),
        (BATCH.schema.empty_table(), None, 0),
        ([], BATCH.schema, 0),
        (pa.RecordBatchReader.from_batches(BATCH.schema, [BATCH]), None, 2),
    ],
)
def test_parquet_is_written(tmp_path: Path, data: Any, schema: pa.Schema | None, rows: int) -> None:
    assert tables.write_parquet(data, tmp_path / "a.parquet", schema) == rows
    assert pq.read_table(tmp_path / "a.parquet").to_pydict() == {"a": [1, 2] * (rows // 2)}
    assert os.listdir(tmp_path) == ["a.parquet"]


def test_no_batches_and_no_schema() -> None:
    with pytest.raises(ValueError, match="give schema="):
        tables.write_parquet([], "a.parquet")


def test_a_write_that_fails_leaves_the_old_file_alone(tmp_path: Path) -> None:
    def failing() -> Iterator[pa.RecordBatch]:
        yield BATCH
        raise RuntimeError

    path = written(tmp_path, "a.parquet", "old")
    with pytest.raises(RuntimeError):
        tables.write_parquet(failing(), path)
    assert (path.read_text(), os.listdir(tmp_path)) == ("old", ["a.parquet"])


@pytest.mark.parametrize("text", ["", "Uno\r\ndos\rtres\n", "España"])
def test_a_text_is_written_as_it_is(tmp_path: Path, text: str) -> None:
    tables.write_whole(written(tmp_path, "a.txt", "old"), text)
    assert ((tmp_path / "a.txt").read_bytes().decode("utf-8"), os.listdir(tmp_path)) == (text, ["a.txt"])


def test_offsets_of_time_zones_are_of_the_clock_there() -> None:
    late = datetime(2024, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert tables._cells(pa.array([late], pa.timestamp("us", "-05:00"))) == [date(2024, 1, 31)]
