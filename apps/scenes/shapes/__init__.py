"""Solid shapes: people, vehicles, bicycles, and what people carry."""
