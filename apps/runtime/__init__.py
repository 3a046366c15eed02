"""What every process needs: settings, service life cycle, health, metrics, logs, Redis."""
