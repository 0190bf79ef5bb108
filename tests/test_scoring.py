"""Scores against hand-counted cases and against the independent scorer, and what is made of them."""

from __future__ import annotations

import csv
import importlib.util
import json
import random
import sys
import types
import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from dermnlp_cli.evaluate import evaluate as command
from rich.console import Console
from typer.testing import CliRunner

from dermnlp import evaluation
from dermnlp.evaluation import (
    BratWarning,
    Count,
    Error,
    Scores,
    brat,
    report,
    score,
    scoring,
)
from dermnlp.mentions import ATTRIBUTES, RELATIONS, TYPES, Mention, Relation
from dermnlp.tables import InputError

SHARED = Path(__file__).parents[2] / "shared" / "gold"
FOLDERS = sorted(path.name for path in SHARED.glob("*") if path.is_dir())
with_shared = pytest.mark.skipif(not (SHARED / "score.py").is_file(), reason="the independent scorer is not here")


def mention(index: int, kind: str, start: int, end: int, **more: Any) -> Mention:
    return Mention("n", index, kind, start, end, "", **more)


def drug(index: int, start: int, end: int, name: str = "", **more: Any) -> Mention:
    return mention(index, "DRUG", start, end, codes={"INN": name} if name else {}, **more)


def diagnosis(index: int, start: int, end: int, code: str = "", **more: Any) -> Mention:
    return mention(index, "DIAGNOSIS", start, end, codes={"ICD10CM": code} if code else {}, **more)


def scored(gold: Sequence[Mention], system: Sequence[Mention]) -> Scores:
    return score({"n": gold}, {"n": system})


@pytest.mark.parametrize(
    "gold, system, strict, relaxed, partial",
    [
        pytest.param([(0, 5)], [(0, 5)], 1, 1, 1, id="the same"),
        pytest.param([(0, 5)], [(5, 9)], 0, 0, 0, id="touching is no overlap"),
        pytest.param([(0, 5)], [(4, 9)], 0, 1, 0.5, id="one character of overlap"),
        pytest.param([(0, 9)], [(0, 4), (5, 9)], 0, 1, 0.5, id="one to one"),
        pytest.param([(0, 4), (5, 9)], [(0, 9)], 0, 1, 0.5, id="one to one, the other way"),
        pytest.param([(0, 5), (5, 9)], [(3, 9), (5, 9)], 1, 2, 1.5, id="an exact one is never taken by an overlap"),
        pytest.param([(0, 4), (4, 20)], [(0, 20), (1, 4)], 0, 2, 1, id="the longest overlap first"),
        pytest.param([(0, 10), (10, 12)], [(0, 12), (11, 30)], 0, 2, 1, id="then what is left"),
        pytest.param([(0, 9)], [(0, 4), (0, 9)], 1, 1, 1, id="an exact one though an overlap comes before it"),
        pytest.param([(0, 5), (0, 5)], [(0, 5)], 1, 1, 1, id="a repeated mention counts twice"),
        pytest.param([], [(0, 5)], 0, 0, 0, id="nothing in the gold"),
        pytest.param([(0, 5)], [], 0, 0, 0, id="nothing found"),
    ],
)
def test_spans(
    gold: list[tuple[int, int]], system: list[tuple[int, int]], strict: int, relaxed: int, partial: float
) -> None:
    sides = [[mention(i, "FINDING", *span) for i, span in enumerate(side)] for side in (gold, system)]
    scores = scored(*sides)
    wanted = {"strict": strict, "relaxed": relaxed, "partial": partial}
    for group, tp in wanted.items():
        count = Count(tp, len(system), len(gold))
        assert {group: scores.figures[group]} == {group: {"ALL": count, "FINDING": count}}


