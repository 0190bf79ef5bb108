"""Dermatology notes, Spanish and English, to OMOP tables."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "annotate", "load"]

_HOMES = {"load": "dermnlp.pipelines", "annotate": "dermnlp.annotation"}


def __getattr__(name: str) -> Any:
    """`load` and `annotate`, imported when first asked for, so that `import dermnlp` stays light."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'dermnlp' has no attribute '{name}'. There are: {', '.join(__all__)}.")
