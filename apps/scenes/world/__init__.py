"""The simulated world: places, walkers, and vehicles."""
