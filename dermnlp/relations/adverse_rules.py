"""Rules for adverse events: which cues make a pair of a reaction and a drug one."""

from __future__ import annotations

from dermnlp.relations.pairs import Pair

LISTED = 4  # the most words between a listed drug and its reaction
APART = 14
NEAR = 8
CLOSE = 3
AGAINST = frozenset({"risk", "denied"})
ENDINGS = frozenset({"stop", "intolerance", "toxicity", "reduce"})
DECISIVE = frozenset({"listed", "effect", "caused", "ended for", "known after", "close"})  # rules that need no model beside them
WEAK = frozenset({"cause", "after", "toxicity", "anaphor"})


def rules(pair: Pair) -> list[str]:
    """The names of the rules that say that the drug caused the reaction, the strongest first."""
    cues = pair.between
    if cues & AGAINST or feared(pair) or (pair.drug.mention.uncertain and "caused" not in cues):
        return []
    treats = "indication" in cues and not cues & (ENDINGS | {"caused", "effect"})
    listed = _listed(pair)
    if treats or (pair.path.count("<drug>") and not listed):
        return ["listed"] if listed else []
    if pair.sentences:
        return _later(pair)
    names = _after_drug(pair) if pair.ahead else _before_drug(pair)
    return ["listed", *names] if listed else names


def feared(pair: Pair) -> bool:
    """Whether the reaction is only a risk that somebody names, fears or watches for."""
    between = "risk" in pair.between and pair.reaction.mention.uncertain
    return (between or "risk" in pair.before) and not pair.sentences and not pair.between & ENDINGS


def _listed(pair: Pair) -> bool:
    """Whether the reaction stands right after a drug that a section of allergies lists."""
    section = pair.reaction.section
    return section is not None and section.concept == "allergies" and pair.ahead and not pair.sentences and len(pair.path) <= LISTED


def _after_drug(pair: Pair) -> list[str]:
    """A drug and then its reaction: "MTX suspendido por náuseas", "amoxicillin (rash)"."""
    cues, size = pair.between, len(pair.path)
    names = []
    if size <= APART and "effect" in cues:
        names.append("effect")
    if "purpose" in cues and (size <= CLOSE and "stop" in pair.before or size <= NEAR and "stop" in cues):
        names.append("ended for")
    if size <= NEAR and cues & ENDINGS:
        names.append("ended")
    purpose = "purpose" in cues and not cues & (ENDINGS | {"effect", "switch"})
    if size <= APART and pair.known and not purpose and not pair.drug.mention.negated:
        names.append("known")
    return names


def _before_drug(pair: Pair) -> list[str]:
    """A reaction and then its drug: "nephrotoxicity due to ciclosporin", "náuseas tras metotrexato"."""
    cues, size = pair.between, len(pair.path)
    names = []
    if size <= APART and "caused" in cues:
        names.append("caused")
    if size <= NEAR and pair.known and cues & WEAK and "sequence" not in cues:
        names.append("known after")
    if size <= CLOSE and pair.known and pair.nearest and "with" in cues:
        names.append("known with")
    if pair.strange and 0 < size <= CLOSE and cues & {"purpose", "after", "cause"} and "sequence" not in cues:
        names.append("close")
    return names


def _later(pair: Pair) -> list[str]:
    """A drug, and in the next sentence what it is known to do, with a word that points back to it or ends it."""
    cues = pair.between
    said = cues & {"toxicity", "anaphor", "intolerance"} or (cues & {"stop", "cause"} and "after" in cues)
    if pair.ahead and pair.known and pair.nearest and pair.sentences == 1 and "stop" in pair.after and not said:
        return ["stopped after"]
    return ["next sentence"] if pair.ahead and pair.known and pair.sentences == 1 and said else []
