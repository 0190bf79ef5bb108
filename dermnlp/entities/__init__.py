"""Who proposes mentions (lexicon, tagger) and who decides between them (merge)."""