def test_another_type_is_no_match_but_named() -> None:
    scores = scored([mention(0, "FINDING", 0, 5)], [diagnosis(0, 0, 5)])
    assert scores.figures["relaxed"] == {
        "ALL": Count(0, 1, 1),
        "DIAGNOSIS": Count(0, 1, 0),
        "FINDING": Count(0, 0, 1),
    }
    assert scores.errors == (
        Error("missed", "n", "FINDING", 0, 5, "found as DIAGNOSIS"),
        Error("spurious", "n", "DIAGNOSIS", 0, 5, "gold has FINDING"),
    )


@pytest.mark.parametrize(
    "count, figures",
    [
        (Count(3, 4, 6), (0.75, 0.5, 0.6)),
        (Count(0, 4, 0), (0.0, None, 0.0)),
        (Count(0, 0, 4), (None, 0.0, 0.0)),
        (Count(), (None, None, None)),
    ],
)
def test_figures(count: Count, figures: tuple[float | None, ...]) -> None:
    found = (count.precision, count.recall, count.f1)
    assert tuple(None if each != each else each for each in found) == pytest.approx(figures)


def test_attributes_are_counted_on_overlapping_mentions_only() -> None:
    gold = [drug(0, 0, 5, negated=True), drug(1, 6, 9, negated=True), drug(2, 20, 25, negated=True)]
    system = [drug(0, 0, 4, negated=True, family=True), drug(1, 6, 9, historical=True), drug(2, 30, 35, negated=True)]
    scores = scored(gold, system)
    assert scores.figures["attribute"] == {
        "Negated": Count(1, 1, 2),
        "Uncertain": Count(),
        "Historical": Count(0, 1, 0),
        "Family": Count(0, 1, 0),
    }
    assert [error for error in scores.errors if error.kind == "attribute"] == [
        Error("attribute", "n", "DRUG", 0, 5, "Family spurious"),
        Error("attribute", "n", "DRUG", 6, 9, "Negated missed"),
        Error("attribute", "n", "DRUG", 6, 9, "Historical spurious"),
    ]


def link(kind: str, *targets: int) -> tuple[Relation, ...]:
    return tuple(Relation(kind, target) for target in targets)


@pytest.mark.parametrize(
    "gold, system, count, errors",
    [
        pytest.param((1,), (1,), Count(1, 1, 1), [], id="found"),
        pytest.param((1,), (), Count(0, 0, 1), ["missed: DRUG to DOSE 6-9"], id="missed"),
        pytest.param((), (1,), Count(0, 1, 0), ["spurious: DRUG to DOSE 6-9"], id="spurious"),
        pytest.param(
            (1,),
            (2,),
            Count(0, 1, 1),
            ["missed: DRUG to DOSE 6-9", "spurious: DRUG to DOSE 60-70"],
            id="unmatched target",
        ),
        pytest.param((1,), (1, 1), Count(1, 2, 1), ["spurious: DRUG to DOSE 6-9"], id="found twice"),
        pytest.param((1, 77), (1, 88), Count(1, 1, 1), [], id="a target that is not there is no relation"),
    ],
)
def test_relations(gold: tuple[int, ...], system: tuple[int, ...], count: Count, errors: list[str]) -> None:
    others = [mention(1, "DOSE", 6, 9), mention(2, "DOSE", 60, 70)]
    wanted = [drug(0, 0, 5, relations=link("Drug_attribute", *gold)), *others[:1]]
    found = [*others, drug(0, 0, 5, relations=link("Drug_attribute", *system))]
    scores = scored(wanted, found)
    assert scores.figures["relation"] == {"Adverse_event": Count(), "Drug_attribute": count}
    assert [error.detail for error in scores.errors if error.kind == "relation"] == errors


