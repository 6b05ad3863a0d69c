"""Which PixelTrack this is. Must not import Django."""

__version__ = "0.1.0"
