from django.apps import AppConfig


class PixelTrackConfig(AppConfig):
    """Holds the commands that run everything, and what Django checks before they do."""

    name = "pixeltrack"
    verbose_name = "PixelTrack"

    def ready(self) -> None:
        # Registers them.
        from pixeltrack import checks  # noqa: F401
