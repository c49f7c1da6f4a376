"""Typed settings: one TOML file, CC_ environment variables, secret files."""
