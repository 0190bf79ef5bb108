"""Rows -> notes: what a note holds, and what is refused with which words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dermnlp import note_dates, notes
from dermnlp.notes import Note
from dermnlp.tables import InputError, Rejected

TODAY = date(2026, 6, 15)
HEADER = "note_id,person_id,note_date,note_text"


def read(folder: Path, content: str, name: str = "notes.csv", **options: Any) -> list[Note | Rejected]:
    """Notes and refused rows of one file with this content."""
    path = folder / name
    path.write_bytes(content.encode())
    return list(notes.read(path, today=TODAY, **options)[1])


def reasons(found: list[Note | Rejected]) -> list[tuple[int, str, str]]:
    return [(item.row, item.note_id, item.reason) for item in found if isinstance(item, Rejected)]


@pytest.mark.parametrize(
    "row, note_id, reason",
    [
        ("n1,p1,2024-01-31,", "n1", "note_text is empty"),
        ('n1,p1,2024-01-31," \u00a0\n\t"', "n1", "note_text is blank"),
        (",p1,2024-01-31,Placa", "", "note_id is missing"),
        ("  ,p1,2024-01-31,Placa", "", "note_id is missing"),
        ("n1,,2024-01-31,Placa", "n1", "person_id is missing"),
        ("n1,p1,,Placa", "n1", "note_date is missing"),
        ("n1,p1,31/02/2024,Placa", "n1", "note_date '99/99/9999' is no day of the calendar (day first is assumed)"),
        ("n1,p1,01/31/2024,Placa", "n1", "note_date '99/99/9999' is no day of the calendar (day first is assumed)"),
        ("n1,p1,2023-02-29,Placa", "n1", "note_date '9999-99-99' is no day of the calendar (day first is assumed)"),
        ("n1,p1,1899-12-31,Placa", "n1", "note_date 1899-12-31 is before 1900"),
        ("n1,p1,2026-06-16,Placa", "n1", "note_date 2026-06-16 is in the future"),
        ("n1,p1,ayer,Placa", "n1", "note_date 'aaaa' cannot be read: give a date format"),
        ("n1,p1,Varón de 54 años con placas,x", "n1",
         "note_date 'aaaaa aa 99 aaaa aaa' cannot be read: give a date format"),
        ("n1,p1,1706659200000,Placa", "n1", "note_date '9999999999999' cannot be read: give a date format"),
        ("n1,p1,2024-01-31", "", "3 fields where the header has 4"),
        ("n0,p1,2024-01-31,Placa", "n0", "duplicate note_id: row 1 has it"),
        (" n0 ,p1,2024-01-31,Placa", "n0", "duplicate note_id: row 1 has it"),
    ],
)
def test_a_bad_row_is_refused_and_the_others_go_on(tmp_path: Path, row: str, note_id: str, reason: str) -> None:
    found = read(tmp_path, f"{HEADER}\nn0,p0,2024-01-31,Uno\n{row}\nn9,p9,2024-01-31,Nueve\n")
    assert [item.note_id for item in found] == ["n0", note_id, "n9"]
    assert found[1] == Rejected(str(tmp_path / "notes.csv"), 2, note_id, f"{reason} (line 3)")


def test_a_refused_row_does_not_use_up_its_id(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}\nn1,p1,2024-01-31,\nn1,p1,2024-01-31,Placa\nn1,p1,2024-01-31,Otra\n")
    assert reasons(found) == [
        (1, "n1", "note_text is empty (line 2)"),
        (3, "n1", "duplicate note_id: row 2 has it (line 4)"),
    ]


def test_a_duplicate_in_another_file_says_where(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(f"{HEADER}\nn1,p1,2024-01-31,Placa\n")
    found = list(notes.read(tmp_path, today=TODAY)[1])
    assert reasons(found) == [(1, "n1", f"duplicate note_id: row 1 of {tmp_path / 'a.csv'} has it (line 2)")]


@pytest.mark.parametrize(
    "cell, day",
    [
        ("2024-01-31", date(2024, 1, 31)),
        ("2024-1-3", date(2024, 1, 3)),
        ("2024/01/31", date(2024, 1, 31)),
        ("2024-01-31T23:59:59.999Z", date(2024, 1, 31)),
        ("2024-01-31 10:30:00+01:00", date(2024, 1, 31)),
        ("20240131", date(2024, 1, 31)),
        ("20240131103000", date(2024, 1, 31)),
        ("20240131T1030", date(2024, 1, 31)),
        ("31/01/2024", date(2024, 1, 31)),
        ("1/2/2024", date(2024, 2, 1)),
        ("31-01-2024", date(2024, 1, 31)),
        ("31.01.2024", date(2024, 1, 31)),
        ("31/01/24", date(2024, 1, 31)),
        ("31.1.26", date(2026, 1, 31)),
        ("31-01-27", date(1927, 1, 31)),
        ("31/12/99", date(1999, 12, 31)),
        ("31/01/2024 10:30", date(2024, 1, 31)),
        ("29/02/2024", date(2024, 2, 29)),
        ("31/01-2024", None),
        ("2024-31-01", None),
        ("2024131", None),
        ("31/01/024", None),
        ("00/01/2024", None),
        ("2024-01-31x", None),
        ("enero 2024", None),
        ("", None),
    ],
)
def test_dates(cell: str, day: date | None) -> None:
    try:
        found = note_dates.parse(cell, None, TODAY)
    except ValueError:
        found = None
    assert found == day


@pytest.mark.parametrize(
    "cell, date_format, day",
    [
        ("01/31/2024", "%m/%d/%Y", date(2024, 1, 31)),
        ("31 Jan 2024 10:30", "%d %b %Y %H:%M", date(2024, 1, 31)),
        ("2024-01-31", "%m/%d/%Y", None),
    ],
)
def test_a_date_format_stands_alone(tmp_path: Path, cell: str, date_format: str, day: date | None) -> None:
    (found,) = read(tmp_path, f"{HEADER}\nn1,p1,{cell},Placa\n", date_format=date_format)
    expected = "note_date '9999-99-99' is not of the given date format (line 2)"
    assert (found.note_date if isinstance(found, Note) else found.reason) == (day or expected)


WORDS = [
    ("es", "", "es", ""), ("ES-es", "h", "es", "M"), ("es_MX", "M", "es", "M"), ("Español", "Varón", "es", "M"),
    ("SPANISH", "hombre", "es", "M"), ("spa", "Mujer", "es", "F"), ("castellano", "MUJER", "es", "F"),
    ("English", "female", "en", "F"), ("en-GB", " F ", "en", "F"), ("eng", "Male", "en", "M"),
    ("inglés", "V", "en", "M"), ("ca", "X", "", ""), ("", "desconocido", "", ""), ("español (es)", "1", "", ""),
    ("espan\u0303ol", "varo\u0301n", "es", "M"),
]


@pytest.mark.parametrize("language, sex, found_language, found_sex", WORDS)
def test_language_and_sex(tmp_path: Path, language: str, sex: str, found_language: str, found_sex: str) -> None:
    (note,) = read(tmp_path, f"{HEADER},language,sex\nn1,p1,2024-01-31,Placa,{language},{sex}\n")
    assert isinstance(note, Note)
    assert (note.language, note.sex) == (found_language, found_sex)


@pytest.mark.parametrize(
    "cell, year",
    [("1956", 1956), ("1956.0", 1956), (" 1956 ", 1956), ("1880", 1880), ("1879", None), ("2026", 2026),
     ("2027", None), ("56", None), ("1956-03-01", None), ("", None), ("mil", None), ("1956.5", None)],
)
def test_birth_year(tmp_path: Path, cell: str, year: int | None) -> None:
    (note,) = read(tmp_path, f"{HEADER},birth_year\nn1,p1,2024-01-31,Placa,{cell}\n")
    assert isinstance(note, Note)
    assert note.birth_year == year


def test_every_field_with_mapped_columns(tmp_path: Path) -> None:
    content = (
        "nhc;informe;fecha;texto;episodio;tipo;idioma;medico;nacido;sexo;sobra\n"
        '7;1;31/01/24;" Psoriasis;\r\nPASI 12 ";e1;alta;es;Dra. X;1956;H;z\n'
    )
    columns = {
        "note_id": "informe", "person_id": "nhc", "note_date": "fecha", "note_text": "texto", "visit_id": "episodio",
        "note_type": "tipo", "language": "idioma", "provider": "medico", "birth_year": "nacido", "sex": "sexo",
    }
    assert read(tmp_path, content, columns=columns) == [
        Note("1", " Psoriasis;\r\nPASI 12 ", "7", date(2024, 1, 31), "es", "e1", "alta", "Dra. X", 1956, "M")
    ]


def test_jsonl_values(tmp_path: Path) -> None:
    base = {"note_id": "n1", "person_id": "p1", "note_date": "2024-01-31", "note_text": "Placa"}
    changes: list[dict[str, Any]] = [
        {}, {"note_id": 2.0, "person_id": 12, "birth_year": 1956, "visit_id": None, "note_date": 20240131},
        {"note_id": "n3", "note_text": None}, {"note_id": "n4", "note_text": 5}, {"note_id": ["n5"]},
        {"note_id": "n6", "sex": {"code": "H"}}, {"note_id": "\ud800"}, {"note_id": "n8", "visit_id": 1.5},
    ]
    found = read(tmp_path, "".join(json.dumps({**base, **change}) + "\n" for change in changes), "notes.jsonl")
    day = date(2024, 1, 31)
    assert [item for item in found if isinstance(item, Note)] == [
        Note("n1", "Placa", "p1", day), Note("2", "Placa", "12", day, birth_year=1956),
        Note("\ufffd", "Placa", "p1", day), Note("n8", "Placa", "p1", day, visit_id="1.5"),
    ]
    assert reasons(found) == [
        (3, "n3", "note_text is empty (line 3)"), (4, "n4", "note_text is no text (line 4)"),
        (5, "", "note_id is no single value (line 5)"), (6, "n6", "sex is no single value (line 6)"),
    ]


def test_parquet_values(tmp_path: Path) -> None:
    far = pa.array([19753, None, 10_000_000, -30_000, 19753, 19753], pa.int32()).cast(pa.date32())
    table = pa.table({
        "note_id": pa.array([1, 2, 3, 4, None, 6]), "person_id": pa.array([7.0, 7.0, 7.0, 7.0, 7.0, float("nan")]),
        "note_date": far, "note_text": ["Placa"] * 6,
    })
    pq.write_table(table, tmp_path / "notes.parquet")
    found = list(notes.read(tmp_path, today=TODAY)[1])
    assert found[0] == Note("1", "Placa", "7", date(2024, 1, 31))
    assert reasons(found) == [
        (2, "2", "note_date is missing"),
        (3, "3", "note_date '99999-99-99' cannot be read: give a date format"),
        (4, "4", "note_date 1887-11-12 is before 1900"),
        (5, "", "note_id is missing"),
        (6, "6", "person_id is missing"),
    ]


def test_parquet_dates_need_no_date_format(tmp_path: Path) -> None:
    row = {"note_id": ["1"], "person_id": ["p"], "note_date": [date(2024, 1, 31)], "note_text": ["Placa"]}
    pq.write_table(pa.table(row), tmp_path / "notes.parquet")
    assert list(notes.read(tmp_path, today=TODAY, date_format="%m/%d/%Y")[1]) == [
        Note("1", "Placa", "p", date(2024, 1, 31))
    ]


@pytest.mark.parametrize(
    "options, day, person",
    [
        ({}, date(1971, 1, 1), "n1"),
        ({"note_date": "2024-01-31"}, date(2024, 1, 31), "n1"),
        ({"note_date": date(2024, 1, 31)}, date(2024, 1, 31), "n1"),
        ({"note_date": "2024-01-31", "columns": {"note_date": "note_date"}}, date(1971, 1, 1), "n1"),
        ({"columns": {"person_id": "note_id"}}, date(1971, 1, 1), "n1"),
    ],
)
def test_txt_notes(tmp_path: Path, options: dict[str, Any], day: date, person: str) -> None:
    path = tmp_path / "n1.txt"
    path.write_bytes(b"Placa\r\n")
    os.utime(path, (86_400 * 365.5,) * 2)
    (tmp_path / "n2.txt").write_bytes(b" \n")
    assert list(notes.read(tmp_path, today=TODAY, **options)[1]) == [
        Note("n1", "Placa\r\n", person, day),
        Rejected(str(tmp_path / "n2.txt"), 1, "n2", "note_text is blank"),
    ]


def test_a_given_date_is_for_rows_without_one(tmp_path: Path) -> None:
    found = read(tmp_path, f"{HEADER}\nn1,p1,,Placa\nn2,p1,2024-01-31,Placa\nn3,p1,x,Placa\n", note_date="1/2/2023")
    assert [item.note_date for item in found if isinstance(item, Note)] == [date(2023, 2, 1), date(2024, 1, 31)]
    assert reasons(found) == [(3, "n3", "note_date 'a' cannot be read: give a date format (line 4)")]
    found = read(tmp_path, "note_id,person_id,note_text\nn1,p1,Placa\n", note_date="2023-02-01")
    assert found == [Note("n1", "Placa", "p1", date(2023, 2, 1))]


@pytest.mark.parametrize("option, found", [("auto", ["en", ""]), ("es", ["es", "es"]), ("en", ["en", "en"])])
def test_a_given_language_holds_for_every_note(tmp_path: Path, option: str, found: list[str]) -> None:
    content = f"{HEADER},language\nn1,p1,2024-01-31,Plaque,en\nn2,p1,2024-01-31,Placa,\n"
    rows = read(tmp_path, content, language=option)
    assert [row.language for row in rows if isinstance(row, Note)] == found


@pytest.mark.parametrize(
    "options, message",
    [
        ({"language": "fr"}, "No language 'fr'. There are: auto, es, en."),
        ({"date_format": "%d/%m"}, "Date format '%d/%m' does not give day, month and year. Write e.g. %d/%m/%Y."),
        ({"date_format": "%Q"}, "Date format '%Q' does not give day, month and year. Write e.g. %d/%m/%Y."),
        ({"note_date": "mañana"}, "The date that was given for notes without one: note_date 'aaaaaa' cannot be read:"
         " give a date format. Write e.g. 2024-01-31."),
        ({"note_date": "2030-01-01"}, "The date that was given for notes without one: note_date 2030-01-01 is in the"
         " future. Write e.g. 2024-01-31."),
        ({"columns": {"note_txt": "texto"}}, "No field 'note_txt' for a column. There are: note_id, person_id,"
         " note_date, note_text, visit_id, note_type, language, provider, birth_year, sex. Did you mean 'note_text'?"),
        ({"columns": {"sex": "genero"}}, "'{0}' has no column 'genero'. There are: note_id, person_id, note_date,"
         " note_text, gender. Say which to take, e.g. --column sex=gender"),
        ({"columns": {"note_text": "texto"}}, "'{0}' has no column 'texto'. There are: note_id, person_id, note_date,"
         " note_text, gender. Say which to take, e.g. --column note_text=note_text"),
    ],
)
def test_wrong_options_are_known_before_any_row(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    path = tmp_path / "notes.csv"
    path.write_text(f"{HEADER},gender\nn1,p1,2024-01-31,Placa,x\n")
    with pytest.raises(InputError) as raised:
        notes.read(path, today=TODAY, **options)
    assert str(raised.value) == message.format(path)


def test_no_words_of_a_note_in_what_is_refused(tmp_path: Path) -> None:
    secret = "Psoriasis"
    rows = [
        f'n1,p1,{secret},"{secret}', f"n2,p1,{secret},{secret}", f"n3,,2024-01-31,{secret}",
        f"n4,p1,2024-01-31,{secret},{secret}", f"n5,p1,2030-01-31,{secret}",
    ]
    found = read(tmp_path, "\n".join([HEADER, *rows]))
    assert [item.note_id for item in found] == ["", "n2", "n3", "", "n5"]
    assert secret not in repr(found)


def test_lines_of_a_refused_note_give_no_note_id(tmp_path: Path) -> None:
    rows = [
        'n1,p1,2024-01-31,"Placas en', "Juan, azul, verde, gris", "dos placas,p,31/02/2024,x",
        "n4,p1,31/02/2024,x", "n5,p1,2024-01-31,bien",
    ]
    found = read(tmp_path, "\n".join([HEADER, *rows]))
    assert [(item.note_id, type(item)) for item in found] == [
        ("", Rejected), ("", Rejected), ("", Rejected), ("n4", Rejected), ("n5", Note),
    ]


def test_batches_hold_notes_unchanged() -> None:
    found = [
        Note("n1", "a\x00\r\n🧴e\u0301", "p1", date(2024, 1, 31), "es", "v1", "alta", "x", 1956, "M"),
        Note("n2", "b"),
    ]
    batch = notes.to_batch(found)
    assert (batch.schema, list(notes.from_batch(batch))) == (notes.SCHEMA, found)
    assert list(notes.from_batch(notes.to_batch([]))) == []


def test_nulls_and_other_columns_of_a_batch_are_left_out() -> None:
    batch = pa.RecordBatch.from_pylist([{"x": 1, "text": "a", "note_id": "n1"}], schema=pa.schema(
        [*reversed(list(notes.SCHEMA)), pa.field("x", pa.int64())]
    ))
    assert list(notes.from_batch(batch)) == [Note("n1", "a")]


MEMORY = """
import sys
from dermnlp import notes
count = sum(1 for _ in notes.read(sys.argv[1])[1])
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(count, int(peak.split()[1]) // 1024)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak since exec is read from /proc")
@pytest.mark.parametrize("name", ["notes.csv", "notes.jsonl", "notes.parquet"])
def test_memory_does_not_grow_with_the_number_of_notes(tmp_path: Path, name: str) -> None:
    """Ten times the notes (60 MB more) may cost no more than 25 MB, most of it the cache of the ids."""
    peaks = [_peak(tmp_path / f"{size}", name, size) for size in (4_000, 40_000)]
    assert peaks[1] - peaks[0] < 25


def _peak(folder: Path, name: str, size: int) -> int:
    """The peak memory, in MB, of a process that reads so many notes of 1,500 characters."""
    folder.mkdir()
    rows = [(f"n{n}", "p1", "2024-01-31", f"{n} ñ " + "Placa, codo. " * 120) for n in range(size)]
    names = HEADER.split(",")
    if name.endswith("csv"):
        lines = [HEADER, *('{},{},{},"{}"'.format(*row) for row in rows)]
        (folder / name).write_text("\n".join(lines), encoding="utf-8")
    elif name.endswith("jsonl"):
        objects = (json.dumps(dict(zip(names, row, strict=True))) for row in rows)
        (folder / name).write_text("\n".join(objects), encoding="utf-8")
    else:
        table = pa.table(dict(zip(names, zip(*rows, strict=True), strict=True)))
        pq.write_table(table, folder / name, row_group_size=4_000)
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(folder)], capture_output=True, text=True, check=True, env={**os.environ}
    )
    count, peak = map(int, done.stdout.split())
    assert count == size
    return peak
