"""Authentication, sessions, and users."""
