"""Programs that the system is compared with: the same work without its queue."""