@pytest.mark.parametrize(
    "gold, system, right",
    [
        (("PASI", "12.4"), ("pasi", "12,40"), True),
        (("BSA", "15"), ("BSA", "15%"), True),
        (("HURLEY", "II"), ("HURLEY", "2"), True),
        (("HURLEY", "iii"), ("HURLEY", "II"), False),
        (("NRS_ITCH", "8"), ("NRS_ITCH", "8/10"), True),
        (("BSA", "<3"), ("BSA", "<3 %"), True),
        (("BSA", "<3"), ("BSA", "3"), False),
        (("PASI", "12"), ("DLQI", "12"), False),
        (("PASI", "12"), ("", ""), False),
        (("SALT", "-1"), ("SALT", "1"), False),
    ],
)
def test_score_values(gold: tuple[str, str], system: tuple[str, str], right: bool) -> None:
    sides = [[mention(0, "SCORE", 0, 9, scale=scale, value=value)] for scale, value in (gold, system)]
    scores = scored(*sides)
    assert scores.figures["value"] == {"SCORE": Count(int(right), 1, 1)}
    assert [error.kind for error in scores.errors] == [] if right else ["value"]


@pytest.mark.parametrize(
    "gold, system, counts, detail",
    [
        (diagnosis(0, 0, 5, "L40.0"), diagnosis(0, 0, 5, "l40.9"), {"DIAGNOSIS": Count(1, 1, 1)}, None),
        (
            diagnosis(0, 0, 5, "L40.0"),
            diagnosis(0, 0, 5, "M07.3"),
            {"DIAGNOSIS": Count(0, 1, 1)},
            "gold L40.0, found M07.3",
        ),
        (diagnosis(0, 0, 5, "L40.0"), diagnosis(0, 0, 5), {"DIAGNOSIS": Count(0, 1, 1)}, "gold L40.0, found none"),
        (diagnosis(0, 0, 5), diagnosis(0, 0, 5, "L40.0"), {}, None),
        (drug(0, 0, 5, "methotrexate"), drug(0, 0, 5, "Methotrexate"), {"DRUG": Count(1, 1, 1)}, None),
        (drug(0, 0, 5, "class:a"), drug(0, 0, 5, "urea"), {"DRUG": Count(0, 1, 1)}, "gold class:a, found urea"),
    ],
)
def test_codes(gold: Mention, system: Mention, counts: Mapping[str, Count], detail: str | None) -> None:
    scores = scored([gold], [system])
    assert scores.figures["code"] == counts
    assert [error.detail for error in scores.errors] == ([detail] if detail else [])


def test_documents_say_what_is_affirmed_certain_and_the_patients_own() -> None:
    mentions = [
        diagnosis(0, 0, 1, "l40.0"),
        diagnosis(1, 1, 2, "L40.9", historical=True),
        diagnosis(2, 2, 3, "L20.9", negated=True),
        diagnosis(3, 3, 4, "L30.9", uncertain=True),
        diagnosis(4, 4, 5, "C43.9", family=True),
        diagnosis(5, 5, 6),
        drug(6, 6, 7, "Methotrexate"),
        drug(7, 7, 8, "class:emollients"),
        drug(8, 8, 9, "apremilast", negated=True),
        mention(9, "FINDING", 9, 10, relations=link("Adverse_event", 6)),
    ]
    assert (scoring.diagnoses(mentions), scoring.drugs(mentions)) == ({"L40"}, {"methotrexate"})
    assert scored(mentions, [drug(0, 50, 60, "methotrexate"), drug(1, 70, 80, "acitretin")]).figures["document"] == {
        "diagnoses": Count(0, 0, 1),
        "drugs": Count(1, 2, 1),
        "adverse event": Count(0, 0, 1),
    }


def test_boundaries_that_differ_are_shown_and_errors_follow_documents_and_text() -> None:
    gold = {"b": [drug(0, 0, 5), drug(1, 9, 12)], "a": [drug(0, 3, 5)]}
    scores = score(gold, {"b": [drug(0, 0, 4)], "c": [drug(0, 0, 4)]})
    assert scores.documents == 2
    assert scores.errors == (
        Error("boundary", "b", "DRUG", 0, 5, "found at 0-4"),
        Error("missed", "b", "DRUG", 9, 12),
        Error("missed", "a", "DRUG", 3, 5),
    )


def test_no_documents() -> None:
    assert score({}, {}).count("strict") == Count()
    assert score({"n": []}, {}).figures["partial"] == {}


