"""The streams service: cameras, files and addresses become live frames."""
