"""Pairkeeper: see and recover PAM HA Pairs from Slack, two people at a time."""
