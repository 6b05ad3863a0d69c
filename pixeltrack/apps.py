from django.apps import AppConfig


class PixelTrackConfig(AppConfig):
    """Provides the management commands, and Django's checks before them."""

    name = "pixeltrack"
    verbose_name = "PixelTrack"

    def ready(self) -> None:
        # Registers them.
        from pixeltrack import checks  # noqa: F401
