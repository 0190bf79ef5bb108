"""Treatment events: what becomes of each drug or phototherapy, when, and why it was stopped."""

from __future__ import annotations

from dataclasses import dataclass

from spacy.tokens import Doc

from dermnlp.extensions import Found, Happening
from dermnlp.mentions import Cue
from dermnlp.phrases import Hit
from dermnlp.relations.anchors import ARROWS, Anchors
from dermnlp.relations.event_rows import PSEUDO, Reason, Rule, rows
from dermnlp.relations.modality import Modality
from dermnlp.relations.reading import PLAIN, Reading, Spot
from dermnlp.relations.reasons import Ground, Reasons
from dermnlp.relations.switches import Switches

SILENT = frozenset({"allergies", "family_history"})
ENDS = frozenset({"stopped", "held", "switched"})
REASONED = frozenset({"stopped", "held", "switched", "reduced", "refused", "contraindicated"})
ACTIVE = frozenset({"started", "continued", "increased", "reduced", "restarted", "no_adverse_event"})
SIGNS = ("→", "->", "=>")
SEPARATORS = frozenset({",", ")", ";", "y", "e", "and"})
PRIOR, TELLING = "prior_treatments", frozenset({"(", ":", "-", "–", "|"})
CONTEXTS = ("Negated", "Historical")


@dataclass(slots=True)
class Draft:
    """An event while it is being read: the number of its treatment, and the tokens [low, high) of its clause."""

    kind: str
    target: int
    first: int
    last: int
    low: int
    high: int
    rule: str
    form: str = "past"
    forward: bool = True
    ground: Ground | None = None
    other: int = -1
    date: str = ""


class TreatmentEvents:
    """Adds the events of each treatment of a note by cues, with date and reason."""

    def __init__(self, language: str) -> None:
        self.rows = rows(language)

    def add(self, doc: Doc, mentions: list[Found]) -> None:
        """The events of the treatments among the mentions."""
        treatments = [mention for mention in mentions if self._treats(mention)]
        if not treatments:
            return
        reading = Reading(doc, mentions, treatments, self.rows.words)
        cues, causes = self.rows.cues.find(reading.words), self.rows.reasons.find(reading.words)
        if cues or causes or any(sign in reading.text for sign in SIGNS) or not self.rows.words.firsts.isdisjoint(reading.forms):
            Events(reading, self.rows.codes, cues, causes).write()

    def _treats(self, mention: Found) -> bool:
        """Whether a mention is a drug, or a procedure that is a course of treatment."""
        if mention.type == "DRUG":
            return True
        key = mention.concept
        return mention.type == "PROCEDURE" and any(key == one or key.startswith(f"{one}.") for one in self.rows.procedures)


