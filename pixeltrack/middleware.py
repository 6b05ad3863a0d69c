"""What every answer of the Django side carries; the pixel never comes through here."""

import time


class AnswerHeaders:
    """Adds the security headers and the processing time, over plain HTTP too."""

    FIXED = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-XSS-Protection": "1; mode=block",
        "Strict-Transport-Security": "max-age=31536000",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        started = time.perf_counter()
        response = self.get_response(request)
        for name, value in self.FIXED.items():
            response[name] = value
        response["X-Process-Time"] = f"{time.perf_counter() - started:.6f}"
        return response
