"""Django's PostgreSQL backend with read timeouts."""
