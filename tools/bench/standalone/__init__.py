"""Separate measurements, each with its own command."""
