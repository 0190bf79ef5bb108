"""Context: one algorithm; negation, uncertainty, temporality and experiencer are four cue tables."""
