"""Values that stand around a mention: scores, doses, dates."""
