"""Writes files that are generated from the code and committed."""
