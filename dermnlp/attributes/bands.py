"""Severity bands of the scales: which band of a published scheme a value falls into."""

from dataclasses import dataclass
from functools import lru_cache
from math import inf

from dermnlp import lexicons

STAGE, TOPIC = "attributes", "bands"


@dataclass(frozen=True, slots=True)
class Band:
    """A band of a scheme: its label, its bounds (both inside, as published) and the publication it comes from."""

    concept: str
    scale: str
    scheme: str
    label: str
    minimum: float
    maximum: float
    source: str


def bands(scale: str) -> tuple[Band, ...]:
    """Every band of a scale by its short name ("EASI"), scheme by scheme, the usual scheme first; () when none is published."""
    return _bands(lexicons.state()).get(scale, ())


def band_of(scale: str, value: float, scheme: str | None = None) -> Band | None:
    """The band that a value falls into, of the scale's first scheme unless one is named; None outside every band.

    A value on a bound that two bands share belongs to the lower band; a value between two bands (1.05 with 0.1-1 and 1.1-7)
    belongs to the lower one too. ValueError when the scale has no such scheme.
    """
    known = bands(scale)
    schemes = list(dict.fromkeys(band.scheme for band in known))
    if scheme is not None and scheme not in schemes:
        raise ValueError(f"No bands '{scheme}' for '{scale}'. There are: {', '.join(schemes) or 'none'}.")
    chosen = sorted((band for band in known if band.scheme == (scheme or schemes[0])), key=lambda band: band.minimum)
    if not chosen or not chosen[0].minimum <= value <= chosen[-1].maximum:
        return None
    inside = next((band for band in chosen if band.minimum <= value <= band.maximum), None)
    return inside or [band for band in chosen if band.minimum <= value][-1]


@lru_cache(maxsize=8)
def _bands(state: tuple[object, ...]) -> dict[str, tuple[Band, ...]]:
    """The bands of every scale from the rows."""
    table: dict[str, tuple[Band, ...]] = {}
    for row in lexicons.concepts(STAGE, TOPIC).values():
        table[row["scale"]] = (*table.get(row["scale"], ()), _row(row))
    return table


def _row(row: dict[str, str]) -> Band:
    """One row; a band without a maximum is open."""
    low, high = float(row["minimum"]), float(row["maximum"] or inf)
    return Band(row["concept"], row["scale"], row["scheme"], row["label"], low, high, row["source"])
