"""Notes and mentions to brat and to HTML, and back."""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermnlp.evaluation import brat, html
from dermnlp.evaluation.brat import BratError, BratWarning
from dermnlp.mentions import Cue, Mention, Relation

TEXT = "Niega prurito.\r\nPsoriasis\r\nvulgar, PASI 12,4. MTX 15 mg → náuseas 🙂."


def mention(text: str, kind: str, words: str, index: int, **more: object) -> Mention:
    """A mention of these words, where they first stand in the text."""
    start = text.index(words)
    return Mention("n", index, kind, start, start + len(words), words, **more)  # type: ignore[arg-type]


MENTIONS = [
    mention(TEXT, "FINDING", "prurito", 0, negated=True, family=True),
    mention(TEXT, "DIAGNOSIS", "Psoriasis\r\nvulgar", 1, historical=True, codes={"ICD10CM": "L40.0"}),
    mention(TEXT, "SCORE", "PASI 12,4", 2, scale="PASI", value="12.4"),
    mention(TEXT, "DRUG", "MTX", 3, codes={"INN": "methotrexate"}, relations=(Relation("Drug_attribute", 4),)),
    mention(TEXT, "DOSE", "15 mg", 4),
    mention(TEXT, "FINDING", "náuseas", 5, uncertain=True, relations=(Relation("Adverse_event", 3),)),
]
ANN = """\
T1\tFINDING 6 13\tprurito
T2\tDIAGNOSIS 16 33\tPsoriasis  vulgar
T3\tSCORE 35 44\tPASI 12,4
T4\tDRUG 46 49\tMTX
T5\tDOSE 50 55\t15 mg
T6\tFINDING 58 65\tnáuseas
A1\tNegated T1
A2\tFamily T1
A3\tHistorical T2
A4\tUncertain T6
#1\tAnnotatorNotes T2\tICD10CM:L40.0
#2\tAnnotatorNotes T3\tSCALE:PASI VALUE:12.4
#3\tAnnotatorNotes T4\tINN:methotrexate
R1\tDrug_attribute Arg1:T4 Arg2:T5
R2\tAdverse_event Arg1:T6 Arg2:T4
"""


def test_written_and_read_again(tmp_path: Path) -> None:
    path = brat.write(list(reversed(MENTIONS)), TEXT, tmp_path, "n")
    assert path.read_bytes().decode() == ANN
    assert (tmp_path / "n.txt").read_bytes() == TEXT.encode()
    assert brat.read(path) == MENTIONS
    assert sorted(file.name for file in tmp_path.iterdir()) == ["n.ann", "n.txt"]


def test_without_its_text_a_mention_has_the_words_of_the_file(tmp_path: Path) -> None:
    path = brat.write(MENTIONS, TEXT, tmp_path, "n")
    (tmp_path / "n.txt").unlink()
    assert brat.read(path)[1] == replace(MENTIONS[1], text="Psoriasis  vulgar")


def test_no_mentions_is_an_empty_file(tmp_path: Path) -> None:
    assert brat.read(brat.write([], "", tmp_path, "n")) == []
    assert (tmp_path / "n.ann").read_bytes() == b""


def test_numbers_follow_the_text_and_the_longer_mention_comes_first(tmp_path: Path) -> None:
    mentions = [
        Mention("n", 7, "BODY_SITE", 9, 14, "codos"),
        Mention("n", 3, "FINDING", 0, 14, "placas en codos", relations=(Relation("Adverse_event", 99),)),
    ]
    path = brat.write(mentions, "placas - codos", tmp_path, "n")
    assert path.read_text() == "T1\tFINDING 0 14\tplacas - codos\nT2\tBODY_SITE 9 14\tcodos\n"


@pytest.mark.parametrize("separator", list("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029") + ["\r\n"])
def test_a_line_break_within_a_mention_never_breaks_the_line(tmp_path: Path, separator: str) -> None:
    text = f"a{separator}b"
    path = brat.write([Mention("n", 0, "FINDING", 0, len(text), text)], text, tmp_path, "n")
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1
    assert brat.read(path) == [Mention("n", 0, "FINDING", 0, len(text), text)]


