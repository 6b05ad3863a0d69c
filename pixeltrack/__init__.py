"""PixelTrack: self-hosted e-mail open tracking and discount campaigns."""
