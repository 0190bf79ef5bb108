"""The texts of a training: how they are varied, cut and labelled."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

from training_notes import document, piece, unmarked, words  # noqa: E402

from dermnlp.tables import InputError  # noqa: E402
from dermnlp.training.augmentation import (  # noqa: E402
    VARIANTS,
    Augmenter,
    Synonyms,
    edited,
    swapped,
    synonyms,
    telegraphic,
)
from dermnlp.training.corpora import Mark  # noqa: E402
from dermnlp.training.pieces import Piece, cut, encode  # noqa: E402

NOTHING = Synonyms({}, {})
SMALL_WORDS = {"es": ("la", "las", "de", "en", "con"), "en": ("the", "of", "on")}
MARKED = [
    ("es", "[FINDING: Placas [BODY_SITE: faciales]] de larga evolución en la [BODY_SITE: cara]."),
    ("es", "Posible [DIAGNOSIS Uncertain: pénfigo de Hailey-Hailey]; niega [FINDING Negated: prurito]"),
    ("es", "[DRUG: Metotrexato] [DOSE: 15 mg] [FREQUENCY: c/ 7 d.]"),
    ("en", "Itchy [FINDING: plaques] on the [BODY_SITE: back of the hands] 🙂, no [FINDING Negated: fever] ,"),
    ("en", "Jeßner's [DIAGNOSIS: lymphocytic infiltrate]; [DRUG: prednisone] [FREQUENCY: b.i.d.]."),
    ("en", "[FINDING: itch]"),
]


@pytest.mark.parametrize(
    "before, edits, after",
    [
        ("[A: acné] y [B: asma]", [(0, 0, "- ")], "- [A: acné] y [B: asma]"),
        ("[A: acné] y [B: asma]", [(0, 4, "rosácea")], "[A: rosácea] y [B: asma]"),
        ("[A: acné] y [B: asma]", [(4, 4, ","), (5, 6, "más")], "[A: acné], más [B: asma]"),
        ("[A: acné] y [B: asma]", [(4, 7, " ")], "[A: acné] [B: asma]"),
        ("[A: acné] y [B: asma]", [(7, 7, "el ")], "[A: acné] y el [B: asma]"),
        ("[A: acné] y [B: asma]", [(11, 11, ".")], "[A: acné] y [B: asma]."),
        ("Con el [A: acné].", [(0, 7, "")], "[A: acné]."),
        ("Con [A: acné].", [(4, 8, ""), (8, 9, "!")], "Con !"),
        ("[A: acné][B: asma]", [(0, 4, "rosácea"), (4, 8, "tos")], "[A: rosácea][B: tos]"),
        ("[A: acné][B: asma]", [(4, 4, " ")], "[A: acné] [B: asma]"),
        ("[A: lesión [B: oral]] leve", [(0, 0, "* "), (6, 7, "  ")], "* [A: lesión  [B: oral]] leve"),
        ("[A: [B: oral] lesion] x", [(4, 4, "s")], "[A: [B: oral]s lesion] x"),
        ("[A: [B: oral] lesion] x", [(0, 11, "sore")], "[A: sore] x"),
        ("sin marcas", [(3, 4, "")], "sinmarcas"),
        ("[A: acné]", [], "[A: acné]"),
    ],
)
def test_edited(before: str, edits: list[tuple[int, int, str]], after: str) -> None:
    found = edited(piece(before), edits)
    text, marks = unmarked(after)
    outer = [mark for mark in found.marks if mark.label in {mark.label for mark in marks}]
    assert (found.text, outer) == (text, list(marks))


SEGMENTS = st.lists(
    st.tuples(st.sampled_from(["", "A", "B"]), st.text("aé ß.", max_size=4), st.none() | st.text("xy", max_size=4))
)


@given(SEGMENTS)
@settings(max_examples=300, deadline=None)
def test_edited_keeps_every_mark_on_its_words(segments: list[tuple[str, str, str | None]]) -> None:
    before = after = ""
    marks: list[Mark] = []
    expected: list[Mark] = []
    edits = []
    for label, old, new in segments:
        if label and not old:
            continue
        result = old if new is None else new
        if label:
            marks.append(Mark(label, len(before), len(before) + len(old)))
        if label and result:
            expected.append(Mark(label, len(after), len(after) + len(result)))
        if new is not None:
            edits.append((len(before), len(before) + len(old), new))
        before, after = before + old, after + result
    found = edited(Piece("d", "own", "es", before, "", tuple(marks), frozenset("AB")), edits)
    assert (found.text, list(found.marks)) == (after, expected)


def folded(text: str) -> str:
    return "".join(unicodedata.normalize("NFD", character)[0] for character in text).casefold()


@pytest.mark.parametrize("language, marked", MARKED)
@pytest.mark.parametrize("name", [name for name in VARIANTS if name != "typing_error"])
def test_variants_keep_marks_on_their_words(name: str, language: str, marked: str) -> None:
    before = piece(marked, language, "plan")
    for seed in range(30):
        after = VARIANTS[name](before, random.Random(seed))
        assert [(label, folded(text)) for label, text in words(after)] == [
            (label, folded(text)) for label, text in words(before)
        ]


@pytest.mark.parametrize("language, marked", MARKED)
def test_a_typing_error_stays_within_its_word(language: str, marked: str) -> None:
    before = piece(marked, language)
    texts = set()
    for seed in range(30):
        after = VARIANTS["typing_error"](before, random.Random(seed))
        texts.add(after.text)
        assert abs(len(after.text) - len(before.text)) <= 1
        for (_, old), (_, new) in zip(words(before), words(after), strict=True):
            assert (new[0], new[-1]) == (old[0], old[-1])
    assert len(texts) > 5 or texts == {"itch"}


@pytest.mark.parametrize(
    "name, before, after",
    [
        ("capitals", "Niega [A: prurito].", {"NIEGA [A: PRURITO]."}),
        ("capitals", "Jeßner: [A: rash]", {"Jeßner: [A: rash]"}),
        ("small_letters", "AP: [A: HTA].", {"ap: [A: hta]."}),
        ("small_letters", "İ: [A: HTA].", {"İ: [A: HTA]."}),
        ("no_accents", "[A: Acné] de la niñez", {"[A: Acne] de la niñez", "[A: Acne] de la ninez"}),
        ("no_accents", "15 µg, 3 ½, Å", {"15 µg, 3 ½, A"}),
        ("ending", "Sin [A: acné].", {f"Sin [A: acné]{end}" for end in (".", "", ";", " .", ",")}),
        ("ending", "[A: c/ 7 d.]", {f"[A: c/ 7 d.]{end}" for end in (".", "", ";", " .", ",")}),
        ("ending", "...", {"..."}),
        ("typing_error", "[A: acné] y tos", {"[A: acné] y tos"}),
        ("typing_error", "mucho", {"mcho", "muho", "muucho", "muccho", "mcuho", "muhco"}),
        ("bullet", "[A: acné]", {f"{sign}[A: acné]" for sign in ("- ", "* ", "• ", "-", "1. ", "2) ", "> ")}),
    ],
)
def test_variants(name: str, before: str, after: set[str]) -> None:
    found = {VARIANTS[name](piece(before), random.Random(seed)) for seed in range(200)}
    assert {(one.text, one.marks) for one in found} == {unmarked(one) for one in after}


def test_no_heading() -> None:
    assert VARIANTS["no_heading"](piece("acné", heading="plan"), random.Random(0)) == piece("acné")


def test_telegraphic_leaves_mentions_alone() -> None:
    before = piece("Placas en la [BODY_SITE: cara de la mano], CON dolor de [FINDING: codo]")
    found = {telegraphic(before, random.Random(seed), SMALL_WORDS) for seed in range(300)}
    assert {tuple(words(one)) for one in found} == {(("BODY_SITE", "cara de la mano"), ("FINDING", "codo"))}
    assert min((one.text for one in found), key=len) == "Placas cara de la mano, dolor codo"
    assert telegraphic(piece("on the hand", "fr"), random.Random(0), SMALL_WORDS) == piece("on the hand", "fr")


def test_swapped() -> None:
    same = {
        ("es", "DRUG", "mtx"): ["metotrexato"],
        ("es", "DRUG", "amevive"): ["alefacept"],
        ("es", "DX", "hiv"): ["vih"],
        ("es", "SITE", "oral"): ["bucal"],
    }
    known = Synonyms(same, {("es", "DRUG"): ["ácido fólico"]})
    before = piece("[DRUG: MTX], [DRUG: Amevive], [DRUG: AMEVIVE]: [F: lesión [SITE: oral]]")
    found = {swapped(before, random.Random(seed), known, other=0.0) for seed in range(200)}
    forms = [{text for one in found for text in [words(one)[number][1]]} for number in range(5)]
    assert forms == [
        {"MTX", "metotrexato"},
        {"Amevive", "Alefacept"},
        {"AMEVIVE", "ALEFACEPT"},
        {"oral"},
        {"lesión oral"},
    ]
    others = {swapped(piece("Toma [DRUG: MTX]."), random.Random(seed), known, other=1.0) for seed in range(50)}
    assert {(one.text, one.marks) for one in others} == {
        unmarked("Toma [DRUG: MTX]."),
        unmarked("Toma [DRUG: ácido fólico]."),
    }


def test_synonyms_of_the_lexicons() -> None:
    found = synonyms(("DRUG",), ("es",))
    assert {"metotrexato", "metotrexato sódico"} <= set(found.same["es", "DRUG", "metotrexato"])
    assert {"adalimumab", "metotrexato"} <= set(found.other["es", "DRUG"])
    assert {label for _, label in found.other} == {"DRUG"} and {language for language, _, _ in found.same} == {"es"}


def test_augmenter_depends_on_seed_epoch_and_number_alone() -> None:
    chances = dict.fromkeys((*VARIANTS, "same", "telegraphic"), 0.5)
    known = Synonyms({("es", "DRUG", "metotrexato"): ["MTX", "ledertrexate"]}, {})
    pieces = [piece(marked, language, "plan") for language, marked in MARKED]

    def varied(seed: int, epoch: int) -> list[Piece]:
        augment = Augmenter(chances, known, SMALL_WORDS, seed)
        return [augment(one, number, epoch) for number, one in enumerate(pieces)]

    assert (
        varied(1, 0) == varied(1, 0) and Augmenter(chances, known, SMALL_WORDS, 1)(pieces[2], 2, 0) == varied(1, 0)[2]
    )
    assert varied(1, 0) != varied(1, 1) and varied(1, 0) != varied(2, 0)
    assert Augmenter({}, known, SMALL_WORDS, 1)(pieces[0], 0, 0) == pieces[0]


def test_augmenter_refuses_an_unknown_name() -> None:
    message = "no augmentation 'captials'. There are: same, other, telegraphic, capitals, small_letters, no_accents, bullet, ending, typing_error, no_heading."
    with pytest.raises(InputError, match=re.escape(message)):
        Augmenter({"bullet": 0.1, "captials": 0.1}, NOTHING, {}, 1)


def test_cut_takes_headings_and_leaves_out_marks_that_it_goes_through() -> None:
    marked = "Antecedentes familiares: madre con [DX Family: psoriasis].\n\n[A: Prurito. Placas] en [B: codos]."
    first, *rest = cut([document(marked)], frozenset({"DX", "A", "B"}), True)
    text, marks = unmarked("Antecedentes familiares: madre con [DX Family: psoriasis].")
    assert first == Piece("d", "own", "es", text, "family history", marks, frozenset({"DX", "A", "B"}), True)
    assert [(one.text, words(one)) for one in rest] == [("Prurito.", []), ("Placas en codos.", [("B", "codos")])]


def test_cut_reads_a_long_sentence_in_windows_that_share_text() -> None:
    marked = "lesiones " * 50 + "[A: acné] " + "y costras " * 40
    found = list(cut([document(marked)], frozenset("A"), False))
    assert [len(one.text) <= 480 for one in found] == [True, True, True]
    assert [words(one) for one in found] == [[("A", "acné")], [("A", "acné")], []]


def word_tokenizer(text: str) -> object:
    """Whole words and signs as pieces: <s> 0, </s> 1, <unk> 2."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    vocabulary = {
        name: number
        for number, name in enumerate(dict.fromkeys(("<s>", "</s>", "<unk>", *re.findall(r"\w+|[^\w\s]", text))))
    }
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)]
    )
    return tokenizer


