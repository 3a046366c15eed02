"""The gateway: dashboard, REST and WebSocket on one port."""
