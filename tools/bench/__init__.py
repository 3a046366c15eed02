"""Benchmarks: how close the system comes to the limits of its machine, as ratios.

A measurement (`measurements/`) runs real processes against a real Redis, compares them with a
baseline on the same cores and frames in the same run, and returns figures with targets.
"""
