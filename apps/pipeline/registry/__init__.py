"""Heartbeats of streams and workers, and control messages between services."""
