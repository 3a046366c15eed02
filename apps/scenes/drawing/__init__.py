"""From the world to pixels."""
