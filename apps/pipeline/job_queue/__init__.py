"""The job queue: acknowledged, retried, and answered once."""
