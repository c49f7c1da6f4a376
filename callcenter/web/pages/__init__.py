"""The screens, one file per section."""
