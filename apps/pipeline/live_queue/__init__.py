"""The live queue: bounded, the newest frame wins, every drop is counted."""
