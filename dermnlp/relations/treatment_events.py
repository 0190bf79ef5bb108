"""Treatment events: what becomes of each drug or phototherapy, when, and why it was stopped."""

from __future__ import annotations

from spacy.tokens import Doc

from dermnlp.extensions import Found, Happening
from dermnlp.mentions import Cue
from dermnlp.phrases import Hit
from dermnlp.relations.anchors import Anchors
from dermnlp.relations.drafts import ENDS, Draft, Drafts
from dermnlp.relations.event_rows import PSEUDO, Reason, Rule, rows
from dermnlp.relations.explanations import Explanations
from dermnlp.relations.modality import Modality
from dermnlp.relations.reading import PLAIN, Reading, Spot
from dermnlp.relations.reasons import Reasons
from dermnlp.relations.switches import Switches
from dermnlp.relations.tacit_events import TacitEvents

ACTIVE = frozenset({"started", "continued", "increased", "reduced", "restarted", "no_adverse_event"})
SIGNS = ("→", "->", "=>")
CONTEXTS = ("Negated", "Historical")


class TreatmentEvents:
    """Adds the events of each treatment of a note by cues, with date and reason."""

    def __init__(self, language: str) -> None:
        self.rows = rows(language)
        self.courses: dict[str, bool] = {}

    def add(self, doc: Doc, mentions: list[Found]) -> None:
        """The events of the treatments among the mentions."""
        treatments = [mention for mention in mentions if mention.type == "DRUG" or (mention.type == "PROCEDURE" and self._is_course(mention.concept))]
        if not treatments:
            return
        reading = Reading(doc, mentions, treatments, self.rows.words)
        cues, causes = self.rows.cues.find(reading.words), self.rows.reasons.find(reading.words)
        if cues or causes or self._may_tell(reading):
            Events(reading, self.rows.codes, reading.cued.hits(cues), reading.reasoned.hits(causes)).write()

    def _may_tell(self, reading: Reading) -> bool:
        """Whether a note without cues may tell events: by a sign, a condition, or what is past."""
        signs = any(sign in reading.text for sign in SIGNS) or not self.rows.words.firsts.isdisjoint(reading.words.distinct)
        return signs or any(target.historical for target in reading.targets)

    def _is_course(self, key: str) -> bool:
        """Whether a procedure is a course of treatment."""
        if key not in self.courses:
            self.courses[key] = any(key == one or key.startswith(f"{one}.") for one in self.rows.procedures)
        return self.courses[key]


