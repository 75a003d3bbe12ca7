"""What the harness registers with ``zoo``."""
