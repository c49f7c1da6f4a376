"""How mail leaves; built by the composition root from the settings."""

from dataclasses import dataclass, field
from email.utils import parseaddr
from enum import StrEnum


class Tls(StrEnum):
    """How the connection to the mail server is protected."""

    NONE = "none"
    STARTTLS = "starttls"
    IMPLICIT = "implicit"


@dataclass(frozen=True, kw_only=True, slots=True)
class SmtpSettings:
    """The mail server; `timeout` is seconds for each step of the conversation."""

    host: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    user: str = ""
    secret: str = field(default="", repr=False)
    timeout: float = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class LetterSettings:
    """What every letter says of us; `sender` is `address` or `Name <address>`."""

    sender: str
    hotline_number: str
    base_url: str

    @property
    def domain(self) -> str:
        """Right side of our message ids."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"
