"""Programs that people type, and what they are made of."""
