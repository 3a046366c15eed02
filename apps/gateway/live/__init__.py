"""Live results to viewers: WebSocket and MJPEG."""
