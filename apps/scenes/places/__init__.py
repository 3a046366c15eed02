"""The places: a street, a crossing, a square and a shop."""
