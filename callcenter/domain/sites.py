"""Public forms with their brands: «Горячая линия» and the «Служба заботы» of each profile site. Regulation: 2.2."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from callcenter.domain.errors import InvalidInput

HOTLINE_SLUG = "hotline"
_SLUG = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_COLOUR = re.compile(r"#[0-9a-f]{6}", re.ASCII)
_LONGEST: Mapping[str, int] = {"name": 120, "intro": 600, "address": 300}


class SiteKind(StrEnum):
    """Which form of clause 2.2 a site offers."""

    HOTLINE = "hotline"
    CARE = "care"


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """One public form. It is reached at `/f/<slug>` and may be embedded by pages of `allowed_origins`.

    `products` are product codes to choose from (none: the form does not ask). `address` is the page people are
    sent to when it is not our own (`https://…`, empty: ours). `logo_file` names a stored picture.
    """

    id: int
    slug: str
    kind: SiteKind
    name: str
    intro: str = ""
    accent: str = "#0b5cad"
    logo_file: str = ""
    logo_type: str = ""
    products: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    address: str = ""
    active: bool = True

    @property
    def on_accent(self) -> str:
        """Black or white, whichever reads better on the site's colour; always at least 4.5:1 (WCAG AA)."""
        return text_colour(self.accent)

    def self_service_address(self, base_url: str) -> str:
        """Where a caller is sent to file and watch requests himself. Regulation: 2.1."""
        return self.address or f"{base_url}/f/{self.slug}"


def checked(site: Site) -> Site:
    """The site as it may be stored: trimmed, origins without a path.

    Raises:
        InvalidInput: every wrong field with a message key.
    """
    problems: dict[str, str] = {}
    if not _SLUG.fullmatch(site.slug):
        problems["slug"] = "slug"
    if not site.name.strip():
        problems["name"] = "required"
    for name, most in _LONGEST.items():
        text = getattr(site, name)
        if len(text) > most:
            problems[name] = "too_long"
        elif any(ord(letter) < 32 and letter != "\n" for letter in text):
            problems[name] = "control_characters"
    if not _COLOUR.fullmatch(site.accent):
        problems["accent"] = "colour"
    if any(not is_origin(each) for each in site.allowed_origins):
        problems["allowed_origins"] = "origin"
    if site.address and not site.address.startswith(("https://", "http://")):
        problems["address"] = "web_address"
    if problems:
        raise InvalidInput(problems)
    return site


def is_origin(text: str) -> bool:
    """Whether this is scheme, host and port as browsers send them, and nothing more.

    >>> is_origin("https://buh.example.org"), is_origin("https://buh.example.org/page"), is_origin("*")
    (True, False, False)
    """
    if any(letter.isspace() or letter in ";,'\"*" or ord(letter) > 126 for letter in text):
        return False
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return False
    host = parts.hostname if port is None else f"{parts.hostname}:{port}"
    return text == f"{parts.scheme}://{host}"


def text_colour(ground: str) -> str:
    """Black or white on this `#rrggbb`, whichever contrasts more (WCAG 2.2, relative luminance).

    >>> text_colour("#0b5cad"), text_colour("#ffcc00")
    ('#ffffff', '#000000')
    """
    return "#ffffff" if contrast(ground, "#ffffff") >= contrast(ground, "#000000") else "#000000"


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def frame_ancestors(origins: Iterable[str]) -> str:
    """The `frame-ancestors` of a form's Content-Security-Policy: our own pages and the site's.

    >>> frame_ancestors(["https://buh.example.org"])
    "frame-ancestors 'self' https://buh.example.org"
    """
    return " ".join(["frame-ancestors 'self'", *origins])
