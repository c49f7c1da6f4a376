"""The staff's REST API under `/api/v1`: the same power as the screens, for programs."""
