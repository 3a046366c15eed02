"""Training and deployment of an embedder."""