def random_mentions(chance: random.Random, overlapping: bool = True) -> list[Mention]:
    """Mentions of a note of 40 characters with everything that is scored, drawn by chance."""
    found: list[Mention] = []
    for index in range(chance.randint(0, 12)):
        start = chance.randint(0, 38)
        end = chance.randint(start + 1, min(40, start + 9))
        kind = chance.choice(TYPES)
        if not overlapping and any(one.type == kind and one.start < end and start < one.end for one in found):
            continue
        one = mention(index, kind, start, end, **{name.lower(): chance.random() < 0.2 for name in ATTRIBUTES})
        codes = {"ICD10CM": chance.choice(["L40.0", "L40.9", "L20.9", ""])} if kind == "DIAGNOSIS" else {}
        codes |= {"INN": chance.choice(["methotrexate", "class:oral antibiotics", ""])} if kind == "DRUG" else {}
        value = {"scale": chance.choice(["PASI", "IGA", ""]), "value": chance.choice(["II", "2", "<2", "2,5 %", ""])}
        found.append(replace(one, codes=codes, **(value if kind == "SCORE" else {})))
    return [replace(one, relations=random_relations(chance, one, found)) for one in found]


def random_relations(chance: random.Random, one: Mention, others: Sequence[Mention]) -> tuple[Relation, ...]:
    targets = [chance.choice(others).index for _ in range(chance.choice([0, 0, 1, 2]))]
    return tuple(Relation(chance.choice(RELATIONS), target) for target in targets if target != one.index)


def disturbed(mentions: Sequence[Mention], length: int, chance: random.Random) -> list[Mention]:
    """Gold mentions with errors of every kind, as a system makes them."""
    found = []
    for one in mentions:
        if chance.random() < 0.1:
            continue
        if chance.random() < 0.15:
            start = max(0, one.start + chance.randint(-9, 3))
            one = replace(one, start=start, end=min(length, max(start + 1, one.end + chance.randint(-3, 9))))
        if chance.random() < 0.05:
            one = replace(one, type=chance.choice(TYPES))
        if chance.random() < 0.1:
            name = chance.choice(ATTRIBUTES).lower()
            one = replace(one, **{name: not getattr(one, name)})
        if chance.random() < 0.1:
            one = replace(one, codes={}, value="7")
        if chance.random() < 0.1:
            one = replace(one, relations=random_relations(chance, one, mentions))
        found.append(one)
        if chance.random() < 0.05:
            found.append(replace(one, index=one.index + 10_000, start=one.start, end=min(length, one.end + 5)))
    return found


