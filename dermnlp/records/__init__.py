"""Mentions of a note as the facts of a patient: phenotypes, treatments, adverse events; no OMOP in here."""

from dermnlp.records.record import Header, Record

__all__ = ["Header", "Record"]
