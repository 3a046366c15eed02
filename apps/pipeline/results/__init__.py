"""Results from workers to subscribers, over pub/sub; the order of results."""
