"""Figures as SVG, drawn with matplotlib."""
