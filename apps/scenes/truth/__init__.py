"""Ground truth of a scene, and its file formats."""
