"""The schema's history: one for both databases, shipped inside the package."""
