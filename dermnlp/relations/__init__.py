"""What mentions have to do with each other: what belongs to a drug, what becomes of it, what it did."""