def test_labels_and_flags() -> None:
    one = piece("[FINDING Negated Family: lesiones [BODY_SITE Negated: orales]] y [BODY_SITE: codo]", heading="plan")
    one = Piece(
        one.document,
        one.corpus,
        "es",
        one.text,
        one.heading,
        one.marks,
        frozenset({"FINDING", "BODY_SITE", "DOSE"}),
        True,
    )
    [found] = encode([one], word_tokenizer("plan: lesiones orales y codo"), ("BODY_SITE", "DRUG", "FINDING", "DOSE"))  # type: ignore[arg-type]
    assert found.ids.tolist() == [0, 3, 4, 5, 6, 7, 8, 1]
    unknown = [-100, -100, -100, -100]
    assert found.labels.tolist() == [
        unknown,
        unknown,
        unknown,
        [0, -100, 1, 0],
        [1, -100, 2, 0],
        [0, -100, 0, 0],
        [1, -100, 0, 0],
        unknown,
    ]
    assert found.flags.tolist() == [unknown, unknown, unknown, [1, 0, 0, 1], [1, 0, 0, 1], unknown, unknown, unknown]


@pytest.mark.parametrize(
    "marked, labels",
    [
        ("[A: acné [A: leve]] y tos", [-100, 1, 1, 0, 0, -100]),
        ("[A: acné][A: leve] y tos", [-100, 1, 0, 0, -100]),
        ("[A: acné] [A: leve] y tos", [-100, 1, 1, 0, 0, -100]),
        ("[A: acné leve] [B: y] tos", [-100, 1, 2, 0, 0, -100]),
        ("[A:  ]acné leve", [-100, 0, 0, -100]),
    ],
)
def test_labels_of_one_layer(marked: str, labels: list[int]) -> None:
    text, marks = unmarked(marked)
    one = Piece("d", "own", "es", text, "", marks, frozenset("A"), True)
    [found] = encode([one], word_tokenizer("acné leve y tos"), ("A", "B"))  # type: ignore[arg-type]
    assert found.labels[:, 0].tolist() == labels and set(found.labels[:, 1].tolist()) == {-100}
    assert set(found.flags.ravel().tolist()) == {-100}
