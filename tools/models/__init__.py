"""Downloads, lists and verifies model files."""