def independent() -> Any:
    """The independent scorer as a module."""
    spec = importlib.util.spec_from_file_location("independent_score", SHARED / "score.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


NAMES = {"attr": "attribute", "rel": "relation"}
SINGLE = {
    "score value": ("value", "SCORE"),
    "drug norm": ("code", "DRUG"),
    "dx norm (ICD-10 category)": ("code", "DIAGNOSIS"),
    "document diagnoses": ("document", "diagnoses"),
    "document drugs": ("document", "drugs"),
    "document has adverse event": ("document", "adverse event"),
}


def assert_agrees(gold: Path, system: Path) -> Scores:
    """Every figure and every error that the independent scorer has is ours too, to the last digit."""
    names = sorted(path.stem for path in gold.glob("*.ann"))
    counter, errors = independent().evaluate(gold, system, names)
    theirs = {}
    for key in dict.fromkeys(key for key, _ in counter.c):
        group = SINGLE[key] if isinstance(key, str) else (NAMES.get(key[0], key[0]), key[1])
        theirs[group] = {name: repr(figure) for name, figure in counter.prf(key).items()}
    scores = evaluation.evaluate(gold, system)
    ours = {
        (group, name): {
            "p": repr(count.precision),
            "r": repr(count.recall),
            "f1": repr(count.f1),
            "tp": repr(count.tp),
            "sys": repr(count.system),
            "gold": repr(count.gold),
        }
        for group, counts in scores.figures.items()
        for name, count in counts.items()
        if group != "partial"
    }
    assert ours == theirs
    kept = [error for error in scores.errors if error.kind in ("missed", "spurious", "attribute")]
    what = [error.detail if error.kind == "attribute" else error.kind for error in kept]
    listed = Counter((kind, error.document, error.type) for kind, error in zip(what, kept, strict=True))
    assert listed == Counter(error[:3] for error in errors)
    return scores


@with_shared
def test_figures_agree_with_the_independent_scorer_on_chance_mentions(tmp_path: Path) -> None:
    chance = random.Random(7)
    for name in ("gold", "system"):
        (tmp_path / name).mkdir()
        for note in range(400):
            brat.write(random_mentions(chance), "ñ" * 40, tmp_path / name, f"{note:03}")
    scores = assert_agrees(tmp_path / "gold", tmp_path / "system")
    assert {error.kind for error in scores.errors} == set(scoring.KINDS)
    assert len({scores.count(group).tp for group in ("strict", "relaxed", "partial")}) == 3


@with_shared
@pytest.mark.parametrize("folder", FOLDERS)
def test_figures_agree_with_the_independent_scorer_on_gold(tmp_path: Path, folder: str) -> None:
    chance = random.Random(folder)
    for name, mentions in list(brat.read_folder(SHARED / folder).items())[1:]:
        text = brat.read_text(SHARED / folder / f"{name}.txt")
        brat.write(disturbed(mentions, len(text), chance), text, tmp_path, name)
    with pytest.warns(BratWarning, match="1 notes of .* count as empty"):
        scores = assert_agrees(SHARED / folder, tmp_path)
    assert 0.5 < scores.count("strict").f1 < scores.count("partial").f1 < scores.count("relaxed").f1 < 1
    sums = Counter(error.kind for error in scores.errors)
    strict, relaxed = scores.count("strict"), scores.count("relaxed")
    assert scores.count("partial") == replace(relaxed, tp=(strict.tp + relaxed.tp) / 2)
    assert (sums["missed"], sums["spurious"]) == (relaxed.gold - relaxed.tp, relaxed.system - relaxed.tp)
    assert sums["boundary"] == relaxed.tp - strict.tp
    relations = scores.figures["relation"].values()
    assert sums["relation"] == sum(count.gold + count.system - 2 * count.tp for count in relations)
    for group in ("value", "code"):
        assert sums[group] == sum(count.gold - count.tp for count in scores.figures[group].values())


@with_shared
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_gold_written_and_read_again_is_the_gold(tmp_path: Path, folder: str) -> None:
    gold = brat.read_folder(SHARED / folder)
    for name, mentions in gold.items():
        brat.write(mentions, brat.read_text(SHARED / folder / f"{name}.txt"), tmp_path, name)
    scores = assert_agrees(SHARED / folder, tmp_path)
    assert scores.errors == ()
    assert scores.count("strict") == scores.count("relaxed") == scores.count("partial")


def _entity(one: Mention) -> dict[str, str | int]:
    """A mention in nervaluate's form, whose ends are inclusive."""
    return {"label": one.type, "start": one.start, "end": one.end - 1}


def test_nervaluates_own_strict_figures_agree_where_mentions_of_a_type_do_not_overlap() -> None:
    from nervaluate import Evaluator

    chance = random.Random(3)
    sides = [{str(note): random_mentions(chance, overlapping=False) for note in range(300)} for _ in range(2)]
    scores = score(*sides)
    entities = [[[_entity(one) for one in mentions] for mentions in side.values()] for side in sides]
    found = Evaluator(*entities, tags=list(TYPES), loader="dict").evaluate()["entities"]
    for name in TYPES:
        strict = found[name]["strict"]
        assert (strict.correct, strict.actual) == (scores.count("strict", name).tp, scores.count("strict", name).system)


ES = "Psoriasis. MTX."
GOLD = "T1\tDIAGNOSIS 0 9\tPsoriasis\nT2\tDRUG 11 14\tMTX\n#1\tAnnotatorNotes T2\tINN:methotrexate\n"


def folder(path: Path, notes: Mapping[str, str], text: str | None = ES) -> Path:
    """A folder of brat files."""
    path.mkdir(parents=True)
    for name, ann in notes.items():
        (path / f"{name}.ann").write_text(ann)
        if text is not None:
            (path / f"{name}.txt").write_text(text)
    return path


def test_gold_is_annotated_where_no_system_is_given(tmp_path: Path) -> None:
    one, two = folder(tmp_path / "es", {"1": GOLD, "2": ""}), folder(tmp_path / "en", {"1": GOLD}, "Psoriasis; MTX!")
    asked: list[dict[str, str]] = []

    def annotate(notes: dict[str, str]) -> dict[str, list[Mention]]:
        asked.append(notes)
        return {name: [drug(0, 11, 14, "methotrexate")] for name in notes if name != "es/2"}

    scores = evaluation.evaluate([one, two], annotate=annotate)
    assert asked == [{"es/1": ES, "es/2": ES, "en/1": "Psoriasis; MTX!"}]
    assert (scores.documents, scores.count("strict")) == (3, Count(2, 2, 4))
    evaluation.evaluate(one, annotate=annotate)
    assert asked[1] == {"1": ES, "2": ES}


@pytest.mark.parametrize("inner", ["", "gold"])
def test_a_system_folder_or_its_subfolder(tmp_path: Path, inner: str) -> None:
    gold = folder(tmp_path / "gold", {"1": GOLD})
    notes = {"1": GOLD.replace("methotrexate", "Methotrexate"), "other": "T1\tDRUG 0 3\tMTX\n"}
    folder(tmp_path / "system" / inner, notes, None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        scores = evaluation.evaluate(gold, tmp_path / "system")
    assert (scores.documents, scores.errors) == (1, ())


def test_two_gold_folders_against_a_subfolder_each(tmp_path: Path) -> None:
    golds = [folder(tmp_path / name, {"1": GOLD}) for name in ("es", "en")]
    folder(tmp_path / "system" / "es", {"1": GOLD}, None)
    folder(tmp_path / "system" / "en", {"1": ""}, None)
    scores = evaluation.evaluate(golds, tmp_path / "system")
    assert scores.count("strict") == Count(2, 2, 4)
    assert {error.document for error in scores.errors} == {"en/1"}


def test_names_that_our_writer_encodes_match_plain_ones(tmp_path: Path) -> None:
    gold = folder(tmp_path / "gold", {"nota 1": GOLD})
    (tmp_path / "system").mkdir()
    brat.write(brat.read(gold / "nota 1.ann"), ES, tmp_path / "system", "nota 1")
    assert evaluation.evaluate(gold, tmp_path / "system").errors == ()


def test_another_text_is_warned_of(tmp_path: Path) -> None:
    gold = folder(tmp_path / "gold", {"1": GOLD, "2": GOLD})
    other = folder(tmp_path / "system", {"1": ""}, ES + "\n")
    with pytest.warns(BratWarning) as raised:
        evaluation.evaluate(gold, other)
    assert [str(each.message) for each in raised] == [
        f"1 notes of '{gold}' are not in '{other}' and count as empty; the first is '2'.",
        f"1 notes have another text in '{other}' than in '{gold}': check the offsets; the first is '1'.",
    ]


Make = Callable[[Path], tuple[Any, Any]]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda path: (path / "no", None), "No gold folder '{0}/no'. There is no such folder"),
        (lambda path: (Path(__file__), None), "It is a file"),
        (lambda path: ([], None), "No gold folder. Give at least one"),
        (lambda path: (folder(path / "no", {}), None), "No .ann files in the gold folder '{0}/no'; it has 0 .txt"),
        (lambda path: (folder(path / "gold", {"1": GOLD}), path / "no"), "No system folder '{0}/no'."),
        (
            lambda path: (folder(path / "gold", {"1": GOLD}), folder(path / "system", {"2": GOLD})),
            "No .ann file in '{0}/system' has the name of one in '{0}/gold' (such as '1.ann').",
        ),
        (lambda path: (folder(path / "gold", {"1": GOLD}, None), None), "No '1.txt' beside '1.ann' in '{0}/gold'."),
        (
            lambda path: ([folder(path / each / "gold", {"1": GOLD}) for each in "ab"], None),
            "Two gold folders are called 'gold'.",
        ),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, make: Make, message: str) -> None:
    gold, system = make(tmp_path)
    with pytest.raises(InputError) as raised:
        evaluation.evaluate(gold, system, lambda notes: {})
    assert message.format(tmp_path) in str(raised.value)


