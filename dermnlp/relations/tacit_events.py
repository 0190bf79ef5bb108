"""Events that no verb tells: words of failure, a condition alone, an earlier treatment with the reason why it ended."""

from __future__ import annotations

from dermnlp.extensions import Found
from dermnlp.phrases import Hit
from dermnlp.relations.anchors import Anchors
from dermnlp.relations.drafts import ENDS, Draft, Drafts
from dermnlp.relations.event_rows import Reason, Rule
from dermnlp.relations.explanations import TELLING, Explanations
from dermnlp.relations.modality import Modality
from dermnlp.relations.reading import Reading, Spot
from dermnlp.relations.reasons import Ground

PRIOR = "prior_treatments"
CONDITION, HISTORY = "relations/treatment_events:word.condition", f"sections/headers:{PRIOR}"


class TacitEvents:
    """Adds the events of a note that its verbs don't tell."""

    def __init__(self, reading: Reading, anchors: Anchors, modality: Modality, explanations: Explanations, drafts: Drafts) -> None:
        self.reading, self.anchors, self.modality, self.drafts = reading, anchors, modality, drafts
        self.explanations, self.reasons = explanations, explanations.reasons

    def failures(self, causes: list[Hit[Reason]]) -> None:
        """Words that say by themselves that a treatment came to an end ("failed MTX"), unless an event of that drug says it."""
        reading = self.reading
        reach = -1
        for first, last, reason in sorted(causes, key=lambda hit: (hit[0], -hit[1])):
            if first <= reach:
                continue
            reach = last
            if not reason.implies or not self.reading.heard(first) or self.modality.conditioned(first) or self.modality.negated(first):
                continue
            spot = Spot(first, last, (Rule(reason.name, "", reason.implies, "both", "past"),), first, reason.implies, "past", reason.implies)
            self._fail(spot)
            for target in spot.run:
                if not self._ended(target, first) and not reading.targets[target].family:
                    draft = Draft(reason.implies, target, first, last, *self._item(target, first, last), reason.name, "past", spot.forward)
                    draft.ground = self.explanations.bracket(draft) or Ground(reason.kind, first, last)
                    if not self._left_for(draft):
                        self.drafts.all.append(draft)

    def _left_for(self, draft: Draft) -> bool:
        """Whether the treatment that failed is the old one of a switch of its sentence, which is told so ("switch to B as A has lost effect")."""
        number = self.reading.sentence(draft.first)
        for other in self.drafts.all:
            lone = other.kind == "started" and ":switched" in other.rule and other.target != draft.target
            if lone and self.reading.sentence(other.first) == number:
                other.kind, other.target, other.other, other.ground = "switched", draft.target, other.target, draft.ground
                return True
        return False

    def _fail(self, spot: Spot) -> None:
        """The treatments that words of failure are about: after a preposition, or before them in the clause."""
        right, left = self.anchors.right(spot), self.anchors.left(spot)
        if right and not right[1] and (not left or self.reading.forms[spot.last + 1] not in {":", "."}):
            spot.anchor = right[0]
        elif left and left[1] <= 9 and not self._comma_list(spot, left[0]):
            spot.anchor, spot.forward = left[0], False
        if spot.anchor >= 0:
            self.anchors.extend(spot)

    def _comma_list(self, spot: Spot, target: int) -> bool:
        """Whether other words of meaning stand between a treatment and words of failure, after a full clause."""
        reading = self.reading
        between = range(reading.at[target][-1] + 1, spot.first)
        return any(token in self.anchors.begins and self.anchors.begins[token].event in {"started", "planned", "restarted"} for token in between)

    def _ended(self, target: int, at: int) -> bool:
        """Whether an event near these words says already that the treatment, or one of the same name near it, ended or changed."""
        reading = self.reading
        name, number = reading.targets[target].concept, reading.sentence(at)
        for draft in self.drafts.all:
            same = draft.target == target or reading.targets[draft.target].concept == name
            here = reading.sentence(draft.first) == number
            if draft.target == target and here and ":switched" in draft.rule:
                return True
            if draft.other == target and reading.sentence(draft.first) == number:
                return True
            banned = draft.kind == "contraindicated" and not draft.rule.endswith(".anaphor")
            if same and (banned or draft.kind in {*ENDS, "reduced", "refused"}) and abs(reading.sentence(draft.first) - number) <= 2:
                return True
        return False

    def _item(self, target: int, first: int, last: int) -> tuple[int, int]:
        """The tokens of a treatment's own words: from it to the next treatment."""
        reading = self.reading
        low, high = min(reading.at[target][0], first), reading.bounds(max(last, reading.at[target][0]))[1]
        high = min([high, *(span[0] for span in reading.at if span[0] > max(reading.at[target][-1], last))])
        return low, high

    def conditions(self) -> None:
        """Treatments that a condition alone stands before or after ("si brote, prednisona")."""
        if not self.reading.conditions:
            return
        done = {draft.target for draft in self.drafts.all}
        for index in range(len(self.reading.targets)):
            if index not in done:
                words = self.modality.condition_of(index)
                if words and self.reading.heard(words[0]):
                    self.drafts.all.append(Draft("conditional", index, *words, words[0], words[1] + 1, CONDITION, "now"))

    def history(self) -> None:
        """Earlier treatments whose own words give a reason: "MTX (náuseas)" has ended."""
        reading = self.reading
        done = {number for draft in self.drafts.all for number in (draft.target, draft.other)}
        for index, mention in enumerate(reading.targets):
            first = reading.at[index][-1] + 1
            if index in done or not self._past(mention) or first >= len(reading.forms) or not self.reading.heard(first - 1):
                continue
            low, high = self._item(index, first - 1, first - 1)
            if not self._headed(first, high):
                continue
            ground = self.reasons.after(first, high, bare=True)
            if ground and self.modality.plain(first, ground.first):
                draft = Draft("stopped", index, ground.first, ground.last, low, high, HISTORY, "past", False, ground)
                self.drafts.all.append(draft)

    def _headed(self, first: int, high: int) -> bool:
        """Whether words after a treatment tell of it: in a list of earlier treatments, or in a bracket or after a colon or dash."""
        section = self.reading.section[self.reading.sentence(first)]
        while first < high and self.reading.fills(first) and self.reading.forms[first] not in TELLING:
            first += 1
        return (section is not None and section.concept == PRIOR) or (first < high and self.reading.forms[first] in TELLING)

    def _past(self, mention: Found) -> bool:
        """Whether a treatment belongs to the past."""
        return mention.historical and not mention.negated and not mention.family
