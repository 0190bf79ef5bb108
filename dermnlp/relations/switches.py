"""Switches: from which treatment to which."""

from __future__ import annotations

from dermnlp.relations.anchors import ARROWS, Anchors
from dermnlp.relations.drafts import Draft
from dermnlp.relations.reading import Reading, Spot

TOWARD, REVERSED = "cue_toward", "cue_reversed"
GAP = 6


class Switches:
    """Finds the old and the new treatment of cues of switching, and of arrows between treatments."""

    def __init__(self, reading: Reading, anchors: Anchors) -> None:
        self.reading, self.anchors = reading, anchors

    def set(self, spot: Spot) -> None:
        """Give a cue its run: the old treatment (or -1) and the new one (or -1); unused when it has neither."""
        right, left = self.anchors.right(spot), self.anchors.left(spot)
        old = new = -1
        first = right[0] if right and right[1] <= 3 else -1
        if left and right and self._replaces(spot, left, right):
            spot.run, spot.anchor, spot.forward = [right[0], left[0]], right[0], True
            return
        if first >= 0 and self._toward(spot, first):
            old, new = self._old(spot, left, first), first
        elif first >= 0 and not self._only_toward(spot):
            old, new = first, self._second(first)
            if self._changes_dose(first) and new < 0:
                spot.kind = "continued"
            elif new < 0 and (not right or right[1] or spot.form == "noun"):
                old = -1
            if any(rule.part == REVERSED for rule in spot.rules) and new >= 0:
                old, new = new, old
        elif first < 0 and left and spot.form == "past" and left[1] <= 4 and self.anchors.free(spot, strict=True):
            old = left[0]
        spot.run, spot.anchor = [old, new], old if old >= 0 else new
        spot.forward = spot.anchor >= 0 and self.reading.at[spot.anchor][0] > spot.last
        spot.used = spot.anchor < 0

    def _replaces(self, spot: Spot, left: tuple[int, int], right: tuple[int, int]) -> bool:
        """Whether the new treatment is the subject of a verb and the old one its object ("B replaces A")."""
        words, between = self.reading.vocabulary, range(spot.last + 1, self.reading.at[right[0]][0])
        named = any(rule.name.endswith(":switched.replaces") for rule in spot.rules) and not words.ends("passive", self.reading.forms, spot.start)
        if not named or any(words.begins("toward", self.reading.forms, token) for token in between):
            return False
        beside = self.reading.at[left[0]][-1] + 1 >= spot.start - 1 and not left[1] and not right[1]
        return beside and self.reading.forms[spot.start - 1] != "," and self._second(right[0]) < 0

    def _only_toward(self, spot: Spot) -> bool:
        """Whether a cue needs the word that leads to the new treatment ("paso a")."""
        reading = self.reading
        return any(rule.part == TOWARD for rule in spot.rules) and not reading.vocabulary.begins("from", reading.forms, spot.last + 1)

    def _toward(self, spot: Spot, target: int) -> bool:
        """Whether the words between a cue and a treatment lead to a new one, and not from an old one."""
        reading = self.reading
        tokens = range(spot.last + 1, reading.at[target][0])
        for token in reversed(tokens):
            if reading.vocabulary.begins("toward", reading.forms, token):
                return True
        said = any(reading.vocabulary.begins("toward", reading.forms, token) for token in range(spot.first + 1, spot.last + 1))
        return said and not any(reading.vocabulary.begins("from", reading.forms, token) for token in tokens)

    def _old(self, spot: Spot, left: tuple[int, int] | None, new: int) -> int:
        """The treatment that a new one takes the place of: the last one before the cue, of another name."""
        reading = self.reading
        name = reading.targets[new].concept
        low = reading.bounds(spot.first)[0]
        for index in range(new - 1, -1, -1):
            if reading.at[index][0] < low:
                break
            if reading.at[index][-1] < spot.first and reading.targets[index].concept != name and not reading.targets[index].negated:
                return index
        index = self.anchors.back(spot)
        return index if index >= 0 and reading.targets[index].concept != name else -1

    def _second(self, first: int) -> int:
        """The treatment after the first one that a word or an arrow leads to."""
        reading, second = self.reading, first + 1
        if second >= len(reading.targets):
            return -1
        tokens = range(reading.at[first][-1] + 1, reading.at[second][0])
        if reading.sentence(reading.at[first][0]) != reading.sentence(reading.at[second][0]) or len(tokens) > 4 * GAP:
            return -1
        leads = any(reading.vocabulary.begins("toward", reading.forms, token) or reading.forms[token] in ARROWS for token in tokens)
        unknown = sum(1 for token in tokens if not reading.fills(token) and reading.forms[token].isalnum())
        stops = any(reading.forms[token] in {";", "."} or token in self.anchors.begins for token in tokens)
        return second if leads and not stops and unknown <= GAP else -1

    def _changes_dose(self, target: int) -> bool:
        """Whether a treatment is changed to another dose, route or interval of its own."""
        reading, token = self.reading, self.reading.at[target][-1] + 1
        for at in range(token, min(token + GAP, len(reading.forms) - 1)):
            following = reading.cover.get(at + 1)
            if reading.vocabulary.begins("toward", reading.forms, at) and following is not None and following.type in {"DOSE", "ROUTE", "FREQUENCY"}:
                return True
        return False

    def arrows(self, drafts: list[Draft]) -> None:
        """A switch for each two treatments with an arrow between them."""
        reading = self.reading
        done = {one.target for one in drafts if one.kind == "switched"}
        for one in range(len(reading.targets) - 1):
            at = self._arrow(one, one + 1)
            if at >= 0 and one not in done and reading.targets[one].concept != reading.targets[one + 1].concept:
                low, high = reading.at[one][0], reading.at[one + 1][0]
                drafts.append(Draft("switched", one, at, at, low, high, "relations/treatment_events:arrow", "past", False, other=one + 1))
                drafts[:] = [d for d in drafts if not (d.target == one + 1 and d.kind == "started")]

    def _arrow(self, one: int, two: int) -> int:
        """The token of an arrow between two treatments, with nothing but fillers and brackets besides; else -1."""
        reading, found, depth = self.reading, -1, 0
        first, last = reading.at[one][-1] + 1, reading.at[two][0]
        if last - first > 30 or abs(reading.sentence(first - 1) - reading.sentence(last)) > 1:
            return -1
        for token in range(first, last):
            form = reading.forms[token]
            depth += (form == "(") - (form == ")")
            if depth > 0 or form == ")":
                continue
            if form in ARROWS:
                found = token
            elif not reading.fills(token) and form != ",":
                return -1
        return found
