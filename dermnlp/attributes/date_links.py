"""Which mention a date belongs to: the nearest that it governs, and those that share it."""

import re
from bisect import bisect_right

from dermnlp.attributes.date_grammar import BESIDE, FUTURE, HISTORY, ONSET, TODAY, UNTIL, FoundDate, Grammar
from dermnlp.extensions import Found
from dermnlp.mentions import DATED

BREAK = re.compile(r"[;|]|[.!?]\s|→")
CLAUSE = re.compile(r"[,;:.(\n]")
TIGHT = re.compile(r"[\s,]{0,2}\(?")
WORD = re.compile(r"[^\W\d_]+")
SCORES_TOGETHER = re.compile(r"[\s,;/]*(?:(?:y|e|and|&)\s+)?")
TOGETHER = re.compile(r"\s*(?:y|e|and|&|\+|/)\s*")
LINE_HEAD = re.compile(r"[\s\-*•·>(\[#|]*(?:[^\W\d_]+[\s.:]+){0,3}\Z")
LINE_HEAD_END = re.compile(r"\s*[)\]]?\s*(?:[:\]|]|[-–—]\s)")
LASTING = ("DIAGNOSIS", "FINDING")
TYPES = {ONSET: LASTING, HISTORY: LASTING, TODAY: ("SCORE", "PROCEDURE"), FUTURE: ("PROCEDURE",), BESIDE: ("DIAGNOSIS", "DRUG", "PROCEDURE", "SCORE")}
GIVEN = ("DOSE", "ROUTE", "FREQUENCY")
MOST_WORDS = {"DIAGNOSIS": 2, "FINDING": 2, "SCORE": 3, "DRUG": 4, "PROCEDURE": 4}


