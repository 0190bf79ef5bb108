"""Events while they are being read: their dates, and one event of a kind for each treatment."""

from __future__ import annotations

from dataclasses import dataclass

from dermnlp.relations.reading import Reading
from dermnlp.relations.reasons import Ground

ENDS = frozenset({"stopped", "held", "switched"})
REASONED = frozenset({"stopped", "held", "switched", "reduced", "refused", "contraindicated"})
SEPARATORS = frozenset({",", ")", ";"})


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
    dated: int = -1


class Drafts:
    """The events of a note in the order in which they were read."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.all: list[Draft] = []

    def merged(self) -> list[Draft]:
        """One event of a kind for each mention, with what any of its cues tells of it; a switch takes the place of a stop."""
        kept: dict[tuple[int, str], Draft] = {}
        switched = {draft.target for draft in self.all if draft.kind == "switched"}
        for draft in sorted(self.all, key=lambda one: one.first):
            key = (draft.target, "switched" if draft.kind == "stopped" and draft.target in switched else draft.kind)
            draft.date = draft.date or self._date(draft)
            known = kept.setdefault(key, draft)
            if known is not draft:
                known.ground, known.date = known.ground or draft.ground, draft.date or known.date
                if draft.kind == "switched" and known.kind == "stopped":
                    known.kind, known.other = "switched", draft.other
        for target, kind in [key for key in kept if key[1] == "held"]:
            if self._put_on_hold(kept.get((target, "stopped")), kept[(target, kind)]):
                kept.pop((target, "stopped"))
        for draft in list(kept.values()):
            if draft.kind in ENDS and (unpaid := kept.get((draft.target, "refused"))) and unpaid.ground and unpaid.ground.kind == "access_or_cost":
                draft.ground = draft.ground or kept.pop((draft.target, "refused")).ground
        ended = {draft.target for draft in kept.values() if draft.kind in ENDS}
        since = [draft for draft in kept.values() if draft.rule.endswith(".since") and draft.target in ended]
        for draft in kept.values():
            _share_no_date(draft, kept)
        return [draft for draft in kept.values() if not self._is_ground(draft, kept) and draft not in since]

    def _put_on_hold(self, stop: Draft | None, hold: Draft) -> bool:
        """Whether a verb before a treatment and the words after it say one hold ("se deja X en pausa")."""
        return stop is not None and stop.forward and hold.first == self.reading.at[hold.target][-1] + 1

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
        spans = [*reading.dates_in(min(draft.low, reading.at[draft.target][0]), draft.high), *reading.years(draft.low, draft.high)]
        low = self._item_start(draft) if spans else 0
        inside = [span for span in spans if low <= span[0] and not self._beginning(draft, span[0])]
        if not inside:
            return ""
        nearest = min(inside, key=lambda span: (max(span[0] - draft.last, draft.first - span[1]), span[0]))
        draft.dated = nearest[0]
        return self._range_end(nearest, inside) if draft.kind in ENDS else nearest[2]

    def _item_start(self, draft: Draft) -> int:
        """The first token whose date may be an event's: after the treatment before its own, and after another cue's clause."""
        reading, own = self.reading, self.reading.at[draft.target][0]
        low = draft.low
        if draft.kind in ENDS and not draft.forward:
            low = min(low, own)
        earlier = [span[-1] for span in reading.at if low <= span[0] < min(own, draft.first)]
        cuts = [t for t in range(earlier[-1] + 1, min(own, draft.first)) if self._separates(t)] if earlier else []
        return cuts[-1] if cuts else low

    def _separates(self, token: int) -> bool:
        """Whether a token stands between two treatments' own words."""
        return self.reading.forms[token] in SEPARATORS or self.reading.joins(token)

    def _beginning(self, draft: Draft, at: int) -> bool:
        """Whether a date is another cue's: it says since when a treatment was given that was stopped, or stands in an earlier clause."""
        reading = self.reading
        words = reading.vocabulary
        if draft.kind in ENDS and at in reading.until:
            return False
        if at > draft.last:
            length = words.ends("since", reading.forms, at)
            since = at - length if length else at
            ends = draft.last + 1, reading.at[draft.target][-1] + 1
            return draft.kind in ENDS and bool(length or words.begins("since", reading.forms, at)) and since not in ends
        between = range(at, draft.first)
        if draft.low > reading.bounds(draft.first)[0] and any(self._separates(t) for t in between) and draft.kind not in ENDS:
            return True
        since = reading.vocabulary.ends("since", reading.forms, at) or reading.vocabulary.begins("since", reading.forms, at)
        return bool(since) and draft.kind in ENDS

    def _range_end(self, nearest: tuple[int, int, str], spans: list[tuple[int, int, str]]) -> str:
        """The later of two years."""
        forms = self.reading.forms
        if nearest[0] in self.reading.until:
            return self.reading.until[nearest[0]]
        for first, _, value in spans:
            if first == nearest[1] + 2 and forms[nearest[1] + 1] in {"-", "/", "a"}:
                return value
        return nearest[2]


def _share_no_date(end: Draft, kept: dict[tuple[int, str], Draft]) -> None:
    """Of a treatment's beginning and its end only one has a date that both took: the one whose words stand last before it."""
    start = kept.get((end.target, "started"))
    if end.kind in ENDS and start and start.dated == end.dated >= 0 and start.date == end.date:
        (end if start.first < end.dated < end.first else start).date = ""
