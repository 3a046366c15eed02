"""Training data: pictures, clips, drawn scenes and cut-out people."""
