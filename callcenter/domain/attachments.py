"""Files that come with requests: what is taken, by content and size; names are hostile text."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from callcenter.domain.errors import InvalidInput

_NOT_IN_NAMES = re.compile(r"[\x00-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\"]")


class AttachmentKind(StrEnum):
    """What may be attached, by content and not by name."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    GIF = "image/gif"
    WEBP = "image/webp"
    OFFICE = "application/zip"
    OLD_OFFICE = "application/x-ole-storage"
    TEXT = "text/plain"


MOST_ATTACHMENTS = 5
LARGEST_ATTACHMENT = 10 * 2**20
LARGEST_ALL = 18 * 2**20
_MAGIC: tuple[tuple[bytes, AttachmentKind], ...] = (
    (b"%PDF-", AttachmentKind.PDF),
    (b"\x89PNG\r\n\x1a\n", AttachmentKind.PNG),
    (b"\xff\xd8\xff", AttachmentKind.JPEG),
    (b"GIF87a", AttachmentKind.GIF),
    (b"GIF89a", AttachmentKind.GIF),
    (b"PK\x03\x04", AttachmentKind.OFFICE),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", AttachmentKind.OLD_OFFICE),
)
_MARKUP = (b"<!doctype", b"<html", b"<svg", b"<script", b"<?php", b"#!", b"mz")


def attachment_kind(body: bytes) -> AttachmentKind | None:
    """What a file is by its first bytes; None for what we do not take (programs, web pages, unknown).

    >>> attachment_kind(b"%PDF-1.7 ..."), attachment_kind(b"MZ\\x90\\x00")
    (<AttachmentKind.PDF: 'application/pdf'>, None)
    """
    for magic, kind in _MAGIC:
        if body.startswith(magic):
            return kind
    if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
        return AttachmentKind.WEBP
    head = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not body or b"\x00" in body or head.startswith(_MARKUP):
        return None
    return AttachmentKind.TEXT


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """A file as it came with a form."""

    name: str
    body: bytes = field(repr=False)


def check_uploads(uploads: Collection[Upload]) -> None:
    """Raises InvalidInput for the field `attachments` when there are too many, too large, or of a wrong kind."""
    if len(uploads) > MOST_ATTACHMENTS:
        raise InvalidInput({"attachments": "too_many"})
    if any(len(each.body) > LARGEST_ATTACHMENT for each in uploads):
        raise InvalidInput({"attachments": "too_large"})
    if sum(len(each.body) for each in uploads) > LARGEST_ALL:
        raise InvalidInput({"attachments": "too_large"})
    if any(attachment_kind(each.body) is None for each in uploads):
        raise InvalidInput({"attachments": "wrong_type"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A stored file of a ticket. `stored_name` is random; `name` is what its sender called it, hostile text."""

    id: int
    ticket_id: int
    stored_name: str
    name: str
    kind: AttachmentKind
    size: int
    sha256: str
    at: datetime
    by: str


def safe_name(name: str) -> str:
    """A file's name without any path, control character or quote; at most 120 characters.

    >>> safe_name("C:\\\\docs\\\\отчёт\\n2026.pdf")
    'отчёт2026.pdf'
    """
    last = re.split(r"[\\/]", name)[-1]
    clean = _NOT_IN_NAMES.sub("", last).strip(" .")
    if len(clean) > 120:
        stem, dot, ending = clean.rpartition(".")
        clean = f"{stem[: 119 - len(ending)]}{dot}{ending}" if dot and len(ending) < 12 else clean[:120]
    return clean or "file"
