"""The composition root: reads the settings, builds everything, starts it and stops it."""
