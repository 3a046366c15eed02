"""Drawn street scenes with known ground truth: see README.md.

This package imports nothing itself, so that `apps.scenes.spec` loads quickly.
"""
