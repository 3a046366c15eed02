"""Model families: each module reads the outputs of one kind of model."""
