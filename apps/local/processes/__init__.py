"""Processes of the local system, and the cores that they own."""
