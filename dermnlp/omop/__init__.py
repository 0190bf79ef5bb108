"""Records as tables of the OMOP Common Data Model, v5.4."""