def shown(scores: Scores, by_type: bool = False) -> list[str]:
    console = Console(width=90, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(report.table(scores, by_type))
    return [line.strip("│┃ ") for line in console.export_text().splitlines() if line[:1] in "│┃"]


def test_the_table() -> None:
    gold = [drug(0, 0, 5, "methotrexate", negated=True)]
    scores = scored(gold, [drug(0, 0, 4, "methotrexate"), diagnosis(1, 8, 9, "L40.0")])
    assert [" ".join(line.replace("│", " ").replace("┃", " ").split()) for line in shown(scores, by_type=True)] == [
        "P R F1 tp system gold",
        "strict spans 0.000 0.000 0.000 0 2 1",
        "relaxed spans 0.500 1.000 0.667 1 2 1",
        "partial spans 0.250 0.500 0.333 0.5 2 1",
        "strict DIAGNOSIS 0.000 – 0.000 0 1 0",
        "strict DRUG 0.000 0.000 0.000 0 1 1",
        "relaxed DIAGNOSIS 0.000 – 0.000 0 1 0",
        "relaxed DRUG 1.000 1.000 1.000 1 1 1",
        "partial DIAGNOSIS 0.000 – 0.000 0 1 0",
        "partial DRUG 0.500 0.500 0.500 0.5 1 1",
        "Negated – 0.000 0.000 0 0 1",
        "Uncertain – – – 0 0 0",
        "Historical – – – 0 0 0",
        "Family – – – 0 0 0",
        "Adverse_event – – – 0 0 0",
        "Drug_attribute – – – 0 0 0",
        "code of DRUG (INN) 1.000 1.000 1.000 1 1 1",
        "document: diagnoses 0.000 – 0.000 0 1 0",
        "document: drugs 0.000 – 0.000 0 1 0",
        "document: adverse event – – – 0 0 0",
    ]
    assert len(shown(scores)) == 14


ERRORS = (Error("value", "es/1", "SCORE", 0, 9, 'gold PASI 12, found "none"'), Error("missed", "2", "DRUG", 11, 14))


def test_errors_as_csv(tmp_path: Path) -> None:
    assert report.to_csv(ERRORS, tmp_path / "errors.csv", {"es/1": "Psoriasis,\nsí", "3": "x"}) == 2
    with open(tmp_path / "errors.csv", newline="", encoding="utf-8") as file:
        assert list(csv.reader(file)) == [
            ["document", "kind", "type", "start", "end", "text", "detail"],
            ["es/1", "value", "SCORE", "0", "9", "Psoriasis", 'gold PASI 12, found "none"'],
            ["2", "missed", "DRUG", "11", "14", "", ""],
        ]


def test_figures_as_json(tmp_path: Path) -> None:
    report.to_json(scored([drug(0, 0, 5)], []), tmp_path / "scores.json")
    content = json.loads((tmp_path / "scores.json").read_text(), parse_constant=pytest.fail)
    assert (content["documents"], content["errors"]) == (1, 1)
    missed = {"precision": None, "recall": 0.0, "f1": 0.0, "tp": 0, "system": 0, "gold": 1}
    assert content["strict"] == {"ALL": missed, "DRUG": missed}
    assert list(content)[2:] == list(scoring.GROUPS)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> tuple[int, str, str]:
    """The command's exit code, output and errors, with an annotator that finds every MTX."""
    module = types.ModuleType("dermnlp.annotation")

    def annotate_texts(notes: dict[str, str], language: str = "auto", **_: object) -> dict[str, list[Mention]]:
        print("annotated", *notes, language)
        places = {name: text.index("MTX") for name, text in notes.items()}
        return {name: [drug(0, place, place + 3, "methotrexate")] for name, place in places.items()}

    module.annotate_texts = annotate_texts  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "dermnlp.annotation", module)
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("TERM", "dumb")
    app = typer.Typer()
    app.command()(command)
    found = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert found.exception is None or isinstance(found.exception, SystemExit)
    return found.exit_code, found.stdout, found.stderr


