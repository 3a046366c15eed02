"""What the API reads: one snapshot per second."""
