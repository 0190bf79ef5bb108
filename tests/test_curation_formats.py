"""Other people's vocabularies come in with every line read or refused with its reason, and what goes out comes back the same."""

from __future__ import annotations

import csv
import importlib.metadata
import json
import shutil
from pathlib import Path

import pytest
from command import invoke
from conftest import CONCEPTS, TERMS
from spacy.language import Language

import dermnlp
from dermnlp import data, lexicons
from dermnlp.curation import folders, formats
from dermnlp.curation.checks import own_faults
from dermnlp.curation.formats import Imported, Request, medspacy, negspacy, tabular
from dermnlp.curation.formats.entries import Entry, Refused
from dermnlp.curation.formats.ground import form_of
from dermnlp.curation.formats.patterns import literals
from dermnlp.mentions import from_doc

DATA = Path(__file__).parent / "data" / "formats"
OURS = {
    "concepts": CONCEPTS + "psoriasis,DIAGNOSIS,psoriasis,L40.9,,140168,,\nitch,FINDING,itch,,,,,\nmethotrexate,DRUG,,,methotrexate,,,\n",
    "es": TERMS + "psoriasis,psoriasis,,\npicor,itch,,\nmetotrexato,methotrexate,,\n",
    "en": TERMS + "psoriasis,psoriasis,,\nitch,itch,,\nmethotrexate,methotrexate,,\nMTX,methotrexate,exact,\n",
}


