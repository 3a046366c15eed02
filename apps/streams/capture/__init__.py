"""Reading one source: the capture thread, the state of the source, and the retries."""
