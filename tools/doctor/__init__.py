"""Finds the first broken link between a source and the autoscaler."""
