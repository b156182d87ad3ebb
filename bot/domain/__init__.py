"""What the pair is, what it shows, what may be done: the standard library only."""
