"""The keeping of lexicons: checks, new rows, other people's formats, comparison, coverage, and why a row fires."""