def test_command_annotates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = folder(tmp_path / "gold", {"1": GOLD})
    files = (tmp_path / "errors.csv", tmp_path / "scores.json")
    code, out, err = run(monkeypatch, gold, "--lang", "es", "--errors", files[0], "--json", files[1])
    assert (code, err) == (0, "")
    assert out.startswith("annotated 1 es\n")
    assert "system: dermnlp" in out and f"1 errors in {files[0]}" in out and "strict DRUG" not in out
    assert files[0].read_text() == "document,kind,type,start,end,text,detail\n1,missed,DIAGNOSIS,0,9,Psoriasis,\n"
    assert json.loads(files[1].read_text())["strict"]["ALL"]["recall"] == 0.5


@pytest.mark.parametrize(
    "text, compared",
    [
        pytest.param(None, True, id="a system's folder without texts"),
        pytest.param(ES, True, id="with the same texts"),
        pytest.param("MTX", False, id="another gold folder whose notes have the same names"),
    ],
)
def test_command_with_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None, compared: bool
) -> None:
    gold, other = folder(tmp_path / "gold", {"1": GOLD}), folder(tmp_path / "other", {"1": ""}, text)
    code, out, _ = run(monkeypatch, gold, other, "--by-type")
    assert code == 0
    assert (f"system: {other}" in out, "annotated gold/1 other/1 auto" in out) == (compared, not compared)
    assert "strict DRUG" in out


