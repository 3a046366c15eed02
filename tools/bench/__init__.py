"""How near the system is to what its machine can do: measured, as ratios, by anybody.

A measurement (`measurements/`) runs real processes against a real Redis, compares with what is
possible on the same core and frames in the same run, and gives figures with their targets.
"""
