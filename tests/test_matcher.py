"""Lexicon matching, sense rules and explained abbreviations: what is a mention and what only looks like one."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import known, parts
from spacy.language import Language

import dermnlp
from dermnlp.mentions import from_doc

Part = tuple[str, str]


SITE_IN_NAME = known("'psoriasis del cuero cabelludo' is a term of its own; the guidelines split it")
SHARED_HEAD = known("a coordination with one shared head is cut at the conjunction")


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Acude a las 10 HS", []),
        ("es", "Ingresó a las 22:30 HS con axilas normales", [("BODY_SITE", "axilas")]),
        ("es", "HS Hurley II en axilas", [("DIAGNOSIS", "HS"), ("SCORE", "Hurley II"), ("BODY_SITE", "axilas")]),
        ("en", "HS of the axillae with abscesses", [("DIAGNOSIS", "HS"), ("BODY_SITE", "axillae"), ("DIAGNOSIS", "abscesses")]),
        ("es", "DA grave en flexuras, prurito", [("DIAGNOSIS", "DA"), ("BODY_SITE", "flexuras"), ("FINDING", "prurito")]),
        ("es", "IAM, lesión severa en DA y CX", [("DIAGNOSIS", "IAM"), ("BODY_SITE", "DA"), ("BODY_SITE", "CX")]),
        ("es", "MTX 15 mg semanal", [("DRUG", "MTX"), ("DOSE", "15 mg"), ("FREQUENCY", "semanal")]),
        ("en", "MTX 15 mg weekly", [("DRUG", "MTX"), ("DOSE", "15 mg"), ("FREQUENCY", "weekly")]),
        ("es", "UC negativo", []),
        ("es", "IgA baja, IgG normal", []),
        ("en", "IgA deficiency ruled out by IgA 200 mg/dL", [("DIAGNOSIS", "IgA deficiency")]),
        ("es", "Derivada por su médico de AP", []),
        ("es", "Se cursa IC a Digestivo", []),
        ("es", "Sin EA", []),
        ("es", "TA 120/80, PA normal", []),
        ("en", "UC on mesalamine", [("DIAGNOSIS", "UC"), ("DRUG", "mesalamine")]),
        ("en", "Urine culture (UC) sent. UC negative.", []),
        ("es", "serologías VHB, VHC y VIH negativas", []),
    ],
)
def test_abbreviations_that_mean_something_else(
    nlp: dict[str, Language], lang: str, text: str, expected: list[Part]
) -> None:
    assert parts(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, absent",
    [
        ("es", "MTX hepáticas y óseas", ("DRUG", "MTX")),
        ("es", "Stent en DA proximal", ("DIAGNOSIS", "DA")),
        ("es", "Cita a las 10 HS", ("DIAGNOSIS", "HS")),
        ("en", "Take 1 tab HS", ("DIAGNOSIS", "HS")),
        ("en", "Hydroxyzine 25 mg at HS", ("DIAGNOSIS", "HS")),
        ("es", "UC: E. coli", ("DIAGNOSIS", "UC")),
        ("en", "Placed on AA diet", ("DIAGNOSIS", "AA")),
        ("es", "Ingresa en La Paz (LP)", ("DIAGNOSIS", "LP")),
    ],
)
def test_a_trap_is_not_the_skin_sense(nlp: dict[str, Language], lang: str, text: str, absent: Part) -> None:
    assert absent not in parts(nlp[lang], text)


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "psoriasis en placas", [("DIAGNOSIS", "psoriasis en placas")]),
        ("es", "PSORIASIS EN PLACAS", [("DIAGNOSIS", "PSORIASIS EN PLACAS")]),
        ("es", "psoriasis\nen placas", [("DIAGNOSIS", "psoriasis\nen placas")]),
        ("es", "psoriasis  vulgar", [("DIAGNOSIS", "psoriasis  vulgar")]),
        ("es", "hidradenitis supurativa", [("DIAGNOSIS", "hidradenitis supurativa")]),
        ("es", "HTA", [("DIAGNOSIS", "HTA")]),
        ("es", "artritis psoriasica", [("DIAGNOSIS", "artritis psoriasica")]),
        ("es", "dermatitis de contacto alérgica", [("DIAGNOSIS", "dermatitis de contacto alérgica")]),
        ("es", "psoriasis ungueal", [("DIAGNOSIS", "psoriasis ungueal")]),
        pytest.param(
            "es",
            "psoriasis del cuero cabelludo",
            [("DIAGNOSIS", "psoriasis"), ("BODY_SITE", "cuero cabelludo")],
            marks=SITE_IN_NAME,
        ),
        ("es", "brote de psoriasis", [("DIAGNOSIS", "psoriasis")]),
        ("es", "enfermedad, lesión, tumor, cuadro, recidiva, efectos adversos", []),
        ("es", "afebril y asintomático", []),
        ("es", "alergia a penicilina", [("DIAGNOSIS", "alergia a penicilina")]),
        ("es", "corticoides tópicos", [("DRUG", "corticoides tópicos")]),
        ("es", "emolientes y antihistamínicos", [("DRUG", "emolientes"), ("DRUG", "antihistamínicos")]),
        ("es", "Daivobet", [("DRUG", "Daivobet")]),
        ("es", "metotrexate, adalinubab, tracolimus", [("DRUG", "metotrexate"), ("DRUG", "adalinubab"), ("DRUG", "tracolimus")]),
        ("es", "fototerapia UVB-BE", [("PROCEDURE", "fototerapia UVB-BE")]),
        ("es", "biopsia cutánea, crioterapia, exéresis", [("PROCEDURE", "biopsia cutánea"), ("PROCEDURE", "crioterapia"), ("PROCEDURE", "exéresis")]),
        ("es", "ambos codos", [("BODY_SITE", "codos")]),
        ("es", "miembros superiores e inferiores", [("BODY_SITE", "miembros superiores e inferiores")]),
        ("es", "hemograma, bioquímica, Quantiferon", []),
        ("en", "plaque psoriasis", [("DIAGNOSIS", "plaque psoriasis")]),
        ("en", "psoriatic arthritis", [("DIAGNOSIS", "psoriatic arthritis")]),
        ("en", "disease, lesion, flare, side effects", []),
        ("en", "afebrile, nontender, asymptomatic", []),
        ("en", "penicillin allergy", [("DIAGNOSIS", "penicillin allergy")]),
        ("en", "elevated LFTs", [("FINDING", "elevated LFTs")]),
        ("en", "topical corticosteroids and emollients", [("DRUG", "topical corticosteroids"), ("DRUG", "emollients")]),
        ("en", "patch testing, X-ray, KOH", [("PROCEDURE", "patch testing"), ("PROCEDURE", "X-ray"), ("PROCEDURE", "KOH")]),
        ("en", "biopsied", [("PROCEDURE", "biopsied")]),
        ("en", "trunk and limbs", [("BODY_SITE", "trunk"), ("BODY_SITE", "limbs")]),
        pytest.param("en", "breast or ovarian cancers", [("DIAGNOSIS", "breast or ovarian cancers")], marks=SHARED_HEAD),
    ],
)
def test_mentions(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert parts(nlp[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, codes",
    [
        ("es", "psoriasis", {"ICD10CM": "L40.9"}),
        ("es", "psoriasis vulgar", {"ICD10CM": "L40.0"}),
        ("es", "psoriasis ungueal", {"ICD10CM": "L40.8"}),
        ("es", "psoriasis invertida", {"ICD10CM": "L40.8"}),
        ("es", "urticaria crónica espontánea", {"ICD10CM": "L50.1"}),
        ("es", "vasculitis urticarial", {"ICD10CM": "L95.8"}),
        ("es", "artritis", {"ICD10CM": "M19.90"}),
        ("es", "dermatitis atópica", {"ICD10CM": "L20.9"}),
        ("es", "hidradenitis supurativa", {"ICD10CM": "L73.2"}),
        ("es", "melanoma", {"ICD10CM": "C43.9"}),
        ("en", "psoriasis", {"ICD10CM": "L40.9"}),
        ("en", "nail psoriasis", {"ICD10CM": "L40.8"}),
        ("en", "inverse psoriasis", {"ICD10CM": "L40.8"}),
        ("en", "chronic spontaneous urticaria", {"ICD10CM": "L50.1"}),
        ("en", "urticarial vasculitis", {"ICD10CM": "L95.8"}),
        ("en", "arthritis", {"ICD10CM": "M19.90"}),
        ("en", "atopic dermatitis", {"ICD10CM": "L20.9"}),
    ],
)
def test_icd_codes(nlp: dict[str, Language], lang: str, text: str, codes: dict[str, str]) -> None:
    assert [m.codes for m in from_doc(nlp[lang](text), "n1")] == [codes]


@pytest.mark.parametrize(
    "lang, text, inn",
    [
        ("es", "metotrexate", "methotrexate"),
        ("es", "Humira", "adalimumab"),
        ("es", "Daivobet", "calcipotriol/betamethasone"),
        ("es", "corticoides tópicos", "class:topical corticosteroids"),
        ("en", "Humira", "adalimumab"),
        ("en", "calcipotriene/betamethasone", "calcipotriol/betamethasone"),
        ("en", "topical steroids", "class:topical corticosteroids"),
    ],
)
def test_ingredients(nlp: dict[str, Language], lang: str, text: str, inn: str) -> None:
    assert [m.codes["INN"] for m in from_doc(nlp[lang](text), "n1")] == [inn]


@pytest.mark.parametrize("lang, text", [("es", "NAMC"), ("es", "No AMC"), ("en", "NKDA")])
def test_no_known_allergies_is_a_negated_diagnosis(nlp: dict[str, Language], lang: str, text: str) -> None:
    found = from_doc(nlp[lang](text), "n1")
    assert [(m.type, m.codes, m.attributes) for m in found] == [("DIAGNOSIS", {"ICD10CM": "Z88.9"}, ("Negated",))]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        (
            "es",
            "Enfermedad de Wilson (EW). La EW es estable.",
            [("Enfermedad de Wilson", "wilson_s_disease"), ("EW", "wilson_s_disease"), ("EW", "wilson_s_disease")],
        ),
        (
            "en",
            "Wilson's disease (WD). The WD is stable.",
            [("Wilson's disease", "wilson_s_disease"), ("WD", "wilson_s_disease"), ("WD", "wilson_s_disease")],
        ),
        ("es", "Atención primaria (AP) y dermatología", []),
    ],
)
def test_a_note_explains_its_abbreviations(nlp: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    assert [(m.text, m.concept) for m in from_doc(nlp[lang](text), "n1")] == expected


CONCEPTS = """concept,type,name,icd10cm,inn,omop,attributes,role
test.short,DIAGNOSIS,short,L40.9,,,,
test.long,DIAGNOSIS,long,L40.0,,,,
test.abbreviation,DIAGNOSIS,abbreviation,L20.9,,,,
test.denied,FINDING,denied,,,,Negated,
"""
TERMS = """term,concept,match,sense
zorbita,test.short,,
zorbita mayor,test.long,,
zorb-x grande,test.long,,
kelvitos exactos,test.short,word,
ZQ,test.abbreviation,exact,test.near
nozorba,test.denied,,
"""


@pytest.fixture(scope="module")
def zorb(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Language]:
    """Pipelines over a lexicon of invented words, one kind of match each."""
    root = tmp_path_factory.mktemp("lexicons")
    for stage, files in {
        "entities": {"concepts": CONCEPTS, "es": TERMS, "en": TERMS},
        "senses": {
            "concepts": "concept,mode,window\ntest.near,needs,before\n",
            "es": "term,concept\n<number> zetas,test.near\n",
            "en": "term,concept\n<number> zetas,test.near\n",
        },
    }.items():
        folder = root / stage / "zorb"
        folder.mkdir(parents=True)
        for name, text in files.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return {lang: dermnlp.load(lang, exclude=["tagger"], lexicons=[Path(root)]) for lang in ("es", "en")}


@pytest.mark.parametrize("lang", ["es", "en"])
@pytest.mark.parametrize(
    "text, expected",
    [
        ("zorbita", [("zorbita", "test.short")]),
        ("ZORBÍTA", [("ZORBÍTA", "test.short")]),
        ("zorbitas", [("zorbitas", "test.short")]),
        ("zorbita mayor", [("zorbita mayor", "test.long")]),
        ("zorbita\nmayor", [("zorbita\nmayor", "test.long")]),
        ("zorbita\n\nmayor", [("zorbita", "test.short")]),
        ("zorb-x grande", [("zorb-x grande", "test.long")]),
        ("zorb x grande", [("zorb x grande", "test.long")]),
        ("kelvitos exactos", [("kelvitos exactos", "test.short")]),
        ("kelvito exacto", []),
        ("zorbitación", []),
        ("ZQ", []),
        ("3 zetas ZQ", [("ZQ", "test.abbreviation")]),
        ("12 zetas zq", []),
        ("ZQ 3 zetas", []),
        ("nozorba", [("nozorba", "test.denied")]),
    ],
)
def test_kinds_of_match(zorb: dict[str, Language], lang: str, text: str, expected: list[Part]) -> None:
    found = [m for m in from_doc(zorb[lang](text), "n1") if m.concept.startswith("test.")]
    assert [(m.text, m.concept) for m in found if m.concept] == expected
    assert [m.negated for m in found] == [concept == "test.denied" for _, concept in expected]
