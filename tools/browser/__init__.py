"""Controls a real browser from Python."""
