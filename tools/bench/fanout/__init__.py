"""Servers that send one stream to many viewers, and the viewers."""
