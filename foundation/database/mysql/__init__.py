"""Django's MySQL backend with enforced TLS."""
