"""The inference service: takes frames of one task, publishes detections."""
