"""How a cue is meant: denied, planned, bound to a condition, for a while only."""

from __future__ import annotations

from dermnlp.relations.anchors import ARROWS
from dermnlp.relations.reading import Reading, Spot

MODAL = frozenset({"planned", "refused", "contraindicated"})
DENIED = {"stopped": "continued", "held": "continued", "reduced": "continued", "switched": "continued", "increased": "continued", "continued": "stopped"}
FUTURE = frozenset({"later", "would"})
GAP, AFTER = 3, 8
TALK = frozenset({"planned", "started", "continued"})


class Modality:
    """Reads what stands around the cues of a note."""

    def __init__(self, reading: Reading, spots: list[Spot]) -> None:
        self.reading, self.spots, self.words = reading, spots, reading.vocabulary

    def merged(self) -> list[Spot]:
        """The cues, those that only lead to the next one taken into it: "valorar suspender" plans a stop."""
        kept: list[Spot] = []
        for spot in self.spots:
            before = kept[-1] if kept else None
            if before and self._leads(before, spot):
                kept.pop()
                spot.start = before.start
                if before.kind in MODAL:
                    spot.kind = "continued" if (before.kind == "refused" and spot.event == "stopped") else before.kind
                    spot.form = before.form if before.form in FUTURE else "now"
                elif before.event == "held" and spot.event == "started":
                    spot.kind = "planned"
                else:
                    spot.kind = spot.kind if spot.kind in MODAL else spot.event
            elif before and self._shares(before, spot):
                spot.kind = before.kind
                spot.form = before.form
            kept.append(spot)
        return kept

    def _leads(self, one: Spot, two: Spot) -> bool:
        """Whether a cue governs the verb right after it."""
        if two.first - one.last > GAP + 1 or one.sides.isdisjoint({"before", "lead"}):
            return False
        if two.form != "now" and two.sides.isdisjoint({"before", "both", "beside"}):
            return False
        if one.event not in MODAL and two.form == "past":
            return False
        between = range(one.last + 1, two.first)
        return all(self.reading.fills(token) and self.reading.forms[token].isalnum() for token in between)

    def _shares(self, one: Spot, two: Spot) -> bool:
        """Whether a verb is coordinated with a planned one ("valorar suspender MTX e iniciar adalimumab")."""
        reading = self.reading
        if one.kind != "planned" or one.event == "planned" or two.form != "base" or reading.bounds(one.first) != reading.bounds(two.first):
            return False
        return reading.joins(two.first - 1)

    def kind(self, spot: Spot) -> str:
        """The event that a cue says in its place; '' for none."""
        kind = spot.kind
        if self._denied(spot):
            return "" if spot.form == "state" and kind == "continued" else DENIED.get(kind, "")
        if kind in {"refused", "contraindicated", "no_adverse_event"}:
            return kind
        if spot.form != "past" and self._bound(spot):
            return "conditional"
        if kind == "planned" or spot.form in FUTURE:
            return spot.event if self._decided(spot) else "planned"
        if self._asked(spot):
            return "planned"
        if kind == "stopped" and spot.form != "state" and self._for_a_while(spot):
            return "held"
        return kind

    def _decided(self, spot: Spot) -> bool:
        """Whether a future tells what is done at this visit: it has no later time."""
        if spot.event == "planned" or spot.form not in FUTURE:
            return False
        if spot.event == "continued" or self._said("now", *self.reading.bounds(spot.first)):
            return True
        return spot.form == "later" and not self._postponed(spot)

    def _postponed(self, spot: Spot) -> bool:
        """Whether the sentence of a future names a later time: a date after the verb, or words for one."""
        low, high = self.reading.bounds(spot.first)
        if any(self.words.begins("later", self.reading.forms, token) and token not in self.reading.cover for token in range(low, high)):
            return True
        if any(spot.last < first < high for first, _, _ in self.reading.dates):
            return True
        return spot.event in {"started", "restarted"} and self._said("thereafter", spot.last + 1, high)

    def _denied(self, spot: Spot) -> bool:
        """Whether a negation governs a cue, with only small words between."""
        return self.negated(spot.start, spot)

    def negated(self, at: int, spot: Spot | None = None) -> bool:
        """Whether a negation stands right before a token."""
        reading, low = self.reading, self.reading.bounds(at)[0]
        for token in range(at, max(low, at - GAP - 1), -1):
            length = self.words.ends("negator", reading.forms, token)
            if length and token - length >= low:
                if spot is not None:
                    spot.start = token - length
                return True
            if reading.target(token - 1) >= 0 or not reading.fills(token - 1) or not reading.forms[token - 1].isalpha():
                return False
        return False

    def _bound(self, spot: Spot) -> bool:
        """Whether a condition stands before a cue in its sentence, or right after its treatments."""
        if self.conditioned(spot.first):
            return True
        last = max([spot.last, *(self.reading.at[i][-1] for i in spot.run if i >= 0)])
        return self._condition_after(last) > 0 or (spot.last != last and self._condition_after(spot.last) > 0)

    def conditioned(self, at: int) -> bool:
        """Whether a condition stands before a token in its sentence."""
        return self._condition_before(at) is not None

    def _condition_before(self, at: int) -> tuple[int, int] | None:
        """The words of the last condition before a token in its sentence."""
        reading = self.reading
        heads, low = self.words.heads["condition"], reading.bounds(at)[0]
        if not reading.conditioned(low, at):
            return None
        for token in range(at - 1, low - 1, -1):
            if reading.forms[token] == ";":
                return None
            if reading.forms[token] not in heads:
                continue
            length = self.words.begins("condition", reading.forms, token)
            covered = reading.cover.get(token)
            if length and not self._certain(token) and (covered is None or covered.type == "FREQUENCY"):
                return token, token + length - 1
        return None

    def _certain(self, token: int) -> bool:
        """Whether the words of a condition are none here ("si bien", "pregunta si")."""
        return any(self.words.begins("certain", self.reading.forms, start) for start in range(max(0, token - 2), token + 1))

    def _condition_after(self, last: int) -> int:
        """The number of words of a condition that stands right after a token, doses and dates passed over."""
        reading, end = self.reading, self.reading.bounds(last)[1]
        token = last + 1
        if not reading.conditioned(token, end):
            return 0
        while token < end:
            length = self.words.begins("condition", reading.forms, token)
            if length and not self._certain(token):
                return length
            if not reading.fills(token) or reading.forms[token] in {":", "."}:
                return 0
            token += 1
        return 0

    def condition_of(self, target: int) -> tuple[int, int] | None:
        """The words of the condition that alone governs a treatment: before it up to a comma, or right after it."""
        reading, span = self.reading, self.reading.at[target]
        after = self._condition_after(span[-1])
        if after:
            first = next(t for t in range(span[-1] + 1, len(reading.forms)) if self.words.begins("condition", reading.forms, t))
            return first, first + after - 1
        words = self._condition_before(span[0])
        if not words:
            return None
        cut = [t for t in range(words[1], span[0]) if reading.forms[t] in {",", ":"} | ARROWS]
        between = range(cut[-1] + 1, span[0]) if cut else range(0)
        joined = cut and (all(reading.fills(t) or self.words.begins("joiner", reading.forms, t) or reading.target(t) >= 0 for t in between))
        return words if joined else None

    def _asked(self, spot: Spot) -> bool:
        """Whether the sentence of a cue is a question."""
        reading = self.reading
        low, high = reading.bounds(spot.first)
        return spot.form != "past" and (reading.forms[high - 1] == "?" or "¿" in reading.forms[low : spot.first])

    def _for_a_while(self, spot: Spot) -> bool:
        """Whether a stop is only for a time."""
        reading, low = self.reading, self.reading.bounds(spot.first)[0]
        last = max([spot.last, *(reading.at[i][-1] for i in spot.run)])
        end = min(last + AFTER, reading.bounds(spot.first)[1])
        for token in range(max(low, spot.start - 2), end):
            if token in range(spot.last + 1, end) and any(s.first == token and not s.used and s is not spot for s in self.spots):
                return False
            length = self.words.begins("temporary", reading.forms, token)
            dated = any(first - 1 <= token + length <= end_ for first, end_, _ in reading.dates) or reading.is_year(min(token + length, len(reading.forms) - 1))
            if length and not dated and reading.forms[token] != ",":
                return True
        return spot.forward and not self.words.begins("final", reading.forms, spot.first) and self._counted(last + 1, end)

    def _counted(self, token: int, end: int) -> bool:
        """Whether a number of days, weeks or months follows a treatment and its dose: for how long it is not given."""
        reading = self.reading
        while token < end and (token in reading.cover or reading.forms[token] == "x"):
            token += 1
        if token + 1 >= end or token in reading.dated or not reading.forms[token].isdigit():
            return False
        length = self.words.begins("unit", reading.forms, token + 1)
        return length > 0 and not self.words.begins("distance", reading.forms, token + 1 + length)

    def of_another(self, spot: Spot) -> bool:
        """Whether a relative is the subject of a cue ("his wife uses …"), and the treatment isn't the patient's."""
        reading, low = self.reading, self.reading.bounds(spot.first)[0]
        token = spot.start
        while token > low and token > spot.start - GAP and not self.words.ends("person", reading.forms, token) and reading.fills(token - 1):
            token -= 1
        if not spot.forward or not self.words.ends("person", reading.forms, token):
            return False
        return not self._said("patient", spot.last + 1, reading.at[spot.anchor][0])

    def informs(self, spot: Spot, target: int) -> bool:
        """Whether a note only speaks about a treatment ("side effects of … were discussed")."""
        return spot.event in TALK and bool(self.words.ends("about", self.reading.forms, self.reading.at[target][0]))

    def present(self, spot: Spot) -> bool:
        """Whether an event belongs to this visit: told in the present, or dated today."""
        return spot.form in {"now", "base", "noun"} or self._said("now", *self.reading.bounds(spot.first))

    def _said(self, part: str, low: int, high: int) -> bool:
        """Whether words of a part stand in the tokens [low, high)."""
        return self.words.said(part, self.reading.forms, low, high)

    def plain(self, low: int, high: int) -> bool:
        """Whether no other cue stands in the tokens [low, high)."""
        return not any(low <= spot.first < high and not spot.used for spot in self.spots)
