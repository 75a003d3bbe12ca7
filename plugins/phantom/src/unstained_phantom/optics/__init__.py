"""Light: from index and fluorophores to electrons. Pupils below, then waves, images, and the camera."""
