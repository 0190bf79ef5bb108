"""Which treatment a cue is about: on its right, on its left, or in the sentences before."""

from __future__ import annotations

from dermnlp.relations.reading import ILLS, PLAIN, Reading, Spot

STOPS = frozenset({"stopped", "held", "switched", "refused", "contraindicated", "no_adverse_event", "planned"})
ALONE = frozenset({"stopped", "held", "reduced", "increased", "continued", "restarted"})
UNKNOWN, FAR = 4, 30
BARRIERS = frozenset({";", "(", "|", "[", "?"})
ARROWS = frozenset({"→", ">", "=", "➔", "⇒"})


class Anchors:
    """Finds the treatment of each cue of a note, and those coordinated with it."""

    def __init__(self, reading: Reading, spots: list[Spot]) -> None:
        self.reading, self.spots = reading, spots
        self.begins = {spot.first: spot for spot in spots}

    def set(self, spot: Spot) -> None:
        """Give a cue its treatment; -1 when it has none."""
        sides = spot.sides
        right = self.right(spot)
        if sides == {"lead"} or self._of_an_ill(spot, right):
            return
        left = self.left(spot)
        if "any" in sides:
            self._any(spot, right, left)
        elif "until" in sides:
            self._until(spot, left)
        elif sides == {"beside"}:
            spot.anchor = right[0] if right and not right[1] else -1
        elif sides == {"after"}:
            self._after(spot, right, left)
        elif sides == {"before"}:
            self._before(spot, right, left)
        else:
            self._both(spot, right, left)

    def _of_an_ill(self, spot: Spot, right: tuple[int, int] | None) -> bool:
        """Whether a verb that isn't only said of treatments has a finding as its subject ("itching increased", "náuseas con")."""
        reading, token = self.reading, spot.start - 1
        if spot.event not in {"started", "continued", "increased", "reduced"} or token < reading.bounds(spot.first)[0]:
            return False
        if reading.forms[token].isalpha() and reading.fills(token) and reading.cover.get(token) is None:
            token -= 1
        mention = reading.cover.get(token)
        if mention is None or mention.type not in ILLS:
            return False
        return right is None or spot.sides == {"beside"} or right[1] > 0 or bool(reading.vocabulary.begins("with", reading.forms, spot.last + 1))

    def right(self, spot: Spot) -> tuple[int, int] | None:
        """The first treatment after a cue and the number of words of meaning between them."""
        reading, token, unknown = self.reading, spot.last + 1, 0
        end = reading.bounds(spot.first)[1]
        if not reading.holds(token, end) and self.begins.keys().isdisjoint(range(token, end)):
            return None
        while token < end:
            if reading.target(token) >= 0:
                return reading.target(token), unknown
            mention = reading.cover.get(token)
            if mention is not None and mention.type not in PLAIN:
                if not self._governed(token, spot.last):
                    return None
                token = reading.tokens(mention)[-1] + 1
                continue
            if mention is None and (unknown := unknown + self._weight(spot, token)) > UNKNOWN:
                return None
            token += 1
        return None

    def _governed(self, token: int, last: int) -> bool:
        """Whether a preposition or connector stands before what begins at a token, an article aside."""
        reading, words = self.reading, self.reading.vocabulary
        tokens = [token, token - 1] if token - 1 > last + 1 and reading.fills(token - 1) else [token]
        return any(at > last + 1 and words.ends(part, reading.forms, at) for at in tokens for part in ("connector", "from"))

    def _weight(self, spot: Spot, token: int) -> int:
        """What a token counts between a cue and its drug; more than may stand there when nothing passes it."""
        reading = self.reading
        form = reading.forms[token]
        if token in self.begins:
            other = self.begins[token]
            if other.sides == {"beside"} and token <= spot.last + 2 or other.sides == {"after"} and other.event == spot.event:
                other.used = True
                return 0
            return FAR
        if form in BARRIERS or reading.vocabulary.begins("blocker", reading.forms, token) or form in ARROWS:
            return FAR
        return 0 if reading.fills(token) else 1

    def left(self, spot: Spot) -> tuple[int, int] | None:
        """The last treatment before a cue and the number of words of meaning between them."""
        reading, unknown, comma = self.reading, 0, False
        token, low = spot.start - 1, max(reading.bounds(spot.first)[0], spot.start - FAR)
        if not reading.holds(low, spot.start):
            return None
        while token >= low:
            if reading.target(token) >= 0:
                return reading.target(token), unknown
            mention = reading.cover.get(token)
            if mention is not None and mention.type not in PLAIN:
                subject = not comma and spot.start - token <= 3 and spot.event not in STOPS
                if subject:
                    return None
                token, unknown = reading.tokens(mention)[0] - 1, unknown + 3
                continue
            if reading.forms[token] == ";":
                return None
            comma = comma or reading.forms[token] in {",", "(", ":", "-", ")"}
            if mention is None and not reading.fills(token) and reading.forms[token].isalnum():
                unknown += 1
            token -= 1
        return None

    def free(self, spot: Spot, *, strict: bool) -> bool:
        """Whether a verb has no other object: after it comes the end of its clause, a treatment word, a dose, a date."""
        reading, token = self.reading, spot.last + 1
        end = reading.bounds(spot.first)[1]
        if token >= end:
            return True
        words = reading.vocabulary
        if reading.forms[token] == "to":
            return token + 1 < end and reading.fills(token + 1)
        mention = reading.cover.get(token)
        if mention is not None:
            return mention.type in PLAIN - {"BODY_SITE", "SCORE"}
        if words.begins("other_object", reading.forms, token):
            return False
        if words.begins("article", reading.forms, token) and self._thing(token + 1, end):
            return False
        if words.begins("object", reading.forms, token) or not reading.forms[token].isalnum():
            return not self._other_object(token, end)
        if not strict or reading.fills(token) or words.begins("connector", reading.forms, token):
            return not self._other_object(token, end)
        return token in self.begins

    def _thing(self, token: int, end: int) -> bool:
        """Whether a word names something that is no treatment ("la peluca")."""
        reading = self.reading
        form = reading.forms[token] if token < end else ""
        known = reading.vocabulary.begins("object", reading.forms, token) or reading.fills(token) or token in self.begins
        return form.isalpha() and not known

    def _other_object(self, token: int, end: int) -> bool:
        """Whether an article and then a thing that is no treatment follows ("suspender la lactancia")."""
        reading = self.reading
        if not reading.forms[token].isalpha() or token + 1 >= end or reading.vocabulary.begins("connector", reading.forms, token):
            return False
        following = reading.cover.get(token + 1)
        ill = following is not None and following.type in ILLS and reading.fills(token)
        return ill or bool(reading.vocabulary.begins("other_object", reading.forms, token + 1) and reading.fills(token))

    def back(self, spot: Spot) -> int:
        """The treatment that the two sentences before speak of, -1 if none: one that goes on rather than any other."""
        reading = self.reading
        low = reading.bounds(spot.first)[0]
        beside = [index for index, span in enumerate(reading.at) if low <= span[0] and span[-1] < spot.start]
        if beside:
            return beside[-1]
        for number in reading.near(reading.sentence(spot.first), -1):
            known = [index for index in reading.in_sentence(number) if not (reading.targets[index].negated or reading.targets[index].historical)]
            if known:
                current = [i for i in known if any(s.anchor == i and s.kind in {"continued", "started", "increased"} for s in self.spots)]
                return (current or known)[-1]
        return -1

    def _any(self, spot: Spot, right: tuple[int, int] | None, left: tuple[int, int] | None) -> None:
        """A cue on either side: the treatment beside it, the nearest one of the sentence, or that of the sentences before."""
        if right and not right[1]:
            spot.anchor = right[0]
        elif left or right:
            spot.anchor, spot.forward = (left or right or (-1, 0))[0], not left
        else:
            spot.anchor, spot.forward = self.back(spot), False

    def _until(self, spot: Spot, left: tuple[int, int] | None) -> None:
        """Until when a treatment was given: only with a date."""
        reading, token = self.reading, spot.last + 1
        dated = any(first <= token + 1 and spot.first <= first for first, last, value in reading.dates if first - spot.last <= 2 and last > spot.last - 1)
        beside = left is not None and (left[1] == 0 or spot.event != "continued")
        if left and beside and (dated or (token < len(reading.forms) and reading.is_year(token))) and left[1] <= 3:
            spot.anchor, spot.forward = left[0], False

    def _after(self, spot: Spot, right: tuple[int, int] | None, left: tuple[int, int] | None) -> None:
        """A cue that only stands after its treatment, or for one named before."""
        spot.forward = False
        if any(rule.form == "now" for rule in spot.rules):
            beside = right is not None and not right[1]
            spot.anchor, spot.forward = (right[0], True) if right and beside else (left[0] if left else self.back(spot), False)
        elif not left and spot.event == "refused":
            spot.anchor = self.back(spot)
        elif left and not self._caused(left[0], spot) and left[1] <= (3 if spot.event in {"stopped", "refused", "held"} else 1):
            spot.anchor = left[0]

    def _caused(self, target: int, spot: Spot) -> bool:
        """Whether a reason stands between a treatment and a cue that would be said of it."""
        reading = self.reading
        return reading.vocabulary.said("connector", reading.forms, reading.at[target][-1] + 1, spot.start)

    def _before(self, spot: Spot, right: tuple[int, int] | None, left: tuple[int, int] | None) -> None:
        """A verb before its object; else the object was named before the verb."""
        relative = self._relative(spot)
        if right and not (relative and left):
            spot.anchor = right[0]
            return
        if spot.form == "noun" and spot.event in ALONE and self._of_it(spot):
            spot.anchor, spot.forward = left[0] if left else self.back(spot), False
            return
        if spot.form == "noun" or spot.event in {"planned", "refused", "contraindicated"}:
            if spot.event not in {"planned", "refused", "contraindicated"} and left and not left[1] and self._follows(spot):
                spot.anchor, spot.forward = left[0], False
            return
        spot.forward = False
        strict = spot.event not in {"stopped", "held"}
        if left and (relative or self.free(spot, strict=strict)):
            spot.anchor = left[0]
        elif not left and spot.event in ALONE and self.free(spot, strict=True):
            spot.anchor = self._listed(spot)
            if spot.anchor < 0:
                spot.anchor = self.back(spot)

    def _of_it(self, spot: Spot) -> bool:
        """Whether a noun is of the treatment, without its name ("retirada del fármaco")."""
        reading, words = self.reading, self.reading.vocabulary
        length = words.begins("from", reading.forms, spot.last + 1)
        at = spot.last + 1 + length
        at += words.begins("article", reading.forms, at)
        return bool(length and words.begins("object", reading.forms, at)) and reading.forms[at].isalpha()

    def _follows(self, spot: Spot) -> bool:
        """Whether a noun stands for what becomes of the treatment before it: after a colon or beside it, and before a date or a stop."""
        reading, token = self.reading, spot.last + 1
        end = reading.bounds(spot.first)[1]
        dated = token < end and (reading.is_year(token) or any(first <= token + 1 <= last + 1 for first, last, _ in reading.dates))
        return dated or token >= end or not reading.forms[token].isalnum() or bool(reading.vocabulary.begins("connector", reading.forms, token))

    def _listed(self, spot: Spot) -> int:
        """The first treatment of a list below a cue with a colon ("Suspender:")."""
        reading, token = self.reading, spot.last + 1
        end = reading.bounds(spot.first)[1]
        if token >= end or reading.forms[token] != ":" or token + 1 < end or end >= len(reading.forms):
            return -1
        for first in range(end, min(end + 3, len(reading.forms))):
            if reading.target(first) >= 0:
                spot.forward = True
                return reading.target(first)
        return -1

    def _relative(self, spot: Spot) -> bool:
        """Whether a relative pronoun or an auxiliary of the passive before a verb points back."""
        reading = self.reading
        return any(reading.vocabulary.ends(part, reading.forms, spot.start) for part in ("relative", "passive"))

    def _both(self, spot: Spot, right: tuple[int, int] | None, left: tuple[int, int] | None) -> None:
        """A participle or past tense: the treatment beside it, else the one before it, else the one after it."""
        reading = self.reading
        opens = spot.start > 0 and reading.forms[spot.start - 1] in {"(", "|", "-", "–", ":"}
        beside = right is not None and right[1] == 0
        if beside and not self._relative(spot) and not (opens and left):
            spot.anchor = right[0] if right else -1
        elif left and self.free(spot, strict=spot.event not in {"stopped", "held", "switched", "refused"}):
            spot.anchor, spot.forward = left[0], False
        elif right:
            spot.anchor = right[0]
        elif not left and spot.event in ALONE and self.free(spot, strict=True):
            spot.anchor, spot.forward = self.back(spot), False

    def extend(self, spot: Spot) -> None:
        """The treatments that share a cue with its own."""
        spot.run = [spot.anchor]
        reading = self.reading
        if spot.anchor < 0:
            spot.run = []
        elif spot.forward:
            taken = {other.anchor for other in self.spots if other is not spot and other.first > spot.last}
            index = spot.anchor + 1
            while index < len(reading.targets) and index not in taken and self.joined(index - 1, index):
                spot.run.append(index)
                index += 1
        elif self._plural(spot):
            index = spot.anchor - 1
            while index >= 0 and self.joined(index, index + 1):
                spot.run.insert(0, index)
                index -= 1

    def _plural(self, spot: Spot) -> bool:
        """Whether the words of a cue, or those right before it, speak of several treatments."""
        reading = self.reading
        low = max(spot.start - 3, reading.at[spot.anchor][-1] + 1)
        beside = reading.at[spot.anchor][-1] + 1 == spot.start and reading.joins(reading.at[spot.anchor][0] - 1)
        return beside or reading.vocabulary.said("plural", reading.forms, low, spot.last + 1)

    def joined(self, one: int, two: int) -> bool:
        """Whether only joiners, doses and brackets lie between two treatments of a sentence, or a line break in a list."""
        reading, joined, depth = self.reading, False, 0
        first, last = reading.at[one][-1] + 1, reading.at[two][0]
        if reading.sentence(first - 1) != reading.sentence(last):
            return False
        for token in range(first, last):
            form = reading.forms[token]
            depth += (form == "(") - (form == ")")
            if token in self.begins and not self.begins[token].used:
                return False
            if depth > 0 or form == ")":
                continue
            if reading.vocabulary.begins("joiner", reading.forms, token):
                joined = True
            elif not reading.fills(token) and not reading.vocabulary.ends("joiner", reading.forms, token + 1):
                return False
        return joined
