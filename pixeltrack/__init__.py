"""PixelTrack: self-hosted e-mail open tracking and discount campaigns."""

__version__ = "0.1.0"