def test_command_with_a_system_option_warns_of_missing_notes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gold = folder(tmp_path / "gold", {"1": GOLD, "2": ""})
    code, out, err = run(monkeypatch, gold, "--system", folder(tmp_path / "system", {"1": GOLD}))
    assert code == 0 and "annotated" not in out
    assert err.startswith("Warning: 1 notes of ") and len(err.splitlines()) == 1


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["no"], "Error: No gold folder 'no'."),
        (["bare"], "Error: No .ann files in the gold folder 'bare'"),
        (["gold", "--system", "no"], "Error: No system folder 'no'."),
        (["gold", "--system", "other"], "Error: No .ann file in 'other' has the name of one in 'gold'"),
        (["gold", "no"], "Error: No gold folder 'no'."),
        (["gold", "other"], "Error: No '2.txt' beside '2.ann' in 'other'."),
        (["broken"], "Error: 1.ann, line 1: not a line of brat standoff."),
        (["gold", "--errors", "no/errors.csv"], "Error: No folder 'no' for 'errors.csv'."),
    ],
)
def test_command_says_what_is_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    folder(Path("gold"), {"1": GOLD})
    folder(Path("bare"), {})
    folder(Path("other"), {"2": GOLD}, None)
    folder(Path("broken"), {"1": "T1 Psoriasis"})
    code, out, err = run(monkeypatch, *arguments)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert err.startswith(message) and "Psoriasis" not in err


def test_command_help_has_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    code, out, _ = run(monkeypatch, "--help")
    assert code == 0
    assert "Example: dermnlp evaluate my-gold/ --errors errors.csv --by-type" in out
    assert "auto|es|en" in out and "GOLD... [SYSTEM]" in out
