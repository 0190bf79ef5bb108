"""Dermatology notes, Spanish and English, to OMOP tables."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"
__all__ = ["__version__", "annotate", "context_of", "load"]

_HOMES = {"load": "dermnlp.pipelines", "annotate": "dermnlp.annotation", "context_of": "dermnlp.spans"}


def __getattr__(name: str) -> Any:
    """What the package offers, imported when first asked for, so that `import dermnlp` stays light."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'dermnlp' has no attribute '{name}'. There are: {', '.join(__all__)}.")
