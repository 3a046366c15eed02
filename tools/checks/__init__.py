"""Checks of the repository itself: its prose and its structure."""
