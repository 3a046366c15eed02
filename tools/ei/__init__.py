"""The command `ei`: one command for everything that people start."""
