"""The rules: what a pair is, what it shows and what may be done with it. Uses only the standard library."""
