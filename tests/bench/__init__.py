"""Benchmarks: each prints ratios against a named rival in the same run; none is a test."""