@pytest.mark.parametrize("start, end", [(-1, 2), (2, 2), (3, 2), (3, 9)])
def test_a_mention_outside_the_text_is_refused_and_nothing_written(tmp_path: Path, start: int, end: int) -> None:
    message = re.escape(f"Mention 4 of 'n' at {start}-{end} is not in its 5 characters.")
    with pytest.raises(ValueError, match=message):
        brat.write([Mention("n", 4, "DRUG", start, end, "")], "texto", tmp_path, "n")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "ann, found",
    [
        pytest.param("T1\tDRUG 0 3;10 14\tMTX oral", [("DRUG", 0, 14)], id="discontinuous: the hull"),
        pytest.param("T1\tDRUG 10 14;0 3\tMTX oral", [("DRUG", 0, 14)], id="pieces in any order"),
        pytest.param("A1\tNegated T1\nT1\tDRUG 0 3\tMTX", [("DRUG", 0, 3, "Negated")], id="attribute first"),
        pytest.param("T1\tDRUG 0 3\tMTX\nM1\tNegated T1", [("DRUG", 0, 3, "Negated")], id="old brat's modifications"),
        pytest.param("T1\tDRUG 0 3\tMTX\r\n\r\nA1\tNegated T1\r\n", [("DRUG", 0, 3, "Negated")], id="CRLF"),
        pytest.param("\ufeffT1\tDRUG 0 3\tMTX\n", [("DRUG", 0, 3)], id="byte order mark"),
        pytest.param("T1\tDRUG 0 3\tMTX\n#1\tAnnotatorNotes T1\tpreguntar", [("DRUG", 0, 3)], id="a note in words"),
        pytest.param("T1\tDRUG 0 3\tMTX\n#1\tAnnotatorNotes R9\tsí", [("DRUG", 0, 3)], id="a note on a relation"),
        pytest.param(
            "T1\tDRUG 0 3\tMTX\n#1\tAnnotatorNotes T1\tINN:class:oral antidiabetics ICD10CM:Z79.4 ",
            [("DRUG", 0, 3, ("ICD10CM", "Z79.4"), ("INN", "class:oral antidiabetics"))],
            id="a class with a blank, and a second key",
        ),
        pytest.param(
            "T1\tSCORE 0 3\tBSA\n#1\tAnnotatorNotes T1\tVALUE:<3 % SCALE:BSA\n#2\tAnnotatorNotes T1\tVALUE:2",
            [("SCORE", 0, 3, "BSA=2")],
            id="the last note counts",
        ),
    ],
)
def test_read(tmp_path: Path, ann: str, found: list[tuple[object, ...]]) -> None:
    (tmp_path / "n.ann").write_bytes(ann.encode())
    assert [short(one) for one in brat.read(tmp_path / "n.ann")] == found


def short(one: Mention) -> tuple[object, ...]:
    """A mention's type, place, attributes, codes and value."""
    value = (f"{one.scale}={one.value}",) if one.value else ()
    return (one.type, one.start, one.end, *one.attributes, *sorted(one.codes.items()), *value)


@pytest.mark.parametrize(
    "ann, warning",
    [
        ("T1\tTIMEX 0 3\tMTX", "n.ann: the type 'TIMEX' is not in the guidelines and left out (1)."),
        (
            "T1\tTIMEX 0 3\tMTX\nA1\tNegated T1\nR1\tAdverse_event Arg1:T1 Arg2:T1",
            "n.ann: the type 'TIMEX' is not in the guidelines and left out (1).",
        ),
        (
            "T2\tDRUG 0 3\tMTX\nA1\tPlanned T2\nA2\tPlanned T2",
            "n.ann: the attribute 'Planned' is not in the guidelines and left out (2).",
        ),
        (
            "T2\tDRUG 0 3\tMTX\nR1\tCause Arg1:T2 Arg2:T2",
            "n.ann: the relation 'Cause' is not in the guidelines and left out (1).",
        ),
        (
            "T2\tDRUG 0 3\tMTX\nA1\tNegated T9\nR1\tAdverse_event Arg1:T2 Arg2:T8",
            "n.ann: references to mentions that are not there are left out (2).",
        ),
        ("E1\tEvent:T1\n*\tEquiv T1 T2", "n.ann: events are left out (1); equivalences are left out (1)."),
        (
            "T2\tDRUG 1 4\tMTX",
            "n.ann: mentions whose text is not what stands at their offsets in the .txt file (1).",
        ),
    ],
)
def test_what_does_not_fit_is_named_in_one_warning(tmp_path: Path, ann: str, warning: str) -> None:
    (tmp_path / "n.ann").write_text(ann)
    (tmp_path / "n.txt").write_text("MTX oral")
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        brat.read(tmp_path / "n.ann")
    assert [(each.category, str(each.message)) for each in raised] == [(BratWarning, warning)]


