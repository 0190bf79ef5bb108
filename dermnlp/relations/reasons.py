"""Why a treatment was stopped: the words that say it, in the clause of the event or up to two sentences away."""

from __future__ import annotations

from dataclasses import dataclass

from dermnlp.extensions import Found
from dermnlp.phrases import Hit
from dermnlp.relations.event_rows import Reason
from dermnlp.relations.reading import ILLS, Reading, Spot

NEAR = 6
OWNS = frozenset({"patient_decision", "access_or_cost", "non_adherence"})
STRONG = frozenset({"(", "-", "–", ":", "→", "["})
SIGNS = frozenset({"(", "-", "–", ":", ",", "→", ">", "[", "|", "."})


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason, and the tokens [first, last] that say it."""

    kind: str
    first: int
    last: int


class Reasons:
    """The reasons that a note names."""

    def __init__(self, reading: Reading, hits: list[Hit[Reason]], codes: tuple[tuple[str, str], ...], spots: list[Spot]) -> None:
        self.reading, self.codes, self.spots = reading, codes, spots
        self.hits = sorted(hits, key=lambda hit: (hit[0], -hit[1]))

    def after(self, low: int, high: int, *, bare: bool, refused: bool = False) -> Ground | None:
        """The first reason in the tokens [low, high) after an event; `bare` when a sign alone may stand before it. What a patient fears is no adverse event."""
        grounds = [ground for ground in self._grounds(low, high) if ground.kind == "unknown" or self._led(ground.first, low, bare)]
        others = [ground for ground in grounds if (ground.kind == "patient_decision") == refused]
        found = min(others or grounds, key=lambda ground: (ground.first, -ground.last), default=None)
        return self._cleared(found, grounds) if found else None

    def _cleared(self, found: Ground, grounds: list[Ground]) -> Ground:
        """The remission of an ill that is named before it ("urticaria in remission")."""
        after = [ground for ground in grounds if found.kind == "adverse_event" and ground.kind == "remission" and 0 < ground.first - found.last <= 2]
        return after[0] if after and not self._phrase(found) else found

    def before(self, low: int, high: int, *, forced: bool = False) -> Ground | None:
        """The last reason in the tokens [low, high) that leads to an event; any one if it is `forced`."""
        grounds = [g for g in self._grounds(low, high) if forced or self._phrase(g) or self._led(g.first, low, False) or self._leads(g.last, high)]
        return max(grounds, key=lambda ground: (ground.last, -ground.first), default=None)

    def earlier(self, low: int, high: int) -> Ground | None:
        """The reason in the part of a sentence before a semicolon."""
        grounds = [ground for ground in self._grounds(low, high) if self._phrase(ground) or ground.kind != "adverse_event" or self._dosed(ground.last + 1, high)]
        return max(grounds, key=lambda ground: ground.first, default=None)

    def _dosed(self, at: int, high: int) -> bool:
        """Whether an ill is said to have come with each dose."""
        reading = self.reading
        for start in range(at, min(at + 2, high)):
            length = reading.vocabulary.begins("with", reading.forms, start)
            if length and any(reading.vocabulary.begins("dosing", reading.forms, token) for token in range(start + length, min(start + length + 3, high))):
                return True
        return False

    def of_sentence(self, low: int, high: int, names: set[str], *, later: bool, kinds: frozenset[str]) -> Ground | None:
        """The reason that another sentence gives: words for one, what a treatment of these concepts did, or before the event an ill of some kinds."""
        grounds = list(self._grounds(low, high))
        strong = [g for g in grounds if (self._phrase(g) and (not later or g.first < low + 3)) or self._with(g.last + 1, high, names) or self._dosed(g.last + 1, high) or (not later and g.kind in kinds) or self._opens(g.first, low)]
        return max(strong, key=lambda ground: ground.first, default=None)

    def _phrase(self, ground: Ground) -> bool:
        """Whether a reason is words of the lexicon rather than a mention."""
        mention = self.reading.cover.get(ground.first)
        return mention is None or mention.type not in ILLS

    def _grounds(self, low: int, high: int) -> list[Ground]:
        """The phrases and the ills in the tokens [low, high)."""
        reading = self.reading
        found, reach = [], -1
        for first, last, reason in self.hits:
            inside = low <= first and last < high and first > reach
            if inside and reading.target(first) < 0 and not self._inside_ill(first, last):
                found.append(Ground(reason.kind, first, last))
                reach = last
        taken = {token for ground in found for token in range(ground.first, ground.last + 1)}
        token = low
        while token < high:
            mention = reading.cover.get(token)
            if mention is not None and mention.type in ILLS:
                span = reading.tokens(mention)
                if taken.isdisjoint(span) and not self._denied(mention) and not mention.family:
                    found.append(Ground(self.kind(mention), span[0], self._listed(span[-1], high)))
                token = span[-1]
            token += 1
        return found

    def _denied(self, mention: Found) -> bool:
        """Whether an ill is denied by other words than those of an event."""
        reading = self.reading
        said = [(reading.starts[spot.start], reading.end(spot.last)) for spot in self.spots]
        cues = [cue for cue in mention.cues if cue.attribute == "Negated"]
        return mention.negated and not (cues and all(any(cue.start < end and start < cue.end for start, end in said) for cue in cues))

    def own(self, first: int, last: int) -> Ground | None:
        """The reason that the words of an event say by themselves ("self-discontinued")."""
        inside = [(begins, ends, reason.kind) for begins, ends, reason in self.hits if begins <= last and first <= ends and reason.kind in OWNS]
        return Ground(inside[0][2], *inside[0][:2]) if inside else None

    def _inside_ill(self, first: int, last: int) -> bool:
        """Whether words lie inside a longer mention of an ill."""
        mention = self.reading.cover.get(first)
        return mention is not None and mention.type in ILLS and len(self.reading.tokens(mention)) > last - first + 1

    def _listed(self, last: int, high: int) -> int:
        """The last token of the ills that are listed with the one that ends here."""
        reading = self.reading
        while last + 2 < high and reading.vocabulary.begins("joiner", reading.forms, last + 1) == 1 and reading.forms[last + 1] != ",":
            mention = reading.cover.get(last + 2)
            if mention is None or mention.type not in ILLS or mention.negated:
                break
            last = reading.tokens(mention)[-1]
        return last

    def kind(self, mention: Found) -> str:
        """The reason that an ill is: an infection or pregnancy by its code, else an adverse event."""
        code = mention.codes.get("ICD10CM", "") if mention.codes else ""
        return next((kind for prefix, kind in self.codes if code and code.startswith(prefix)), "adverse_event")

    def _led(self, first: int, low: int, bare: bool) -> bool:
        """Whether a connector, or right before it a sign, leads to a reason."""
        reading, words = self.reading, self.reading.vocabulary
        if words.begins("connector", reading.forms, first):
            return True
        if bare and (first == low or (first - 1 >= low - 1 and reading.raw[first - 1] in SIGNS)):
            return True
        for token in range(first, max(low - 1, first - NEAR), -1):
            if bare and token > low - 1 and reading.raw[token - 1] in STRONG:
                return True
            if reading.target(token) >= 0 or (token < first and reading.forms[token] == ";"):
                return False
            length = words.ends("connector", reading.forms, token) or (bare and words.ends("effect", reading.forms, token))
            if length and token - length >= low - 1:
                return True
        return False

    def _leads(self, last: int, high: int) -> bool:
        """Whether after an ill a word of consequence, or what it came with, leads to the event."""
        reading, words = self.reading, self.reading.vocabulary
        for token in range(last + 1, high):
            if words.begins("consequence", reading.forms, token):
                return True
        return bool(words.begins("with", reading.forms, last + 1)) and any(reading.target(token) >= 0 for token in range(last + 2, min(last + 6, high)))

    def _with(self, at: int, high: int, names: set[str]) -> bool:
        """Whether an ill is said to have come with a treatment ("náuseas con metotrexato")."""
        reading = self.reading
        for start in range(at, min(at + 3, high)):
            length = reading.vocabulary.begins("with", reading.forms, start)
            nearby = [reading.target(token) for token in range(start + length, min(start + length + 4, high))] if length else []
            if any(number >= 0 and reading.targets[number].concept in names for number in nearby):
                return True
        return False

    def _opens(self, first: int, low: int) -> bool:
        """Whether a sentence begins with a connector or an effect before its ill ("Motivo: …", "It caused …")."""
        reading, words = self.reading, self.reading.vocabulary
        for at in (low, low + 1):
            length = words.begins("connector", reading.forms, at) or words.begins("effect", reading.forms, at)
            if length and first - (at + length) <= 3:
                return True
        return False
