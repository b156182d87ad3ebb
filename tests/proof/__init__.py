"""The safety case and its proofs: the real executor under every placement of events, and the mutants it must kill."""
