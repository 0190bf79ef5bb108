"""The reason of each event: in the bracket of its treatment, in its clause, or in the sentences around it."""

from __future__ import annotations

from dermnlp.relations.drafts import ENDS, REASONED, Draft, Drafts
from dermnlp.relations.reading import Reading
from dermnlp.relations.reasons import Ground, Reasons

TELLING = frozenset({"(", ":", "-", "–", "|"})
ELSEWHERE = ENDS | {"reduced"}
OWN = ENDS | {"refused"}
PAUSING = frozenset({"infection", "pregnancy"})
BRACKET = 20


class Explanations:
    """Finds the reasons of the events of a note."""

    def __init__(self, reading: Reading, reasons: Reasons, drafts: Drafts) -> None:
        self.reading, self.reasons, self.drafts = reading, reasons, drafts

    def explain(self, draft: Draft) -> None:
        """The reason of an event."""
        if draft.kind not in REASONED or draft.ground:
            return
        reading = self.reading
        ends = draft.kind in {"stopped", "held", "switched", "contraindicated", "reduced"}
        after = max(draft.last + 1, reading.at[draft.target][-1] + 1) if draft.forward else draft.last + 1
        ground = self.reasons.after(draft.last + 1, draft.high, bare=ends and not draft.forward, refused=draft.kind == "refused") if not draft.forward else None
        if draft.forward:
            ground = self.reasons.after(draft.last + 1, reading.at[draft.target][0], bare=False) if after > draft.last + 1 else None
            ground = ground or self.reasons.after(after, draft.high, bare=ends, refused=draft.kind == "refused")
        own = self.reasons.own(draft.first, draft.last) if draft.kind in OWN else None
        clear = own if own and own.kind == "patient_decision" and own.first >= draft.first else None
        ground = clear or self.bracket(draft) or ground or own or self.reasons.before(draft.low, draft.first, forced=draft.rule.endswith(".obliged"))
        if ground is None and (draft.kind in ELSEWHERE or draft.rule.endswith(":contraindicated.anaphor")):
            ground = self._earlier(draft) or self._elsewhere(draft)
        if ground and draft.kind == "contraindicated" and ground.kind == "adverse_event":
            ground = Ground("contraindication", ground.first, ground.last)
        draft.ground = ground

    def bracket(self, draft: Draft) -> Ground | None:
        """The reason in the bracket that follows the treatment of an event."""
        reading, token = self.reading, self.reading.at[draft.target][-1] + 1
        while token < len(reading.forms) and reading.forms[token] not in TELLING and reading.fills(token):
            token += 1
        if token >= len(reading.forms) or reading.forms[token] not in TELLING:
            return None
        if reading.forms[token] != "(":
            between = not draft.forward and token < draft.first <= reading.bounds(token)[1]
            return self.reasons.after(token + 1, draft.first, bare=True) if between else None
        end = next((at for at in range(token, min(token + BRACKET, len(reading.forms))) if reading.forms[at] == ")"), token)
        return self.reasons.after(token + 1, end, bare=True)

    def _earlier(self, draft: Draft) -> Ground | None:
        """The reason in the sentence of an event before the semicolon that opens its clause, when no treatment is named there."""
        reading, low = self.reading, self.reading.bounds(draft.first)[0]
        cut = min(draft.low, reading.at[draft.target][0])
        ended = reading.vocabulary.begins("final", reading.forms, draft.first)
        if ended or cut - 1 <= low or reading.forms[cut - 1] != ";" or any(low <= span[0] < cut for span in reading.at):
            return None
        return self.reasons.earlier(low, cut - 1)

    def _elsewhere(self, draft: Draft) -> Ground | None:
        """The reason that the sentences around an event give."""
        reading = self.reading
        names, number = {reading.targets[draft.target].concept}, reading.sentence(draft.first)
        kinds = PAUSING if draft.kind == "held" else frozenset({"pregnancy"})
        busy = {reading.sentence(other.first) for other in self.drafts.all if other.kind in REASONED and other is not draft}
        for step in (-1, 1):
            for other in reading.near(number, step):
                if other in busy:
                    break
                ground = self.reasons.of_sentence(reading.sentences[other], reading.sentences[other + 1], names, later=step > 0, kinds=kinds)
                strangers = {reading.targets[i].concept for i in reading.in_sentence(other)} - names
                if ground and not strangers:
                    return ground
        return None
