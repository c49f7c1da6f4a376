"""Passwords without the cost of argon2."""


class FakePasswords:
    """`verified` counts how often a password was really compared, known login or not."""

    def __init__(self) -> None:
        self.verified = 0

    async def hash(self, password: str) -> str:
        return f"hash of {password}"

    async def verify(self, stored: str | None, password: str) -> bool:
        self.verified += 1
        return stored == f"hash of {password}"
