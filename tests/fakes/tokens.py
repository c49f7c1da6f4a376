"""Tokens one can foresee."""


class FakeTokens:
    """`NewToken` that gives token-1, token-2, …"""

    def __init__(self) -> None:
        self.given = 0

    def __call__(self) -> str:
        self.given += 1
        return f"token-{self.given}"