class Events:
    """The events of one note."""

    def __init__(self, reading: Reading, codes: tuple[tuple[str, str], ...], cues: list[Hit[Rule]], causes: list[Hit[Reason]]) -> None:
        self.reading, self.causes = reading, causes
        self.spots = self._spots(cues, causes)
        self.anchors = Anchors(reading, self.spots)
        self.reasons = Reasons(reading, causes, codes, self.spots)
        self.modality = Modality(reading, self.spots)
        self.drafts: list[Draft] = []

    def write(self) -> None:
        """Read the events and put them on the mentions."""
        self._read_cues()
        Switches(self.reading, self.anchors).arrows(self.drafts, Draft)
        self._read_failures()
        self._read_conditions()
        for draft in self.drafts:
            self._explain(draft)
        self._read_history()
        for draft in self._merged():
            if not draft.date:
                draft.date = self._date(draft)
            self._publish(draft)

    def _spots(self, cues: list[Hit[Rule]], causes: list[Hit[Reason]]) -> list[Spot]:
        """The longest cues that don't lie in a mention, nor in longer words for a reason."""
        reading = self.reading
        longer = [(first, last) for first, last, reason in causes if reason.kind != "patient_decision"]
        table: dict[tuple[int, int], list[Rule]] = {}
        for first, last, rule in cues:
            table.setdefault((first, last), []).append(rule)
        spots: list[Spot] = []
        reach = -1
        for (first, last), found in sorted(table.items(), key=lambda item: (item[0][0], -item[0][1])):
            inside = any(f <= first and last <= l and l - f > last - first for f, l in longer)
            mention = reading.cover.get(first)
            dated = any(f <= first <= l for f, l, _ in reading.dates) and last - first == 0
            if first <= reach or inside or dated or (mention is not None and mention.type not in PLAIN):
                continue
            reach = last
            found = self._spelt(found, last)
            if found[0].part != PSEUDO and self._heard(first):
                rule = found[0]
                spots.append(Spot(first, last, tuple(found), first, rule.event, rule.form, rule.event))
        return spots

    def _spelt(self, found: list[Rule], last: int) -> list[Rule]:
        """The rules that an accent leaves: "cambió" is no noun."""
        accented = [rule for rule in found if rule.accented]
        return accented if accented and not self.reading.raw[last][-1:].isascii() else found

    def _heard(self, token: int) -> bool:
        """Whether a token stands in a section that tells of the patient's treatments, outside its header."""
        section = self.reading.section[self.reading.sentence(token)]
        if section is not None and section.start <= self.reading.starts[token] < section.body:
            closed = self.reading.text[section.body - 1] == ":" or self.reading.text[section.body : section.body + 1] in {"\n", "\r"}
            return not closed and section.concept not in SILENT
        return section is None or section.concept not in SILENT

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
        if not kind:
            return
        low, high = self._clause(spot, live)
        form = "now" if self.modality.present(spot) else spot.form
        if spot.event == "switched":
            self._switch(spot, kind, low, high, form)
            return
        for target in spot.run:
            mention = self.reading.targets[target]
            if mention.family or (mention.negated and kind in ACTIVE and not self._owns(spot, mention)):
                continue
            self.drafts.append(Draft(kind, target, spot.start, spot.last, low, high, spot.rules[0].name, form, spot.forward))

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
                    self.drafts.append(Draft(kind, number, spot.start, spot.last, low, high, name, form))
        elif old >= 0:
            self.drafts.append(Draft(kind, old, spot.start, spot.last, low, high, name, form, other=new))
        elif new >= 0:
            self.drafts.append(Draft("started", new, spot.start, spot.last, low, high, name, form))

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

    def _read_failures(self) -> None:
        """Words that say by themselves that a treatment came to an end ("failed MTX"), unless an event of that drug says it."""
        reading = self.reading
        reach = -1
        for first, last, reason in sorted(self.causes, key=lambda hit: (hit[0], -hit[1])):
            if first <= reach:
                continue
            reach = last
            if not reason.implies or not self._heard(first) or self.modality.conditioned(first) or self.modality.negated(first):
                continue
            spot = Spot(first, last, (Rule(reason.name, "", reason.implies, "both", "past"),), first, reason.implies, "past", reason.implies)
            self._fail(spot)
            for target in spot.run:
                if not self._ended(target, first) and not reading.targets[target].family:
                    draft = Draft(reason.implies, target, first, last, *self._item(target, first, last), reason.name, "past", spot.forward)
                    draft.ground = self._bracket(draft) or Ground(reason.kind, first, last)
                    self.drafts.append(draft)

    def _fail(self, spot: Spot) -> None:
        """The treatments that words of failure are about: after a preposition, or before them in the clause."""
        right, left = self.anchors.right(spot), self.anchors.left(spot)
        if right and not right[1] and (not left or self.reading.forms[spot.last + 1] not in {":", "."}):
            spot.anchor = right[0]
        elif left and left[1] <= 5 and not self._comma_list(spot, left[0]):
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
        for draft in self.drafts:
            same = draft.target == target or reading.targets[draft.target].concept == name
            here = reading.sentence(draft.first) == number
            if draft.target == target and here and ":switched" in draft.rule:
                return True
            if draft.other == target and reading.sentence(draft.first) == number:
                return True
            if same and draft.kind in {*ENDS, "reduced", "refused", "contraindicated"} and abs(reading.sentence(draft.first) - number) <= 2:
                return True
        return False

    def _item(self, target: int, first: int, last: int) -> tuple[int, int]:
        """The tokens of a treatment's own words: from it to the next treatment."""
        reading = self.reading
        low, high = min(reading.at[target][0], first), reading.bounds(max(last, reading.at[target][0]))[1]
        high = min([high, *(span[0] for span in reading.at if span[0] > max(reading.at[target][-1], last))])
        return low, high

    def _read_conditions(self) -> None:
        """Treatments that a condition alone stands before or after ("si brote, prednisona")."""
        done = {draft.target for draft in self.drafts}
        for index in range(len(self.reading.targets)):
            if index not in done:
                words = self.modality.condition_of(index)
                if words and self._heard(words[0]):
                    self.drafts.append(Draft("conditional", index, *words, words[0], words[1] + 1, "relations/treatment_events:word.condition", "now"))

    def _explain(self, draft: Draft) -> None:
        """The reason of an event."""
        if draft.kind not in REASONED or draft.ground:
            return
        reading = self.reading
        ends = draft.kind in {"stopped", "held", "switched", "contraindicated", "reduced"}
        after = max(draft.last + 1, reading.at[draft.target][-1] + 1) if draft.forward else draft.last + 1
        ground = self.reasons.after(draft.last + 1, draft.high, bare=ends and not draft.forward) if not draft.forward else None
        if draft.forward:
            ground = self.reasons.after(draft.last + 1, reading.at[draft.target][0], bare=False) if after > draft.last + 1 else None
            ground = ground or self.reasons.after(after, draft.high, bare=ends)
        ground = self.reasons.own(draft.first, draft.last) or self._bracket(draft) or ground or self.reasons.before(draft.low, draft.first, forced=draft.rule.endswith(".obliged"))
        if ground is None and draft.kind in ENDS | {"reduced"}:
            ground = self._elsewhere(draft)
        if ground and draft.kind == "contraindicated" and ground.kind == "adverse_event":
            ground = Ground("contraindication", ground.first, ground.last)
        draft.ground = ground

    def _bracket(self, draft: Draft) -> Ground | None:
        """The reason in the bracket that follows the treatment of an event."""
        reading, token = self.reading, self.reading.at[draft.target][-1] + 1
        while token < len(reading.forms) and reading.forms[token] not in TELLING and reading.fills(token):
            token += 1
        if token >= len(reading.forms) or reading.forms[token] not in TELLING:
            return None
        if reading.forms[token] != "(":
            between = not draft.forward and token < draft.first <= reading.bounds(token)[1]
            return self.reasons.after(token + 1, draft.first, bare=True) if between else None
        end = next((at for at in range(token, min(token + 20, len(reading.forms))) if reading.forms[at] == ")"), token)
        return self.reasons.after(token + 1, end, bare=True)

    def _elsewhere(self, draft: Draft) -> Ground | None:
        """The reason that the sentences around an event give."""
        reading = self.reading
        names, number = {reading.targets[draft.target].concept}, reading.sentence(draft.first)
        busy = {reading.sentence(other.first) for other in self.drafts if other.kind in REASONED and other is not draft}
        for step in (-1, 1):
            for other in reading.near(number, step):
                if other in busy:
                    break
                ground = self.reasons.of_sentence(reading.sentences[other], reading.sentences[other + 1], names)
                strangers = {reading.targets[i].concept for i in reading.in_sentence(other)} - names
                if ground and not strangers:
                    return ground
        return None

    def _read_history(self) -> None:
        """Earlier treatments whose own words give a reason: "MTX (náuseas)" has ended."""
        reading = self.reading
        done = {number for draft in self.drafts for number in (draft.target, draft.other)}
        for index, mention in enumerate(reading.targets):
            first = reading.at[index][-1] + 1
            if index in done or not self._past(mention) or first >= len(reading.forms) or not self._heard(first - 1):
                continue
            low, high = self._item(index, first - 1, first - 1)
            if not self._headed(first, high):
                continue
            ground = self.reasons.after(first, high, bare=True)
            if ground and self.modality.plain(first, ground.first):
                draft = Draft("stopped", index, ground.first, ground.last, low, high, "sections/headers:prior_treatments", "past", False, ground)
                self.drafts.append(draft)

    def _headed(self, first: int, high: int) -> bool:
        """Whether words after a treatment tell of it: in a list of earlier treatments, or in a bracket or after a colon or dash."""
        section = self.reading.section[self.reading.sentence(first)]
        while first < high and self.reading.fills(first) and self.reading.forms[first] not in TELLING:
            first += 1
        return (section is not None and section.concept == PRIOR) or (first < high and self.reading.forms[first] in TELLING)

    def _past(self, mention: Found) -> bool:
        """Whether a treatment belongs to the past."""
        return mention.historical and not mention.negated and not mention.family

    def _merged(self) -> list[Draft]:
        """One event of a kind for each mention, with what any of its cues tells of it; a switch takes the place of a stop."""
        kept: dict[tuple[int, str], Draft] = {}
        switched = {draft.target for draft in self.drafts if draft.kind == "switched"}
        for draft in sorted(self.drafts, key=lambda one: one.first):
            key = (draft.target, "switched" if draft.kind == "stopped" and draft.target in switched else draft.kind)
            draft.date = draft.date or self._date(draft)
            known = kept.setdefault(key, draft)
            if known is not draft:
                known.ground, known.date = known.ground or draft.ground, draft.date or known.date
                if draft.kind == "switched" and known.kind == "stopped":
                    known.kind, known.other = "switched", draft.other
        ended = {draft.target for draft in kept.values() if draft.kind in ENDS}
        since = [draft for draft in kept.values() if draft.rule.endswith(".since") and draft.target in ended]
        return [draft for draft in kept.values() if not self._is_ground(draft, kept) and draft not in since]

    def _is_ground(self, draft: Draft, kept: dict[tuple[int, str], Draft]) -> bool:
        """Whether a contraindication is no more than the reason of a stop beside it."""
        stop = kept.get((draft.target, "stopped"))
        if draft.kind != "contraindicated" or stop is None:
            return False
        stop.ground = stop.ground or Ground("contraindication", draft.first, draft.last)
        return True

    def _date(self, draft: Draft) -> str:
        """The date of an event: the nearest of its clause; of two years with a dash, the end for what ended."""
        reading = self.reading
        spans = [(first, last, value) for first, last, value in reading.dates if value]
        known = {token for first, last, _ in reading.dates for token in range(first, last + 1)}
        spans += [(t, t, reading.raw[t]) for t in range(draft.low, draft.high) if reading.is_year(t) and t not in known]
        low = self._item_start(draft)
        inside = [span for span in spans if low <= span[0] < draft.high and not self._beginning(draft, span[0])]
        if not inside:
            return ""
        nearest = min(inside, key=lambda span: (max(span[0] - draft.last, draft.first - span[1]), span[0]))
        return self._range_end(nearest, inside) if draft.kind in ENDS else nearest[2]

    def _item_start(self, draft: Draft) -> int:
        """The first token whose date may be an event's: after the treatment before its own, and after another cue's clause."""
        reading, own = self.reading, self.reading.at[draft.target][0]
        low = draft.low
        if draft.kind in ENDS and not draft.forward:
            low = min(low, own)
        earlier = [span[-1] for span in reading.at if low <= span[0] < min(own, draft.first)]
        cuts = [t for t in range(earlier[-1] + 1, min(own, draft.first)) if reading.forms[t] in SEPARATORS] if earlier else []
        return cuts[-1] if cuts else low

    def _beginning(self, draft: Draft, at: int) -> bool:
        """Whether a date is another cue's: it says since when a treatment was given that was stopped, or stands in an earlier clause."""
        reading = self.reading
        words = reading.vocabulary
        if at > draft.last:
            length = words.ends("since", reading.forms, at)
            since = at - length if length else at
            ends = draft.last + 1, reading.at[draft.target][-1] + 1
            return draft.kind in ENDS and bool(length or words.begins("since", reading.forms, at)) and since not in ends
        between = range(at, draft.first)
        if draft.low > reading.bounds(draft.first)[0] and any(reading.forms[t] in SEPARATORS for t in between) and draft.kind not in ENDS:
            return True
        since = reading.vocabulary.ends("since", reading.forms, at) or reading.vocabulary.begins("since", reading.forms, at)
        return bool(since) and draft.kind in ENDS

    def _range_end(self, nearest: tuple[int, int, str], spans: list[tuple[int, int, str]]) -> str:
        """The later of two years that a dash joins."""
        forms = self.reading.forms
        for first, _, value in spans:
            if first == nearest[1] + 2 and forms[nearest[1] + 1] in {"-", "/", "a"}:
                return value
        return nearest[2]

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
        elif draft.kind == "stopped" and draft.form in {"past", "state"} and not (mention.historical or mention.negated or mention.uncertain):
            mention.historical = True
            mention.cues = (*mention.cues, Cue("Historical", draft.rule, start, end))


def _settle(mention: Found, start: int, end: int) -> None:
    """Take back what the words of an event of this visit, read as a cue, had set."""
    for cue in mention.cues:
        if cue.attribute in CONTEXTS and cue.start < end and start < cue.end:
            mention.cues = tuple(other for other in mention.cues if other is not cue)
            setattr(mention, cue.attribute.lower(), False)


__all__ = ["ARROWS", "Draft", "TreatmentEvents"]
