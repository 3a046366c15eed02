"""Measures the accuracy and speed of a model on labelled pictures, run as a worker runs it."""
