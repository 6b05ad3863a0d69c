"""The version of PixelTrack. Must not import Django."""

__version__ = "0.1.0"
