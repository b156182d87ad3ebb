"""Things as Block Kit: pure functions, no I/O."""
