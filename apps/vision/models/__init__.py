"""Models: what they are (manifests), which one serves a task (catalogue), and what runs them."""
