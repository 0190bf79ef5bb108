"""Bands of the scales: bounds, gaps, schemes, and that the rows of scales and bands agree."""

from __future__ import annotations

from pathlib import Path

import pytest

from dermnlp import lexicons
from dermnlp.attributes.bands import band_of, bands

SCALES = {row["scale"]: row for row in lexicons.concepts("attributes", "scores").values()}
BANDS = lexicons.concepts("attributes", "bands")


@pytest.mark.parametrize(
    "scale, scheme, value, label",
    [
        ("EASI", None, 0, "clear"),
        ("EASI", None, 0.05, "clear"),
        ("EASI", None, 0.1, "almost_clear"),
        ("EASI", None, 1, "almost_clear"),
        ("EASI", None, 1.05, "almost_clear"),
        ("EASI", None, 1.1, "mild"),
        ("EASI", None, 7, "mild"),
        ("EASI", "leshem", 21.4, "severe"),
        ("EASI", "chopra", 21.4, "moderate"),
        ("EASI", "chopra", 22.95, "moderate"),
        ("EASI", "chopra", 23, "severe"),
        ("EASI", None, 72, "very_severe"),
        ("EASI", None, 72.1, None),
        ("SCORAD", None, 28.9, "mild"),
        ("SCORAD", None, 45, "moderate"),
        ("POEM", None, 20, "severe"),
        ("DLQI", None, 1, "no_effect"),
        ("DLQI", None, 18, "very_large_effect"),
        ("DLQI", "vakharia", 18, "severe"),
        ("NRS_ITCH", None, 3.5, "mild"),
        ("NRS_ITCH", None, 8, "severe"),
        ("BSA", "psoriasis", 5, "mild"),
        ("BSA", "psoriasis", 5.1, "moderate"),
        ("BSA", "psoriasis", 15, "severe"),
        ("BSA", "atopic_dermatitis", 15, "mild"),
        ("BSA", "atopic_dermatitis", 40, "severe"),
        ("IGA", None, 3, "moderate"),
        ("PGA", "six_point", 5, "very_severe"),
        ("UAS7", None, 6, "well_controlled"),
        ("UAS7", None, 28, "severe"),
        ("UCT", None, 11, "poorly_controlled"),
        ("UCT", None, 12, "well_controlled"),
        ("UCT", "complete_control", 16, "completely_controlled"),
        ("AECT", None, 10, "well_controlled"),
        ("HURLEY", None, 2, "moderate"),
        ("IHS4", None, 3, "mild"),
        ("IHS4", None, 11, "severe"),
        ("IHS4", None, 190, "severe"),
        ("SALT", None, 50, "severe"),
        ("DAPSA", None, 4, "remission"),
        ("DAPSA", None, 4.1, "low_activity"),
        ("PASI", None, 10, "mild"),
        ("PASI", None, 12.4, "moderate_to_severe"),
        ("PASI", None, -1, None),
    ],
)
def test_band_of(scale: str, scheme: str | None, value: float, label: str | None) -> None:
    band = band_of(scale, value, scheme)
    assert (band.label if band else None) == label


def test_bands_are_in_the_order_of_their_schemes() -> None:
    assert [band.scheme for band in bands("EASI")] == ["leshem"] * 6 + ["chopra"] * 4
    assert bands("EASI")[1].source == "Leshem 2015"


@pytest.mark.parametrize("scale", ["FITZPATRICK", "no such scale"])
def test_a_scale_without_bands(scale: str) -> None:
    assert bands(scale) == ()


def test_a_scheme_that_is_not_there() -> None:
    with pytest.raises(ValueError, match="No bands 'psoriasis' for 'EASI'. There are: leshem, chopra."):
        band_of("EASI", 3, "psoriasis")


def test_a_directory_adds_a_scheme(tmp_path: Path) -> None:
    topic = tmp_path / "attributes" / "bands"
    topic.mkdir(parents=True)
    rows = "easi.ours.low,EASI,ours,low,0,16,Own 2020\neasi.ours.high,EASI,ours,high,16.1,72,Own 2020\n"
    (topic / "concepts.csv").write_text("concept,scale,scheme,label,minimum,maximum,source\n" + rows)
    with lexicons.use([tmp_path]):
        band = band_of("EASI", 20, "ours")
    assert band is not None and band.label == "high"


def test_there_are_at_least_sixty_scales() -> None:
    assert len(SCALES) >= 60


@pytest.mark.parametrize("scale", sorted(SCALES))
def test_every_scale_has_a_range_and_a_direction(scale: str) -> None:
    row = SCALES[scale]
    assert float(row["minimum"]) < float(row["maximum"])
    assert row["direction"] in ("worse", "better", "none")


@pytest.mark.parametrize("concept", sorted(BANDS))
def test_every_band_lies_in_its_scale_and_has_a_source(concept: str) -> None:
    row = BANDS[concept]
    scale = SCALES[row["scale"]]
    assert concept == f"{concept.split('.')[0]}.{row['scheme']}.{row['label']}"
    assert row["source"]
    assert float(scale["minimum"]) <= float(row["minimum"]) <= float(row["maximum"] or scale["maximum"]) <= float(scale["maximum"])


@pytest.mark.parametrize("lang", ["es", "en"])
def test_every_band_has_a_word(lang: str) -> None:
    assert {row["concept"] for row in lexicons.terms("attributes", "bands", lang)} == set(BANDS)


@pytest.mark.parametrize("scale", sorted({row["scale"] for row in BANDS.values()}))
def test_the_bands_of_a_scheme_do_not_overlap(scale: str) -> None:
    for before, after in zip(bands(scale), bands(scale)[1:], strict=False):
        if before.scheme == after.scheme:
            assert before.maximum <= after.minimum
