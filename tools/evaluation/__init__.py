"""How good a model is and how fast: measured on labelled pictures, as a worker would run it."""