class Events:
    """The events of one note."""

    def __init__(self, reading: Reading, codes: tuple[tuple[str, str], ...], cues: list[Hit[Rule]], causes: list[Hit[Reason]]) -> None:
        self.reading, self.causes = reading, causes
        self.spots = self._spots(cues, causes)
        self.anchors = Anchors(reading, self.spots)
        self.reasons = Reasons(reading, causes, codes, self.spots)
        self.modality = Modality(reading, self.spots)
        self.drafts = Drafts(reading)
        self.explanations = Explanations(reading, self.reasons, self.drafts)

    def write(self) -> None:
        """Read the events and put them on the mentions."""
        self._read_cues()
        Switches(self.reading, self.anchors).arrows(self.drafts.all)
        tacit = TacitEvents(self.reading, self.anchors, self.modality, self.explanations, self.drafts)
        if self.causes:
            tacit.failures(self.reading.around(0, 0).hits(self.causes))
        tacit.conditions()
        for draft in self.drafts.all:
            self.explanations.explain(draft)
        tacit.history()
        for draft in self.drafts.merged() if self.drafts.all else ():
            self._publish(draft)

    def _spots(self, cues: list[Hit[Rule]], causes: list[Hit[Reason]]) -> list[Spot]:
        """The longest cues that don't lie in a mention, nor in longer words for a reason."""
        reading = self.reading
        longer = [(first, last) for first, last, reason in causes if first < last and reason.kind != "patient_decision"]
        table: dict[tuple[int, int], list[Rule]] = {}
        for first, last, rule in cues:
            table.setdefault((first, last), []).append(rule)
        spots: list[Spot] = []
        reach = -1
        for (first, last), found in sorted(table.items(), key=lambda item: (item[0][0], -item[0][1])):
            mention = reading.cover.get(first)
            dated = first == last and first in reading.dated
            if first <= reach or dated or (mention is not None and mention.type not in PLAIN):
                continue
            if any(low <= first and last <= high and high - low > last - first for low, high in longer):
                continue
            reach = last
            found = self._spelt(found, last)
            if found[0].part != PSEUDO and reading.heard(first):
                rule = found[0]
                spots.append(Spot(first, last, tuple(found), first, rule.event, rule.form, rule.event))
        return spots

    def _spelt(self, found: list[Rule], last: int) -> list[Rule]:
        """The rules that an accent leaves: "cambió" is no noun."""
        accented = [rule for rule in found if rule.accented]
        return accented if accented and not self.reading.raw[last][-1:].isascii() else found

    def _read_cues(self) -> None:
        """An event for each treatment of each cue."""
        self.spots[:] = self.modality.merged()
        self.anchors.begins = {spot.first: spot for spot in self.spots}
        switches = Switches(self.reading, self.anchors)
        for spot in self.spots:
            if not spot.used and spot.event != "switched":
                self.anchors.set(spot)
                spot.used = spot.anchor < 0
                spot.settle()
        for spot in self.spots:
            if not spot.used and spot.event == "switched":
                switches.set(spot)
        live = [spot for spot in self.spots if not spot.used]
        self.anchors.spots = live
        self.anchors.begins = {spot.first: spot for spot in live}
        for spot in live:
            if spot.event != "switched":
                self.anchors.extend(spot)
        for spot in live:
            self._draft(spot, live)

    def _draft(self, spot: Spot, live: list[Spot]) -> None:
        """The events of one cue."""
        kind = self.modality.kind(spot)
        if not kind or self.modality.of_another(spot):
            return
        low, high = self._clause(spot, live)
        form = "now" if self.modality.present(spot) else spot.form
        if spot.event == "switched":
            self._switch(spot, kind, low, high, form)
            return
        for target in spot.run:
            mention = self.reading.targets[target]
            if mention.family or self.modality.informs(spot, target) or (mention.negated and kind in ACTIVE and not self._owns(spot, mention)):
                continue
            self.drafts.all.append(Draft(kind, target, spot.start, spot.last, low, high, spot.rules[0].name, form, spot.forward))

    def _owns(self, spot: Spot, mention: Found) -> bool:
        """Whether what negates a mention are the words of this event."""
        start, end = self.reading.starts[spot.start], self.reading.end(spot.last)
        return all(cue.start < end and start < cue.end for cue in mention.cues if cue.attribute == "Negated")

    def _switch(self, spot: Spot, kind: str, low: int, high: int, form: str) -> None:
        """The event of a switch: on the old treatment; on the new one when there is no old one, or when it is only planned."""
        old, new = (spot.run + [-1, -1])[:2]
        name = spot.rules[0].name
        if kind != "switched":
            target = new if new >= 0 else old
            if kind == "continued":
                target = old if old >= 0 else new
            if target >= 0:
                last = target
                while kind != "continued" and last + 1 < len(self.reading.targets) and self.anchors.joined(last, last + 1):
                    last += 1
                for number in range(target, last + 1):
                    self.drafts.all.append(Draft(kind, number, spot.start, spot.last, low, high, name, form))
        elif old >= 0:
            self.drafts.all.append(Draft(kind, old, spot.start, spot.last, low, high, name, form, other=new))
        elif new >= 0:
            self.drafts.all.append(Draft("started", new, spot.start, spot.last, low, high, name, form))

    def _clause(self, spot: Spot, live: list[Spot]) -> tuple[int, int]:
        """The tokens of a cue's clause: from the cue before it to the one after it, or to a treatment that isn't its own."""
        reading = self.reading
        low, high = reading.bounds(spot.first)
        low = max([low, *(other.last + 1 for other in live if other.last < spot.start)])
        high = min([high, *(other.start for other in live if other.start > spot.last)])
        own = set(spot.run)
        passed = max([spot.last, *(reading.at[i][-1] for i in own if reading.at[i][0] < high and reading.at[i][0] > spot.last)])
        for index, span in enumerate(reading.at):
            if index not in own and passed < span[0] < high:
                high = span[0]
        for token in range(max(low, spot.start - 60), spot.start):
            if reading.forms[token] == ";":
                low = token + 1
        for token in range(spot.last + 1, high):
            if reading.forms[token] == ";":
                high = token
                break
        return low, high

    def _publish(self, draft: Draft) -> None:
        """Put an event on its mention, and settle the attributes that it knows better."""
        reading, ground = self.reading, draft.ground
        mention = reading.targets[draft.target]
        start, end = reading.starts[draft.first], reading.end(draft.last)
        happening = Happening(draft.kind, start, end, draft.rule, draft.date)
        if ground:
            happening.reason = ground.kind
            happening.reason_start, happening.reason_end = reading.starts[ground.first], reading.end(ground.last)
        if draft.other >= 0:
            happening.other = reading.targets[draft.other]
        mention.events = tuple(sorted((*mention.events, happening), key=lambda one: (one.start, one.kind)))
        if draft.form in {"now", "base"} and draft.kind in ENDS or draft.kind == "continued":
            _settle(mention, start, end)
        elif ":stopped." in draft.rule and draft.kind == "stopped" and draft.form in {"past", "state"} and not (mention.historical or mention.negated or mention.uncertain):
            mention.historical = True
            mention.cues = (*mention.cues, Cue("Historical", draft.rule, start, end))


def _settle(mention: Found, start: int, end: int) -> None:
    """Take back what the words of an event of this visit, read as a cue, had set."""
    for cue in mention.cues:
        if cue.attribute in CONTEXTS and cue.start < end and start < cue.end:
            mention.cues = tuple(other for other in mention.cues if other is not cue)
            setattr(mention, cue.attribute.lower(), False)

