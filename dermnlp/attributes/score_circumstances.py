"""When a score was taken, and by whom, as the words around it say: "PASI basal 18", "IHS4 9 (Dra. X)"."""

import re
from dataclasses import dataclass

from dermnlp import lexicons
from dermnlp.attributes.patterns import CLOSED, EDGE, STAGE, union
from dermnlp.extensions import Found

MOMENTS, ASSESSORS = "score_moments", "assessors"
ARROW = r"(?:→|-{1,2}>|=>|➔|➜|⇒)"
BASELINE, PREVIOUS, CURRENT = "baseline", "previous", "current"
WRITTEN = (BASELINE, PREVIOUS, "target", CURRENT)
BEHIND = 40
AHEAD = 50
LIST = re.compile(r"[\s,;/]*(?:[ye]\s+|and\s+)?")


@dataclass(slots=True)
class Reading:
    """A score with the place of its value; `lead` is where the words before a further value begin, -1 for the first one.

    `said` is where the words behind it end that say its moment; its moment `spreads` to the scores that follow in a list.
    """

    score: Found
    start: int
    end: int
    lead: int = -1
    said: int = 0
    spreads: bool = False


class Circumstances:
    """Writes the moment and the assessor of scores into their details."""

    def __init__(self, language: str) -> None:
        words = {concept: union(MOMENTS, language, concept) for concept in lexicons.concepts(STAGE, MOMENTS)}
        self.inside = {name: _anywhere(words[name]) for name in (*WRITTEN, "after")}
        leads = {name: f"{words[name]}|{words[f'lead_{name}']}" for name in (PREVIOUS, CURRENT)}
        self.further = {**self.inside, **{name: _anywhere(both) for name, both in leads.items()}}
        small = rf"(?:\s+(?:{words['small']})){{0,3}}"
        signs = {name: r"[\s,(]*" if name == "target" else r"[\s:,(\])]*" for name in (*WRITTEN, "after")}  # "Objetivo:" heads an examination
        self.before = {name: re.compile(rf"{EDGE}(?:{words[name]}){small}{sign}\Z") for name, sign in signs.items()}
        self.behind = {
            name: re.compile(rf"\s*(?:\(\s*(?:{words[name]})\s*\)|(?:{words[name]}){CLOSED}(?!\s*[:,]?\s*[<>]?\d))") for name in (*WRITTEN, "after")
        }
        self.assessors = {concept: _Assessor(language, concept) for concept in lexicons.concepts(STAGE, ASSESSORS) if concept != "lead"}

    def mark(self, folded: str, name: int, readings: list[Reading], before: Reading | None) -> None:
        """The circumstances of the scores of one name, which begins at `name`; `before` is the last score of the name before it."""
        moments = [self._moment(folded, name, reading, before.said if before else 0) for reading in readings]
        first = readings[0]
        if not moments[0] and before and before.spreads and LIST.fullmatch(folded, before.score.end, first.score.start):
            moments[0], first.spreads = before.score.details["moment"], True
        for reading, moment in zip(readings, self._contrasted(folded, readings, moments), strict=True):
            if moment:
                reading.score.details["moment"] = moment
            for concept, assessor in self.assessors.items():
                if assessor.says(folded, reading, name):
                    reading.score.details["assessor"] = concept

    def _moment(self, folded: str, name: int, reading: Reading, said: int) -> str:
        """The moment that the words in, before or behind a score say; "after" for a week of treatment, which one is open."""
        score = reading.score
        aside = _ASIDE.match(folded, reading.lead, reading.start) if reading.lead >= 0 else None
        start = score.start if reading.lead < 0 else aside.end() if aside else reading.lead
        cues = self.inside if reading.lead < 0 else self.further
        inside = _last(cues, folded, start, reading.start)
        if inside:
            return inside
        hits = ((moment, words.match(folded, reading.end, reading.end + AHEAD)) for moment, words in self.behind.items())
        behind, reading.said = next(((moment, hit.end()) for moment, hit in hits if hit), ("", reading.said))
        if behind or reading.lead >= 0:
            return behind
        low = max(said, min(name, score.start) - BEHIND, folded.rfind("\n", 0, score.start) + 1)
        before = next((moment for moment, words in self.before.items() if words.search(folded, low, score.start)), "")
        reading.spreads = before not in ("", "after")
        return before

    def _contrasted(self, folded: str, readings: list[Reading], moments: list[str]) -> list[str]:
        """The moments of one scale's scores, those that nothing says by what the others are."""
        if len(readings) == 1:
            return [CURRENT if moment == "after" else moment for moment in moments]
        arrows = [reading.lead >= 0 and bool(_ARROW.search(folded, reading.lead, reading.start)) for reading in readings]
        bracketed = [_open(folded, readings[0].end, reading.start) > 0 for reading in readings]
        settled = list(moments)
        for position, moment in enumerate(moments):
            last = position == len(moments) - 1
            if moment == "after":
                settled[position] = PREVIOUS if bracketed[position] or {"after", CURRENT} & set(moments[position + 1 :]) else CURRENT
            elif not moment and arrows[position]:
                settled[position] = CURRENT if last or not arrows[position + 1] else PREVIOUS
            elif not moment and bracketed[position]:
                settled[position] = PREVIOUS
        others = {moment for moment in settled if moment}
        open_one = PREVIOUS if CURRENT in others else CURRENT if others else ""
        return [moment or open_one for moment in settled]


class _Assessor:
    """The words for one who assesses, and where they stand."""

    def __init__(self, language: str, concept: str) -> None:
        words, lead = union(ASSESSORS, language, concept), union(ASSESSORS, language, "lead")
        self.inside = _anywhere(words)
        self.before = re.compile(rf"{EDGE}(?:{words})\s*-?\s*(?:{lead})?\s*\Z")
        self.behind = re.compile(rf"\s*(?:\(\s*(?:{words})(?=[\s.)][^()]{{0,30}}\))|[(,]?\s*(?:{lead})\s+(?:[^\W\d_]+\s+){{0,3}}?(?:{words}){CLOSED})")

    def says(self, folded: str, reading: Reading, name: int) -> bool:
        """Whether the words stand in the score, right before its name, or behind its value."""
        score = reading.score
        if self.behind.match(folded, reading.end, reading.end + AHEAD):
            return True
        if reading.lead >= 0:
            return False
        low = max(0, score.start - BEHIND)
        return bool(self.inside.search(folded, score.start, reading.start) or self.before.search(folded, low, score.start))


_ASIDE = re.compile(r"\s*\([^()\n]*\)")
_ARROW = re.compile(ARROW)


def _open(folded: str, start: int, end: int) -> int:
    """How many brackets are opened and not closed between two characters."""
    return folded.count("(", start, end) - folded.count(")", start, end)


def _last(cues: dict[str, re.Pattern[str]], folded: str, start: int, end: int) -> str:
    """The moment whose words stand last in [start, end), the longer ones first; '' when there are none."""
    hits = [(match.end(), -match.start(), moment) for moment, words in cues.items() for match in words.finditer(folded, start, end)]
    return max(hits)[2] if hits else ""


def _anywhere(words: str) -> re.Pattern[str]:
    return re.compile(rf"{EDGE}(?:{words}){CLOSED}")