@pytest.fixture
def small(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lexicons of ours with three concepts, so that an import takes milliseconds."""
    real = data.room
    room = tmp_path_factory.mktemp("small") / "lexicons"
    shutil.copytree(real("lexicons"), room, ignore=lambda folder, names: [name for name in names if name in ("entities", "senses")])
    (room / "senses").mkdir()
    (room / "entities/skin").mkdir(parents=True)
    for stem, text in OURS.items():
        (room / f"entities/skin/{stem}.csv").write_text(text, encoding="utf-8")
    for topic in ("relations", "language/words", "language/endings"):
        shutil.rmtree(room / topic)
    (room / "senses/none").mkdir()
    for stem, text in {"concepts": "concept,mode,window\nnone.x,needs,note\n", "es": "term,concept\nx,none.x\n", "en": "term,concept\ny,none.x\n"}.items():
        (room / f"senses/none/{stem}.csv").write_text(text)
    monkeypatch.setattr("dermnlp.data.room", lambda name: room if name == "lexicons" else real(name))
    return room


def load(source: object, directory: Path, request: Request, format: str = "") -> Imported:
    """Import into a directory, which then has no fault."""
    found = formats.load(str(source), directory, request, format)
    directory.mkdir(exist_ok=True)
    folders.write(directory, found.topics)
    assert not found.topics or own_faults([directory]) == []
    return found


def rows(directory: Path, name: str) -> list[tuple[str, ...]]:
    """The rows of a file of a directory, without empty cells at their end."""
    with (directory / name).open(encoding="utf-8", newline="") as lines:
        return [tuple(",".join(row).rstrip(",").split(",")) for row in list(csv.reader(lines))[1:]]


def reasons(found: Imported) -> dict[int, str]:
    return {one.place: one.reason for one in found.refused}


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_with_semicolons_in_latin_1(small: Path, tmp_path: Path) -> None:
    table = written(
        tmp_path / "t.csv",
        "Código;Término;CIE10;Tipo\n"
        "PSO;Zórbita  ungueal;L409;DIAGNOSIS\n"
        "PSO;zorbitas ungueales;L40.9;DIAGNOSIS\n"
        "XX;Enfermedad de Zorbita;L99.99;DIAGNOSIS\n"
        "YY;Prurito zorbítico;;Hallazgo\n"
        "ZZ;psoriasis;L40.9;DIAGNOSIS\n"
        "psoriasis;psoriasis;;DIAGNOSIS\n"
        "psoriasis;psoriasis en zorbas;;DIAGNOSIS\n"
        "A1;ZRB;L40.9;DIAGNOSIS\n"
        "psoriasis;zorba;;DRUG\n"
        "A2;...;;DIAGNOSIS\n"
        "A3;zorbumab;;DRUG\n",
        "latin-1",
    )
    columns = {"term": "Término", "concept": "Código", "icd10cm": "CIE10", "type": "Tipo"}
    found = load(table, tmp_path / "mine", Request(language="es", columns=columns, types={"Hallazgo": "FINDING"}, topic="own"))
    assert rows(tmp_path / "mine", "entities/own/concepts.csv") == [("pso", "DIAGNOSIS", "", "L40.9"), ("yy", "FINDING"), ("a1", "DIAGNOSIS", "", "L40.9")]
    assert rows(tmp_path / "mine", "entities/own/es.csv") == [("Zórbita ungueal", "pso"), ("Prurito zorbítico", "yy"), ("ZRB", "a1", "exact")]
    assert rows(tmp_path / "mine", "entities/skin/es.csv") == [("psoriasis en zorbas", "psoriasis")]
    assert (found.known, found.repeated) == (1, 1)
    assert sorted(reasons(found)) == [4, 6, 10, 11, 12]
    assert reasons(found)[4] == "has the unknown ICD-10-CM code 'L99.99'. Did you mean 'L99'?"
    assert reasons(found)[6] == "takes the term from entities/skin/es.csv, line 2, where it means 'psoriasis'."
    assert reasons(found)[10] == "gives the concept 'psoriasis' the type DRUG; in entities/skin it is DIAGNOSIS"
    assert reasons(found)[11] == "has no letter and no digit, and would match punctuation"
    assert reasons(found)[12].startswith("has no inn.")


def test_a_table_names_its_languages(small: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "t.tsv", "term\tconcept\tlanguage\ttype\nzorb\tzorb\tEnglish\tFINDING\nzorba\tzorb\tespañol\tFINDING\nzorbe\tzorb\tfr\tFINDING\n")
    found = load(table, tmp_path / "mine", Request(topic="own"))
    assert {lang: [row["term"] for row in terms] for lang, terms in found.topics[0].terms.items()} == {"en": ["zorb"], "es": ["zorba"]}
    assert reasons(found) == {4: "has the language 'fr'. There are: en, es."}


def test_a_table_means_its_own_by_source(small: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", "term,type,source\nzorb,FINDING,hpo\nzorbs of skin,FINDING,SNOMED\n")
    found = load(table, tmp_path / "mine", Request(language="en", topic="own"))
    assert [row.get("source", "") for row in found.topics[0].concepts] == ["hpo", ""]
    assert found.refused == []


def test_a_list_under_one_concept_or_each_its_own(small: Path, tmp_path: Path) -> None:
    terms = written(tmp_path / "dry.txt", "# dry\nzorba seca\n\n  zorba   áspera \nzorbas secas\npicor\n")
    one = load(terms, tmp_path / "one", Request(language="es", concept="itch", topic="own"))
    assert rows(tmp_path / "one", "entities/skin/es.csv") == [("zorba seca", "itch"), ("zorba áspera", "itch")]
    assert (one.concepts, one.known, one.repeated) == (0, 1, 1)
    own = load(terms, tmp_path / "own", Request(language="es", type="FINDING"))
    assert [row["concept"] for row in own.topics[0].concepts] == ["zorba_seca", "zorba_aspera"]
    assert own.topics[0].name == "dry"


def test_what_is_imported_twice_is_known(small: Path, tmp_path: Path) -> None:
    terms = written(tmp_path / "dry.txt", "zorba seca\nzorba áspera\n")
    load(terms, tmp_path / "mine", Request(language="es", type="FINDING"))
    again = load(terms, tmp_path / "mine", Request(language="es", type="FINDING"))
    assert (again.topics, again.known, again.refused) == ([], 2, [])


def test_a_topic_before_ours_in_the_alphabet_beats_no_row_of_ours(small: Path, tmp_path: Path) -> None:
    found = load(written(tmp_path / "aaa.txt", "mtx\nzorba\n"), tmp_path / "mine", Request(language="en", type="DIAGNOSIS"))
    assert [row["term"] for row in found.topics[0].terms["en"]] == ["zorba"]
    assert reasons(found) == {1: "takes the term from entities/skin/en.csv, line 5, where it means 'methotrexate'."}
    drugs = written(tmp_path / "aaa.csv", "term,type,inn\nmtx,DRUG,zorb\nzorba,DRUG,zorb\n")
    found = load(drugs, tmp_path / "other", Request(language="en"))
    assert reasons(found) == {
        2: "takes the term from entities/skin/en.csv, line 5, where it means 'methotrexate'."
    }


def test_a_term_that_gives_way_is_told(small: Path, tmp_path: Path) -> None:
    found = load(written(tmp_path / "zzz.txt", "psoriasis\n"), tmp_path / "mine", Request(language="en", type="FINDING", concept="zorb"))
    assert [one.term for one in found.yielding] == ["psoriasis"]
    assert found.yielding[0].reason.startswith("gives way: entities/skin/en.csv, line 2 makes the same words a DIAGNOSIS")


def test_context_rules(small: Path, tmp_path: Path) -> None:
    found = load(DATA / "context_rules.json", tmp_path / "mine", Request(language="en"))
    assert rows(tmp_path / "mine", "context/negation/concepts.csv") == [("negation.after.reach_2.diagnosis_finding", "after", "2", "DIAGNOSIS;FINDING")]
    assert rows(tmp_path / "mine", "context/negation/en.csv") == [("zorbless of", "negation.before"), ("zorbed off", "negation.after.reach_2.diagnosis_finding")]
    family = {(term, f"experiencer.{side}") for term in ("zorbs", "zorbs kin", "zorbed", "zorbed kin") for side in ("before", "after")}
    assert set(rows(tmp_path / "mine", "context/experiencer/en.csv")) == family
    assert rows(tmp_path / "mine", "context/temporality/en.csv") == [("zorb zorb", "temporality.stop")]
    assert found.known == 1
    assert reasons(found) == {
        6: "has a regular expression as its pattern, and ours are literals",
        7: "has a pattern that asks for IS_DIGIT of a token, and not for its letters",
        8: "has a pattern that repeats a token (+)",
        9: "has the category 'CERTAIN'. Known are: NEGATED_EXISTENCE, POSSIBLE_EXISTENCE, UNCERTAIN, HYPOTHETICAL, CONDITIONAL, HISTORICAL, FAMILY",
        10: "has max_targets, and a cue of ours reaches every mention in its scope",
        11: "is restricted to types of which 'CAR' is none of ours",
    }


def test_target_rules(small: Path, tmp_path: Path) -> None:
    found = load(DATA / "target_rules.json", tmp_path / "mine", Request(language="en", topic="own"))
    assert rows(tmp_path / "mine", "entities/own/concepts.csv") == [("zorbitis", "DIAGNOSIS", "", "L40.9"), ("zorbumab", "DRUG", "", "", "zorbumab")]
    assert rows(tmp_path / "mine", "entities/own/en.csv") == [("zorbitis", "zorbitis"), ("zorbumab", "zorbumab"), ("ZRB", "zorbitis", "exact")]
    assert reasons(found)[4].startswith("has no inn.")
    assert reasons(found)[5] == "has the category 'CAR', which is no type of ours. Give --map 'CAR=DIAGNOSIS' or another type"


def test_section_rules(small: Path, tmp_path: Path) -> None:
    found = load(DATA / "section_rules.json", tmp_path / "mine", Request(language="en"))
    assert rows(tmp_path / "mine", "sections/headers/en.csv") == [("ZORB ALLERGIES", "allergies"), ("Zorb signature", "signature")]
    assert rows(tmp_path / "mine", "sections/headers/concepts.csv") == [("signature", "Signature")]
    assert found.known == 1
    assert reasons(found) == {4: "is already a header of the section 'plan'. Switch that one off (Plan,-) in your sections/headers"}


@pytest.mark.parametrize(
    "pattern, found, reason",
    [
        ([{"LOWER": "no"}, {"LOWER": {"IN": ["a", "b"]}}, {"LOWER": "c", "OP": "?"}], ["no a c", "no a", "no b c", "no b"], ""),
        ([{"LOWER": "does"}, {"LOWER": {"IN": ["not", "n't"]}}], ["does not", "doesn't"], ""),
        ([{"LOWER": "a", "OP": "?"}], ["a"], ""),
        ([{"LEMMA": "be"}], [], "asks for LEMMA of a token, and not for its letters"),
        ([{"LOWER": {"REGEX": "a+"}}], [], "asks for LOWER by REGEX, and not for letters"),
        ([{}], [], "asks for any token of a token, and not for its letters"),
        ([{"LOWER": {"IN": list("abcdef")}}] * 4, [], "stands for more than 200 literals"),
    ],
)
def test_token_patterns(pattern: list[dict[str, object]], found: list[str], reason: str) -> None:
    assert literals(pattern) == (found, reason)


def medspacy_file(name: str) -> Path:
    """A rule file of the installed medspaCy."""
    try:
        files = importlib.metadata.files("medspacy") or []
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("medspaCy is not installed")
    found = [Path(str(file.locate())) for file in files if str(file) == f"resources/en/{name}"]
    return found[0] if found else pytest.skip(f"this medspaCy has no resources/en/{name}")


@pytest.mark.parametrize("name, kind, least", [("context_rules.json", "context_rules", 95), ("section_patterns.json", "section_rules", 135)])
def test_every_rule_of_medspacy_is_read_or_refused(small: Path, tmp_path: Path, name: str, kind: str, least: int) -> None:
    path = medspacy_file(name)
    every = set(range(1, len(json.loads(path.read_text(encoding="utf-8"))[kind]) + 1))
    found = list(medspacy.read(str(path), Request(language="en")))
    read = {one.place for one in found if isinstance(one, Entry)}
    assert read | {one.place for one in found if isinstance(one, Refused)} == every
    assert len(read) >= least
    assert load(path, tmp_path / "mine", Request(language="en")).terms > 40


@pytest.mark.parametrize("name, language", [("en_clinical_sensitive", "en"), ("es_clinical", "es")])
def test_every_term_of_negspacy_is_read(small: Path, tmp_path: Path, name: str, language: str) -> None:
    termsets = pytest.importorskip("negspacy.termsets", reason="negspaCy is not installed")
    every = [term for terms in termsets.LANGUAGES[name].values() for term in terms]
    found = list(negspacy.read(f"negspacy:{name}", Request()))
    assert [one.term["term"] for one in found if isinstance(one, Entry)] == every
    imported = load(f"negspacy:{name}", tmp_path / "mine", Request())
    assert imported.terms + imported.known + imported.repeated + len(imported.refused) == len(every)
    assert set(imported.topics[0].terms) == {language}
    assert [one.reason for one in imported.second if one.term == "versus"] == ["is a cue of uncertainty too ('uncertainty.versus')"] * (language == "en")


def test_an_imported_cue_negates(tmp_path: Path, nlp_en: Language) -> None:
    load(DATA / "context_rules.json", tmp_path, Request(language="en"))
    own = dermnlp.load("en", exclude=["tagger"], lexicons=[tmp_path])
    said = [[mention.negated for mention in from_doc(nlp("Zorbless of psoriasis."), "n1")] for nlp in (nlp_en, own)]
    assert said == [[False], [True]]


def test_athena(small: Path, tmp_path: Path) -> None:
    found = load(DATA / "athena", tmp_path / "mine", Request(topic="own", domains=("Condition", "Drug")))
    assert rows(tmp_path / "mine", "entities/own/concepts.csv") == [
        ("snomed.111", "DIAGNOSIS", '"Zorbita" of skin', "L40.0", "", "900001"),
        ("rxnorm.555", "DRUG", "zorbumab", "", "zorbumab", "900004"),
    ]
    assert rows(tmp_path / "mine", "entities/own/en.csv") == [('"Zorbita" of skin', "snomed.111"), ("zorbumab", "rxnorm.555")]
    assert rows(tmp_path / "mine", "entities/own/es.csv") == [("zorbita de piel", "snomed.111")]
    assert rows(tmp_path / "mine", "entities/skin/es.csv") == [("psoriasis zorbítica", "psoriasis")]
    assert found.known == 1
    assert reasons(found) == {
        4: "is longer than 8 words or 80 characters, and would never stand in a note",
        5: "is one word of at most 3 letters, and would match too much",
    }


@pytest.mark.parametrize(
    "request_, terms",
    [
        (Request(language="es"), {"es": 2}),
        (Request(vocabularies=("SNOMED",), language="en"), {"en": 1}),
        (Request(domains=("Drug",)), {"en": 1}),
    ],
)
def test_athena_filters(small: Path, tmp_path: Path, request_: Request, terms: dict[str, int]) -> None:
    found = load(DATA / "athena", tmp_path / "mine", request_)
    counts: dict[str, int] = {}
    for topic in found.topics:
        for language, added in topic.terms.items():
            counts[language] = counts.get(language, 0) + len(added)
    assert counts == terms


def test_a_download_that_is_none(small: Path, tmp_path: Path) -> None:
    with pytest.raises(lexicons.LexiconError, match="holds no CONCEPT.csv. Give the folder into which the ATHENA download was unpacked."):
        formats.load(str(tmp_path), tmp_path / "mine", Request(), "athena")
    shutil.copy(DATA / "athena" / "CONCEPT.csv", tmp_path)
    with pytest.raises(lexicons.LexiconError, match="holds no CONCEPT_SYNONYM.csv, where terms in 'es' would be"):
        formats.load(str(tmp_path), tmp_path / "mine", Request(language="es"))
    with pytest.raises(lexicons.LexiconError, match="The domain 'Conditions' has no type of ours.*Did you mean 'Condition'?"):
        formats.load(str(tmp_path), tmp_path / "mine", Request(domains=("Conditions",)))
    with pytest.raises(lexicons.LexiconError, match=r"passes the filter.*there are: Condition \(SNOMED\)"):
        formats.load(str(tmp_path), tmp_path / "mine", Request(domains=("Procedure",)))
    with (tmp_path / "CONCEPT.csv").open("a") as lines:
        lines.write("900009\tzorb\tof skin\tCondition\n")
    found = formats.load(str(tmp_path), tmp_path / "mine", Request())
    assert reasons(found) == {7: "has 4 fields where the header has 10"}


def test_names_that_are_the_same_in_both_languages(small: Path, tmp_path: Path) -> None:
    table = written(tmp_path / "t.csv", "term,language,type\nzorb,en,FINDING\nzorb,es,FINDING\n")
    found = load(table, tmp_path / "mine", Request())
    assert sorted(found.topics[0].terms) == ["en", "es"]
    assert reasons(found) == {}


def test_a_directory_that_is_none_of_lexicons(small: Path, tmp_path: Path) -> None:
    terms = written(tmp_path / "t.txt", "zorb\n")
    for directory in (terms, tmp_path):
        with pytest.raises(lexicons.LexiconError, match="Stages are|is no directory"):
            formats.load(str(terms), directory, Request(language="en", type="FINDING"))


def test_medspacy_reads_what_goes_out(small: Path, tmp_path: Path) -> None:
    context, sections, targets = (
        pytest.importorskip(f"medspacy.{name}", reason="medspaCy is not installed") for name in ("context", "section_detection", "target_matcher")
    )
    formats.export(tmp_path / "o.json", "medspacy", Request(language="en"))
    path = str(tmp_path / "o.json")
    read = [rule.from_json(path) for rule in (targets.TargetRule, context.ConTextRule, sections.SectionRule)]
    assert [len(rules) for rules in read][0] == 4 and all(read)


def test_a_directory_like_ours(small: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    files = {
        "entities/own/concepts.csv": CONCEPTS + "zorb,DIAGNOSIS,zorb,L40.0,,,,\n",
        "entities/own/es.csv": TERMS + "zorba,zorb,,\npsoriasis,-,,\n",
        "entities/skin/concepts.csv": CONCEPTS + "itch,FINDING,itching,,,,,\n",
        "context/negation/es.csv": "term,concept,match\nzorba de,negation.before,\nsin,negation.before,\n",
    }
    for name, text in files.items():
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        (theirs / name).write_text(text, encoding="utf-8")
    found = load(theirs, tmp_path / "mine", Request())
    assert (found.format, found.known, found.refused) == ("dermnlp", 1, [])
    assert rows(tmp_path / "mine", "entities/own/es.csv") == [("zorba", "zorb"), ("psoriasis", "-")]
    assert rows(tmp_path / "mine", "entities/skin/concepts.csv") == [("itch", "FINDING", "itching")]
    assert rows(tmp_path / "mine", "context/negation/es.csv") == [("zorba de", "negation.before")]
    assert load(theirs, tmp_path / "mine", Request()).topics == []


@pytest.mark.parametrize("format, name", [("csv", "o.csv"), ("medspacy", "o.json"), ("athena", "o"), ("dermnlp", "o"), ("list", "o.txt")])
def test_what_goes_out_comes_back(small: Path, tmp_path: Path, format: str, name: str) -> None:
    mine = tmp_path / "mine"
    table = "term,concept,language,type,icd10cm,inn,match\nzorb,zorb,en,DIAGNOSIS,L40.0,,\nzorbs-x 2,zorb,en,DIAGNOSIS,L40.0,,exact\nzorbumab,zorbumab,en,DRUG,,zorbumab,\n"
    load(written(tmp_path / "t.csv", table), mine, Request(topic="own"))
    concept = "zorb" if format == "list" else ""
    assert formats.export(tmp_path / name, format, Request(language="en", concept=concept), [mine], ["own"]) == (2 if concept else 3)
    again = load(tmp_path / name, tmp_path / "again", Request(language="en", concept=concept, type="DIAGNOSIS" if concept else "", topic="own", domains=("Condition", "Drug")), format)
    first, second = ({(row["term"], row["concept"]) for row in lexicons.read(room / "entities/own/en.csv")} for room in (mine, tmp_path / "again"))
    assert second == {pair for pair in first if concept in ("", pair[1])}
    assert again.refused == []


def test_a_table_loses_no_cell_of_ours(tmp_path: Path) -> None:
    """Every English row of every topic goes out into a table and is read again as it was."""
    english = Request(language="en")
    formats.export(tmp_path / "o.csv", "csv", english)
    back = [one for one in tabular.read(str(tmp_path / "o.csv"), english) if isinstance(one, Entry)]
    for one, ours in zip(back, formats.entries(english, set(), set()), strict=True):
        assert (one.stage, one.topic, one.language) == (ours.stage, ours.topic, ours.language)
        assert [filled(one.concept), filled(one.term)] == [filled(ours.concept), filled(ours.term)]


def filled(cells: lexicons.Row) -> lexicons.Row:
    """The cells that hold something."""
    return {column: value for column, value in cells.items() if value}


@pytest.mark.parametrize("format", ["medspacy", "negspacy"])
def test_cues_that_go_out_come_back(small: Path, tmp_path: Path, format: str) -> None:
    """Ours go out, and into a room that has none of them."""
    out = [(_side(row["concept"]), form_of("es", row["term"])) for row in lexicons.terms("context", "negation", "es")]
    formats.export(tmp_path / "o.json", format, Request(language="es"), topics=["negation"])
    (small / "context/negation/es.csv").write_text("term,concept,match\n", encoding="utf-8")
    found = formats.load(str(tmp_path / "o.json"), tmp_path / "mine", Request(language="es"))
    back = [(_side(row["concept"]), form_of("es", row["term"])) for row in found.topics[0].terms["es"]]
    assert set(back) == set(out)
    assert (len(back) + found.repeated, found.refused) == (len(out), [])


def _side(key: str) -> str:
    return lexicons.concepts("context", "negation")[key]["direction"]


@pytest.mark.parametrize(
    "arguments, code, message",
    [
        (["t.csv", "--format", "csvv"], 2, "No format 'csvv'. There are: csv, list, medspacy, negspacy, athena, dermnlp. Did you mean 'csv'?"),
        (["t.csv", "--language", "es"], 2, "has no column 'term'. There are: Termino, Codigo."),
        (["t.csv", "--language", "es", "--column", "trem=Termino"], 2, "No field 'trem'."),
        (["t.csv", "--column", "term=Termino"], 2, "Give --language es or en."),
        (["t.cvs", "--language", "es"], 2, "In '.' there are: t.csv, t.xyz. Did you mean 't.csv'?"),
        (["t.xyz"], 2, "Can't tell the format of 't.xyz'. Give --format: csv,"),
        (["t.csv", "--type", "DIAGNOSE"], 2, "Did you mean 'DIAGNOSIS'?"),
        (["negspacy:xx"], 2, "No termset 'xx' in negspaCy. There are: en,"),
        (["t.csv", "--language", "es", "--column", "term=Termino", "--column", "concept=Codigo"], 3, "Refused: 1."),
        (["t.csv", "--language", "es", "--column", "term=Termino", "--type", "FINDING", "--dry-run"], 0, "Would add to mine (read as csv): 1 concept, 1 term."),
        (["t.csv", "--language", "es", "--column", "term=Termino", "--type", "FINDING"], 0, "Added to mine (read as csv): 1 concept, 1 term."),
    ],
)
def test_the_command(small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], code: int, message: str) -> None:
    if "negspacy:xx" in arguments:
        pytest.importorskip("negspacy.termsets", reason="negspaCy is not installed")
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "t.csv", "Termino;Codigo\nzorba;Z1\n")
    written(tmp_path / "t.xyz", "zorba\n")
    result = invoke("lexicons", "import", *arguments, "--to", "mine", "--refused", "refused.csv")
    assert message in " ".join(result.output.split())
    assert result.exit_code == code
    assert (tmp_path / "mine").is_dir() == (code == 0 and "--dry-run" not in arguments)
    if code == 3:
        assert (tmp_path / "refused.csv").read_text().splitlines()[1].startswith("t.csv,2,zorba,\"has the type ''.")


def test_export_of_nothing(small: Path, tmp_path: Path) -> None:
    result = invoke("lexicons", "export", "--format", "negspacy", "--language", "es", "--topic", "skin", "--out", str(tmp_path / "o.json"))
    assert (result.exit_code, result.output.strip()) == (3, "Error: Nothing of what was asked for has a place in 'negspacy'.")
    result = invoke("lexicons", "export", "--format", "csv", "--topic", "skinn", "--out", str(tmp_path / "o.csv"))
    assert result.exit_code == 2 and "Did you mean 'skin'?" in result.output
