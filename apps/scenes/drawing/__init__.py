"""Draws the world into pictures."""