class DateLinks:
    """Dates the mentions of a text; `reach` is the largest number of characters between a mention and its date."""

    def __init__(self, grammar: Grammar, reach: int) -> None:
        self.grammar, self.reach = grammar, reach

    def attach(self, folded: str, dates: list[FoundDate], mentions: list[Found], sentences: list[int]) -> set[int]:
        """Date the mentions; gives the numbers of the dates that date one."""
        places = [bisect_right(sentences, item.start) - 1 for item in dates]
        by_sentence: dict[int, list[Found]] = {place: [] for place in places}
        for mention in mentions:
            if mention.sentence in by_sentence:
                by_sentence[mention.sentence].append(mention)
        used: set[int] = set()
        for number, item in enumerate(dates):
            own = by_sentence[places[number]]
            if item.value and item.role != UNTIL and own and self._date(folded, item, dates, own):
                used.add(number)
        for number, item in enumerate(dates):
            if item.value and item.role in ("", TODAY) and self._heads(folded, item):
                self._date_line(folded, item, dates[number + 1 :], mentions)
        return used

    def _date(self, folded: str, item: FoundDate, dates: list[FoundDate], own: list[Found]) -> bool:
        """Date the mention that a date governs and those that share it."""
        types = TYPES.get(item.role, tuple(DATED))
        holder = next((mention for mention in own if mention.type in types and mention.start <= item.start and item.end < mention.end), None)
        if holder:
            holder.date = item.value
            return True
        before = [mention for mention in own if mention.end <= item.start]
        after = [mention for mention in own if mention.start >= item.end]
        left, close = self._nearest(folded, item, before[::-1], dates)
        right, _ = (None, False) if item.role in (BESIDE, ONSET, FUTURE) or _bracketed(folded, item) else self._nearest(folded, item, after, dates)
        for target, side in ((left if close else None, before[::-1]), (right, after), (left, before[::-1])):
            if target and target.type in types and not target.date:
                for mention in (target, *_sharing(folded, target, side)):
                    if not (mention.negated and mention.type in LASTING):
                        mention.date = mention.date or item.value
                return True
        return False

    def _nearest(self, folded: str, item: FoundDate, side: list[Found], dates: list[FoundDate]) -> tuple[Found | None, bool]:
        """The first mention of a side that can be dated, when it stands near enough, and whether no comma or "and" parts them."""
        between: list[Found] = []
        for mention in side:
            if mention.type in DATED and not any(other.start <= mention.start and mention.end < other.end for other in side):
                gap = _gap(folded, item, mention, between)
                if any(min(mention.end, item.end) <= other.start < max(mention.start, item.start) for other in dates if other is not item):
                    return None, False
                if item.role in (ONSET, HISTORY) and any(other.type in GIVEN for other in between):
                    return None, False
                return self._governs(folded, gap, item, mention)
            between.append(mention)
        return None, False

    def _governs(self, folded: str, gap: str, item: FoundDate, mention: Found) -> tuple[Found | None, bool]:
        """The mention when the text between it and the date allows it, and whether nothing parts them."""
        look, follows = self.grammar.gap, mention.start >= item.end
        if len(gap) > self.reach or BREAK.search(gap) or (item.role == BESIDE and not TIGHT.fullmatch(gap.rstrip() or gap[:1])):
            return None, False
        if follows and ")" in gap.split("(")[0]:
            return None, False
        if mention.type == "DRUG" and (look["ended"].search(gap) or look["ended"].search(_clause_before(folded, mention))):
            return None, False
        if mention.type in LASTING and self._of_another(folded, gap, item, mention):
            return None, False
        last = gap if follows else gap[gap.rfind(",") + 1 :]
        unknown = WORD.findall(look["small"].sub(" ", look["onset"].sub(" ", last)))
        if len(unknown) > (0 if item.role in (ONSET, HISTORY) else MOST_WORDS[mention.type]):
            return None, False
        if not follows and look["joint"].search(gap):
            return None, False
        parted = "," in gap
        if parted and mention.type in LASTING and not follows and item.role != BESIDE:
            onset = look["onset"].search(last) or look["onset"].match(folded, item.start, item.end)
            return (mention if onset else None), False
        return mention, not parted

    def _of_another(self, folded: str, gap: str, item: FoundDate, mention: Found) -> bool:
        """Whether the words around a date say that it is of something else than the beginning of a disease or sign."""
        look = self.grammar.gap
        if look["other_event"].search(gap) or look["ended"].search(gap):
            return True
        if mention.start < item.end:
            return False
        kinds = ("other_event", "ended") if mention.type == "DIAGNOSIS" else ("other_event",)
        return any(self.grammar.before[kind].search(folded, max(0, item.start - self.reach), item.start) for kind in kinds)

    def _heads(self, folded: str, item: FoundDate) -> bool:
        """Whether a date heads its line: "12/03/2021: ...", "[Visita 12/03/2021] ..."."""
        line = folded.rfind("\n", 0, item.start) + 1
        return bool(LINE_HEAD.match(folded[line : item.start]) and LINE_HEAD_END.match(folded, item.end))

    def _date_line(self, folded: str, item: FoundDate, following: list[FoundDate], mentions: list[Found]) -> None:
        """Date the scores and procedures of a line by the date at its head."""
        end = folded.find("\n", item.end)
        end = len(folded) if end < 0 else end
        end = next((other.start for other in following if other.start < end and self._heads(folded, other)), end)
        for mention in mentions:
            if item.end <= mention.start < end and mention.type in ("SCORE", "PROCEDURE") and not mention.date:
                mention.date = item.value


def _clause_before(folded: str, mention: Found) -> str:
    """The words before a mention in its clause."""
    return CLAUSE.split(folded[max(0, mention.start - 40) : mention.start])[-1]


def _bracketed(folded: str, item: FoundDate) -> bool:
    """Whether a date stands alone in brackets."""
    return folded[item.start - 1 : item.start] == "(" and folded[item.end : item.end + 1] in (")", ",", ";")


def _gap(folded: str, item: FoundDate, mention: Found, between: list[Found]) -> str:
    """The text between a mention and a date, without the mentions that stand there."""
    start, end = (mention.end, item.start) if mention.end <= item.start else (item.end, mention.start)
    parts, at = [], start
    for other in sorted(between, key=lambda other: other.start):
        if other.start >= at and other.end <= end:
            parts.append(folded[at : other.start])
            at = other.end
    return " ".join((*(part.strip() for part in parts), folded[at:end])) if parts else folded[start:end]


def _sharing(folded: str, target: Found, side: list[Found]) -> list[Found]:
    """The mentions of the same type beyond a dated one that share its date: those coordinated with it, scores also in a list."""
    joined = SCORES_TOGETHER if target.type == "SCORE" else TOGETHER
    at = side.index(target)
    found: list[Found] = []
    for mention in side[at + 1 :]:
        one, other = sorted((found[-1] if found else target, mention), key=lambda each: each.start)
        if (mention.type, mention.details.get("moment")) != (target.type, target.details.get("moment")) or mention.date or not joined.fullmatch(folded, one.end, other.start):
            break
        found.append(mention)
    return found
