"""What flows and how it travels: messages, queues, results, settings, metrics, health."""
