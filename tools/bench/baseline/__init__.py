"""Baselines: programs that do the same work without the queue."""