@pytest.mark.parametrize(
    "line",
    [
        "T2 DRUG 4 6 secreto",
        "T2\tDRUG 4\tsecreto",
        "T2\tDRUG 4 six\tsecreto",
        "T2\tDRUG 6 6\tsecreto",
        "T1\tDRUG 4 6\tsecreto",
        "A1\tNegated",
        "R1\tAdverse_event T1 T1",
        "R1\tAdverse_event Arg1:T1",
        "#1 AnnotatorNotes T1 secreto",
        "secreto",
        " secreto",
    ],
)
def test_a_malformed_line_is_named_by_file_and_number_only(tmp_path: Path, line: str) -> None:
    (tmp_path / "n.ann").write_text(f"T1\tDRUG 0 3\tMTX\n\n{line}\n")
    with pytest.raises(BratError) as raised:
        brat.read(tmp_path / "n.ann")
    assert str(raised.value).startswith("n.ann, line 3: ")
    assert "secreto" not in str(raised.value)


def test_a_text_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = brat.write(MENTIONS, TEXT, tmp_path, "n")
    (tmp_path / "n.txt").write_bytes(TEXT.encode("cp1252", "replace"))
    with pytest.raises(BratError, match=r"^n\.txt is not UTF-8 \(byte \d+\)\. Save it as UTF-8\.$"):
        brat.read(path)


