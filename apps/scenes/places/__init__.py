"""The places that exist: a street, a crossing, a square and a shop."""
