"""Context: cues of negation, uncertainty, temporality and experiencer, with ENTITY for any mention."""

from __future__ import annotations

import pytest
from spacy.language import Language

from dermnlp.mentions import Cue, from_doc

Attributes = tuple[str, ...]
N, U, H, F = ("Negated",), ("Uncertain",), ("Historical",), ("Family",)
NONE: Attributes = ()


def known(reason: str) -> pytest.MarkDecorator:
    """A known failure; the row fails the build when it passes."""
    return pytest.mark.xfail(strict=True, reason=reason)


DENIES_THAT = known("'que' stops the negation of 'niega que'")
INSIDE = known("a cue that begins inside a mention ('si brote' is a FREQUENCY too) is not read")
INCOMPATIBLE = known("'not consistent with' is no cue of negation")
DIAGNOSED = known("the year of a diagnosis is read as the end of the disease")
PAST = known("'Past' of the header is read as a cue")


def attributes(nlp: Language, text: str) -> list[Attributes]:
    """The attributes of each ENT... word of the text, in its order."""
    return [m.attributes for m in from_doc(nlp(text), "n1") if m.text.startswith("ENT")]


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "No refiere ENTITY ni fiebre.", [N]),
        ("es", "Sin cambios en la ENTITY.", [NONE]),
        ("es", "Niega fiebre, pero refiere ENTITY.", [NONE]),
        ("es", "no ENTITY no ENTFINDING", [N, N]),
        ("es", "Sin ENTITY, ENTFINDING ni ENTITY.", [N, N, N]),
        ("es", "Niega ENTITY.", [N]),
        ("es", "Confundida con ENTITY.", [N]),
        pytest.param("es", "Niega que haya tenido ENTITY.", [N], marks=DENIES_THAT),
        ("es", "ENTFINDING (-)", [N]),
        ("es", "Suspendemos ENTDRUG y pautamos ENTDRUG.", [NONE, NONE]),
        ("es", "No hay ENTITY pbo ENTFINDING", [N, NONE]),
        ("es", "Ausencia de ENTFINDING.", [N]),
        ("es", "Falta de ENTFINDING.", [N]),
        ("es", "Tampoco ENTITY.", [N]),
        ("es", "Se ha descartado ENTITY.", [N]),
        ("es", "ENTITY descartada.", [N]),
        ("es", "ENTFINDING negativo.", [N]),
        ("es", "ENTITY: no.", [N]),
        ("es", "No se descarta ENTITY.", [U]),
        ("es", "Placas similares a ENTITY.", [U]),
        ("es", "No solo ENTITY.", [NONE]),
        ("es", "No aumento de ENTFINDING.", [NONE]),
        ("es", "Gram negativo. ENTITY.", [NONE]),
        ("es", "No ENTITY, sin embargo ENTFINDING.", [N, NONE]),
        ("es", "No ENTITY, aunque ENTFINDING.", [N, NONE]),
        ("es", "Sin lesiones excepto ENTFINDING.", [NONE]),
        ("es", "Sin lesiones salvo ENTFINDING.", [NONE]),
        ("es", "Sin lesiones aparte de ENTFINDING.", [NONE]),
        ("es", "Sin fiebre, secundario a ENTITY.", [NONE]),
        ("es", "No ENTFINDING. ENTITY.", [N, NONE]),
        ("es", "No refiere fiebre.\nENTITY", [NONE]),
        ("es", "ENTITY sin ENTFINDING", [NONE, N]),
        ("es", "SIN ENTITY", [N]),
        ("es", "Nunca ha tomado ENTDRUG.", [N]),
        ("es", "No tolera ENTDRUG.", [NONE]),
        ("es", "No mejora con ENTDRUG.", [NONE]),
        ("es", "Se suspende ENTDRUG.", [NONE]),
        ("es", "Retirada de ENTDRUG por ENTFINDING.", [NONE, NONE]),
        ("es", "Evitar ENTDRUG.", [N]),
        ("es", "No tomar ENTDRUG.", [N]),
        ("es", "ENTDRUG contraindicado.", [N]),
        ("es", "Rechaza ENTDRUG.", [N]),
        ("es", "No se realiza ENTPROCEDURE.", [N]),
        ("en", "Denies ENTITY or fever.", [N]),
        ("en", "No change in ENTITY.", [NONE]),
        ("en", "Denies fever but reports ENTITY.", [NONE]),
        ("en", "No ENTITY, ENTFINDING or ENTITY.", [N, N, N]),
        ("en", "Without ENTFINDING.", [N]),
        ("en", "Absence of ENTFINDING.", [N]),
        ("en", "Negative for ENTITY.", [N]),
        ("en", "ENTITY was ruled out.", [N]),
        ("en", "No evidence of ENTITY.", [N]),
        ("en", "Misdiagnosed as ENTITY.", [N]),
        ("en", "A papule reminiscent of ENTITY.", [U]),
        ("en", "Never took ENTDRUG.", [N]),
        ("en", "ENTDRUG is contraindicated.", [N]),
        ("en", "Avoid ENTDRUG.", [N]),
        ("en", "Declined ENTDRUG.", [N]),
        ("en", "Not only ENTITY.", [NONE]),
        ("en", "Gram negative rods. ENTITY.", [NONE]),
        ("en", "No ENTITY, however ENTFINDING.", [N, NONE]),
        ("en", "No ENTITY, although ENTFINDING.", [N, NONE]),
        ("en", "No lesions except ENTFINDING.", [NONE]),
        ("en", "No fever secondary to ENTITY.", [NONE]),
        ("en", "No ENTFINDING. ENTITY.", [N, NONE]),
        ("en", "ENTITY without ENTFINDING", [NONE, N]),
        ("en", "NO ENTITY", [N]),
        ("en", "Stop ENTDRUG.", [NONE]),
        ("en", "Not improving on ENTDRUG.", [NONE]),
        ("en", "No ENTFINDING. Switch ENTDRUG to ENTDRUG.", [N, NONE, NONE]),
        ("en", "ENTPROCEDURE was not performed.", [N]),
    ],
)
def test_negation(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Attributes]) -> None:
    assert attributes(nlp_entity[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Probable ENTITY.", [U]),
        ("es", "Posible ENTITY.", [U]),
        ("es", "Compatible con ENTITY.", [U]),
        ("es", "Sospecha de ENTITY.", [U]),
        ("es", "Parece ENTITY.", [U]),
        ("es", "Sugestivo de ENTITY.", [U]),
        ("es", "Probablemente ENTITY.", [U]),
        ("es", "Valorar ENTDRUG.", [U]),
        ("es", "Pudiera tratarse de ENTITY.", [U]),
        ("es", "ENTITY?", [U]),
        ("es", "¿ENTITY?", [U]),
        ("es", "Impresiona de ENTITY.", [U]),
        ("es", "ENTITY vs ENTITY.", [U, U]),
        ("es", "A descartar ENTITY.", [U]),
        ("es", "ENTITY a descartar.", [U]),
        ("es", "Descartar ENTITY.", [U]),
        ("es", "Si ENTFINDING, acudir a urgencias.", [U]),
        pytest.param("es", "Si brote, ENTDRUG.", [U], marks=INSIDE),
        ("es", "Probable ENTITY, pero ENTFINDING confirmado.", [U, NONE]),
        pytest.param("es", "No es compatible con ENTITY.", [N], marks=INCOMPATIBLE),
        ("es", "Confirmada ENTITY.", [NONE]),
        ("en", "Probable ENTITY.", [U]),
        ("en", "Possible ENTITY.", [U]),
        ("en", "Consistent with ENTITY.", [U]),
        ("en", "Suspected ENTITY.", [U]),
        ("en", "Suspicious for ENTITY.", [U]),
        ("en", "Likely ENTITY.", [U]),
        ("en", "Consider ENTDRUG.", [U]),
        ("en", "May be ENTITY.", [U]),
        ("en", "ENTITY?", [U]),
        ("en", "?ENTITY", [U]),
        ("en", "ENTITY vs ENTITY.", [U, U]),
        ("en", "Rule out ENTITY.", [U]),
        ("en", "R/o ENTITY.", [U]),
        ("en", "Cannot rule out ENTITY.", [U]),
        ("en", "If ENTFINDING, call us.", [U]),
        ("en", "If she flares, ENTDRUG.", [U]),
        ("en", "Differential includes ENTITY and ENTITY.", [U, U]),
        pytest.param("en", "Not consistent with ENTITY.", [N], marks=INCOMPATIBLE),
        ("en", "Confirmed ENTITY.", [NONE]),
    ],
)
def test_uncertainty(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Attributes]) -> None:
    assert attributes(nlp_entity[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Previamente tratado con ENTDRUG.", [H]),
        ("es", "Ha llevado ENTDRUG sin respuesta.", [H]),
        ("es", "ENTDRUG en 2015.", [H]),
        ("es", "ENTFINDING ya resuelto.", [H]),
        ("es", "ENTPROCEDURE previa.", [H]),
        ("es", "Se suspende ENTDRUG.", [NONE]),
        pytest.param("es", "Diagnosticado de ENTITY en 2015.", [NONE], marks=DIAGNOSED),
        ("es", "Inicia ENTDRUG.", [NONE]),
        ("es", "En tratamiento con ENTDRUG desde 2019.", [NONE]),
        ("es", "Antecedentes personales: ENTITY.", [NONE]),
        ("es", "Alergias: ENTDRUG.", [H]),
        ("es", "Tratamientos previos: ENTDRUG, ENTDRUG.", [H, H]),
        ("en", "Previously treated with ENTDRUG.", [H]),
        ("en", "Prior ENTDRUG.", [H]),
        ("en", "ENTDRUG in 2015.", [H]),
        ("en", "ENTFINDING has resolved.", [H]),
        ("en", "ENTDRUG was stopped today.", [NONE]),
        pytest.param("en", "Diagnosed with ENTITY in 2015.", [NONE], marks=DIAGNOSED),
        ("en", "Started ENTDRUG.", [NONE]),
        ("en", "On ENTDRUG since 2019.", [NONE]),
        pytest.param("en", "Past medical history: ENTITY.", [NONE], marks=PAST),
        ("en", "PMH: ENTITY.", [NONE]),
        ("en", "Allergies: ENTDRUG.", [H]),
        ("en", "Previous treatments: ENTDRUG, ENTDRUG.", [H, H]),
    ],
)
def test_temporality(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Attributes]) -> None:
    assert attributes(nlp_entity[lang], text) == expected