@pytest.mark.parametrize(
    "note_id, name",
    [
        ("note_1-a.b", "note_1-a.b"),
        ("caso 1", "caso%201"),
        ("caso%201", "caso%25201"),
        ("../../etc/passwd", "%2E.%2F..%2Fetc%2Fpasswd"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        (".hidden", "%2Ehidden"),
        ("dot.", "dot%2E"),
        ("a\\b:c*d?", "a%5Cb%3Ac%2Ad%3F"),
        ("Muñoz", "Mu%C3%B1oz"),
        ("con", "%63on"),
        ("NUL.txt", "%4EUL.txt"),
        ("", "%~"),
        ("a\0\n", "a%00%0A"),
    ],
)
def test_note_ids_as_file_names(note_id: str, name: str) -> None:
    assert brat.file_name(note_id) == name
    assert not note_id or brat.note_id(name) == note_id


@given(st.text(max_size=90), st.text(max_size=90))
def test_two_ids_never_have_one_file_name(one: str, other: str) -> None:
    assert (brat.file_name(one) == brat.file_name(other)) == (one == other)
    assert re.fullmatch(r"[\w.~%-]{1,200}", brat.file_name(one), re.ASCII)


def test_long_ids_are_shortened_and_stay_apart(tmp_path: Path) -> None:
    ids = ["ñ" * 300, "ñ" * 301, "ñ" * 300 + "/"]
    assert len({brat.file_name(each) for each in ids}) == 3
    for each in ids:
        brat.write([], "", tmp_path, each)
    assert len(brat.read_folder(tmp_path)) == 3


def test_a_folder_is_read_by_note_id(tmp_path: Path) -> None:
    for name in ("b/2", "a 10", "a 9"):
        brat.write([Mention(name, 0, "DRUG", 0, 3, "MTX")], "MTX", tmp_path, name)
    (tmp_path / ".~lock.ann").write_text("not brat")
    found = brat.read_folder(tmp_path)
    assert list(found) == ["a 10", "a 9", "b/2"]
    assert [each.note_id for mentions in found.values() for each in mentions] == list(found)


def test_two_files_of_one_note_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a b.ann").write_text("")
    (tmp_path / "a%20b.ann").write_text("")
    with pytest.raises(BratError, match="two .ann files of the note 'a b'"):
        brat.read_folder(tmp_path)


class Page(HTMLParser):
    """The text of a page's note, its marks, and whether every element is closed in turn."""

    VOID = ("meta", "link")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.text, self.marks, self.links, self.names = "", list[tuple[str, dict[str, str | None]]](), [], set[str]()
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        found = dict(attrs)
        assert len(found) == len(attrs)
        if tag == "mark" and self.in_note:
            self.marks.append(("", found))
        if tag == "a":
            self.links.append(found["href"])
        if tag not in self.VOID:
            self.open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.in_note:
            self.text += data

    @property
    def in_note(self) -> bool:
        return any(found.get("class") == "note" for _, found in self.open)


def test_a_page_shows_the_note_and_its_mentions() -> None:
    cue = Cue("Negated", "negation.niega", 0, 5)
    mentions = [replace(MENTIONS[0], cues=(cue,), concept="pruritus", source="lexicon"), *MENTIONS[1:]]
    found = Page(html.page("n", TEXT, mentions))
    assert found.text == TEXT
    assert [(each["class"], each.get("data-tags"), each["title"]) for _, each in found.marks] == [
        (
            "FINDING",
            "Negated · Family",
            "FINDING · Negated · Family\npruritus\nNegated: “Niega” (negation.niega)\nlexicon",
        ),
        ("DIAGNOSIS", "Historical", "DIAGNOSIS · Historical\nICD10CM L40.0"),
        ("SCORE", None, "SCORE\nPASI 12.4"),
        ("DRUG", None, "DRUG\nINN methotrexate\nDrug_attribute: “15 mg”"),
        ("DOSE", None, "DOSE"),
        ("FINDING", "Uncertain", "FINDING · Uncertain\nAdverse_event: “MTX”"),
    ]


HOSTILE = '\n <script>alert("1")</script> & &amp; \'<!-- </div></mark> ]]> $title\r\n'


def test_a_hostile_note_stays_text() -> None:
    mentions = [Mention("n", 0, "DRUG", 2, 20, "", concept='"><img src=x>', language='es" onload="x')]
    page = html.page(HOSTILE, HOSTILE, mentions)
    found = Page(page)
    assert found.text == HOSTILE
    assert not found.names & {"script", "img", "link", "iframe"}
    assert "http:" not in page.replace("http-equiv", "") and "https:" not in page and "url(" not in page


@given(st.data())
def test_any_mentions_leave_the_text_as_it_is(data: st.DataObject) -> None:
    characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    text = data.draw(st.text(characters, min_size=1, max_size=30))
    place = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(place, place), max_size=8))
    mentions = [Mention("n", i, "DRUG", min(span), max(span), "", negated=True) for i, span in enumerate(spans)]
    found = Page(html.page("n", text, mentions))
    assert found.text == text
    shown = [mark for _, mark in found.marks if "data-tags" in mark]
    assert len(shown) == sum(one.start < one.end for one in mentions)


def test_crossing_mentions_are_closed_in_turn() -> None:
    spans = [("DRUG", 0, 4), ("FINDING", 2, 6), ("DOSE", 2, 3)]
    mentions = [Mention("n", index, *span, "") for index, span in enumerate(spans)]
    marked = html.page("n", "abcdefg", mentions).split('<div class="note">')[1]
    plain = re.sub(r'<mark class="(\w)\w*" title="[^"]*">', r"<\1>", marked.split("</div>")[0]).replace("/mark", "")
    assert plain == "<D>ab<F><D>c<>d<><><F>ef<>g"


def test_pages_and_their_index(tmp_path: Path) -> None:
    notes = [("b/<2>", TEXT, MENTIONS), ("index", "x", []), ("a 1", "", [])]
    index = html.write_html(notes, tmp_path / "out")
    found = Page(index.read_text(encoding="utf-8"))
    assert found.links == ["notes/a%25201.html", "notes/b%252F%253C2%253E.html", "notes/index.html"]
    names = sorted(path.name for path in (tmp_path / "out" / "notes").iterdir())
    assert names == ["a%201.html", "b%2F%3C2%3E.html", "index.html"]
    assert Page((tmp_path / "out" / "notes" / names[1]).read_bytes().decode()).text == TEXT
