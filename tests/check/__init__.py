"""`pairkeeper check`, part by part."""
