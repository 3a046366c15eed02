"""Training and deployment of a detector."""
