"""Streams and workers by heartbeat, and what should run."""
