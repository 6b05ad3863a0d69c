"""Django's MySQL backend, which speaks TLS wherever it is asked for."""
