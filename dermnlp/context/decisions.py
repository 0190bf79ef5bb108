"""The attributes of a mention, set and taken back, each with the cue that decided it."""

from dermnlp.extensions import Found
from dermnlp.mentions import Cue


def give(mention: Found, attribute: str, rule: str, start: int, end: int, text: str) -> None:
    """Set an attribute, with its first cue."""
    for known in mention.cues:
        if known.attribute == attribute:
            return
    mention.cues = (*mention.cues, Cue(attribute, rule, start, end, text[start:end]))
    setattr(mention, attribute.lower(), True)


def take(mention: Found, attribute: str) -> None:
    """Take an attribute back, with its cue."""
    mention.cues = tuple(cue for cue in mention.cues if cue.attribute != attribute)
    setattr(mention, attribute.lower(), False)


def concepts(mention: Found, attribute: str) -> set[str]:
    """The concepts of the cues that gave a mention an attribute."""
    return {cue.rule.rpartition(":")[2] for cue in mention.cues if cue.attribute == attribute}
