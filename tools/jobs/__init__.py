"""Looks after jobs: what failed for good, and what to do with it."""
