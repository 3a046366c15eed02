"""Results from workers to subscribers, over pub/sub."""
