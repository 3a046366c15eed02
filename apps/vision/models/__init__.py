"""Models: manifests, the choice of a model for a task, and the engines that run models."""