@pytest.mark.parametrize(
    "lang, text, expected",
    [
        ("es", "Hermana ENTITY.", [F]),
        ("es", "Madre con ENTITY.", [F]),
        ("es", "Abuelo materno ENTITY.", [F]),
        ("es", "Dos hermanos con ENTITY.", [F]),
        ("es", "Padre diagnosticado de ENTITY.", [F]),
        ("es", "Antecedentes familiares de ENTITY.", [F]),
        ("es", "AF: ENTITY.", [F]),
        ("es", "Antecedentes familiares: ENTITY, ENTITY.", [F, F]),
        ("es", "ENTITY en su madre.", [F]),
        ("es", "Madre sin ENTITY.", [("Negated", "Family")]),
        ("es", "Sin antecedentes familiares de ENTITY.", [("Negated", "Family")]),
        ("es", "La madre refiere ENTFINDING.", [NONE]),
        ("es", "Acude con su madre. ENTITY.", [NONE]),
        ("es", "Madre con ENTITY. Paciente con ENTITY.", [F, NONE]),
        ("es", "Derivado por médico de familia por ENTITY.", [NONE]),
        ("en", "Mother has ENTITY.", [F]),
        ("en", "Sister with ENTITY.", [F]),
        ("en", "Family history of ENTITY.", [F]),
        ("en", "FHx: ENTITY.", [F]),
        ("en", "ENTITY in her mother.", [F]),
        ("en", "Mother does not have ENTITY.", [("Negated", "Family")]),
        ("en", "No family history of ENTITY.", [("Negated", "Family")]),
        ("en", "Mother reports ENTFINDING.", [NONE]),
        ("en", "Mother has ENTITY. Patient has ENTITY.", [F, NONE]),
        ("en", "Referred by family doctor for ENTITY.", [NONE]),
    ],
)
def test_experiencer(nlp_entity: dict[str, Language], lang: str, text: str, expected: list[Attributes]) -> None:
    assert attributes(nlp_entity[lang], text) == expected


@pytest.mark.parametrize("lang, text", [("es", "Sin BSA 15% ni codos."), ("en", "No BSA 15% on elbows.")])
def test_scores_and_sites_take_no_attribute(nlp: dict[str, Language], lang: str, text: str) -> None:
    assert {m.attributes for m in from_doc(nlp[lang](text), "n1") if m.type in ("SCORE", "BODY_SITE")} == {()}


@pytest.mark.parametrize(
    "lang, text, cues",
    [
        ("es", "Niega ENTITY.", (Cue("Negated", "context/negation:negation.before", 0, 5),)),
        ("en", "Denies ENTITY.", (Cue("Negated", "context/negation:negation.before", 0, 6),)),
        ("es", "AF: ENTITY", (Cue("Family", "sections/headers:family_history", 0, 3),)),
        ("en", "FH: ENTITY", (Cue("Family", "sections/headers:family_history", 0, 3),)),
    ],
)
def test_a_mention_names_the_cue(nlp_entity: dict[str, Language], lang: str, text: str, cues: tuple[Cue, ...]) -> None:
    assert [m.cues for m in from_doc(nlp_entity[lang](text), "n1") if m.text == "ENTITY"] == [cues]
