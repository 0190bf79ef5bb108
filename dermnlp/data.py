"""Where the data rooms are: inside the package (a wheel) or beside it (a checkout)."""

from __future__ import annotations

from pathlib import Path

PIPELINE = "derm"  # the pipeline where none is named
ROOMS = ("pipelines", "lexicons", "corpora")


def room(name: str) -> Path:
    """The folder of a data room (`pipelines`, `lexicons`, `corpora`); FileNotFoundError when the installation lacks it."""
    package = Path(__file__).resolve().parent
    for base in (package / "_data", package.parent):
        if (base / name).is_dir():
            return base / name
    raise FileNotFoundError(f"No data room '{name}' in this installation of dermnlp. There are: {', '.join(ROOMS)}.")
