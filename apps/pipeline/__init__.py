"""Messages and queues between the services, over Redis."""
