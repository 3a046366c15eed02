"""Is a new model what its manifest says? Checks that end in sentences, and a picture."""
