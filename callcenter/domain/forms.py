"""What clients send through public forms, checked field by field; pure. Regulation: 2.2, 2.3."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from callcenter.domain.errors import InvalidInput
from callcenter.domain.numbers import Number, parse_number
from callcenter.domain.signing import Signer, sha256
from callcenter.domain.ticket import Kind

LIMITS: Mapping[str, int] = {
    "name": 120,
    "phone": 40,
    "email": 254,
    "organization": 200,
    "inn": 12,
    "product": 64,
    "kind": 16,
    "text": 5000,
    "message": 5000,
    "comment": 1000,
}
"""Longest text of each field, in characters."""

SHORTEST_TEXT = 3
_EMAIL = re.compile(
    r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{1,62}", re.ASCII
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069]")


def is_email(text: str) -> bool:
    """Whether this is a mail address as people have them, in small letters.

    >>> is_email("petr@example.ru"), is_email("petr@localhost"), is_email("a b@example.ru")
    (True, False, False)
    """
    return len(text) <= LIMITS["email"] and _EMAIL.fullmatch(text) is not None


OFFERED_KINDS = (Kind.REFERENCE, Kind.OUTAGE)
"""What a client can say of his request himself; the moderator may see it otherwise. Regulation: 2.7, 2.8."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A client's words, checked; `phone` has an E.164 form, which is not yet permission to dial it."""

    name: str
    phone: Number
    text: str
    kind: Kind = Kind.REFERENCE
    email: str | None = None
    organization: str = ""
    inn: str = ""
    product: str = ""

    @property
    def subject(self) -> str:
        """The first line of the text, for lists; at most 120 characters."""
        line = self.text.strip().splitlines()[0].strip()
        return line if len(line) <= 120 else line[:119].rstrip() + "…"

    def fingerprint(self, attachments: Collection[str] = ()) -> str:
        """The same for the same content: tells a repetition from another request."""
        parts = [
            self.name, self.phone.e164 or "", self.text, self.kind, self.email or "", self.organization,
            self.inn, self.product, *attachments,
        ]  # fmt: skip
        return sha256("\x1f".join(parts))


def check_request(fields: Mapping[str, str], products: Collection[str]) -> Request:
    """Read a form; `products` are the codes that may be chosen.

    Raises:
        InvalidInput: every wrong field at once, with a message key each.
    """
    problems: dict[str, str] = {}
    texts = {name: _text(name, fields, problems) for name in LIMITS if name not in {"message", "comment"}}
    texts["email"] = texts["email"].lower()
    phone = parse_number(texts["phone"])
    for name, problem in _wrong(texts, phone, products):
        problems.setdefault(name, problem)
    if problems:
        raise InvalidInput(problems)
    return Request(
        name=texts["name"],
        phone=phone,
        text=texts["text"],
        kind=Kind(texts["kind"] or Kind.REFERENCE),
        email=texts["email"] or None,
        organization=texts["organization"],
        inn=texts["inn"],
        product=texts["product"],
    )


def _wrong(texts: Mapping[str, str], phone: Number, products: Collection[str]) -> Iterator[tuple[str, str]]:
    for name in ("name", "phone", "text"):
        if not texts[name]:
            yield name, "required"
    if phone.e164 is None:
        yield "phone", "phone"
    if texts["email"] and not _EMAIL.fullmatch(texts["email"]):
        yield "email", "email"
    if texts["inn"] and not is_inn(texts["inn"]):
        yield "inn", "inn"
    if texts["product"] and texts["product"] not in products:
        yield "product", "choice"
    if texts["kind"] and texts["kind"] not in OFFERED_KINDS:
        yield "kind", "choice"
    if len(texts["text"]) < SHORTEST_TEXT:
        yield "text", "too_short"


def check_message(text: str, field_name: str = "message", *, required: bool = True) -> str:
    """A client's further words.

    Raises:
        InvalidInput: missing or too long.
    """
    problems: dict[str, str] = {}
    clean = _text(field_name, {field_name: text}, problems)
    if required and not clean:
        problems.setdefault(field_name, "required")
    if problems:
        raise InvalidInput(problems)
    return clean


def _text(name: str, fields: Mapping[str, str], problems: dict[str, str]) -> str:
    text = fields.get(name, "").replace("\r\n", "\n").replace("\r", "\n").strip()
    multiline = name in {"text", "message", "comment"}
    if len(text) > LIMITS[name]:
        problems[name] = "too_long"
    if _CONTROL.search(text) or (not multiline and ("\n" in text or "\t" in text)):
        problems[name] = "control_characters"
    return text


def is_inn(text: str) -> bool:
    """Whether a taxpayer number's check digits are right (10 digits: company, 12: person).

    >>> is_inn("7707083893"), is_inn("7707083894"), is_inn("500100732259")
    (True, False, True)
    """
    if not re.fullmatch(r"\d{10}|\d{12}", text, re.ASCII):
        return False
    digits = [int(each) for each in text]
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def check(count: int) -> int:
        used = weights[len(weights) - count :]
        return sum(weight * digit for weight, digit in zip(used, digits, strict=False)) % 11 % 10

    if len(digits) == 10:
        return check(9) == digits[9]
    return check(10) == digits[10] and check(11) == digits[11]


class TokenProblem(StrEnum):
    """Why a form is not taken yet; its sender is asked to send it again, nothing typed is lost."""

    FORGED = "form_token"
    TOO_FAST = "form_too_fast"
    TOO_OLD = "form_too_old"
    TRAP = "form_trap"


MIN_FILL_TIME = timedelta(seconds=3)
MAX_FILL_TIME = timedelta(hours=24)


@dataclass(frozen=True, kw_only=True, slots=True)
class FormToken:
    """Given out with each empty form: when, and a key that makes repeated sending harmless."""

    issued_at: datetime
    key: str

    def signed(self, signer: Signer, site: str) -> str:
        """The hidden field's value."""
        text = f"{int(self.issued_at.timestamp())}.{self.key}"
        return f"{text}.{signer.sign(f'form:{site}', text)}"


def read_token(text: str, signer: Signer, site: str, now: datetime) -> FormToken | TokenProblem:
    """The token of a sent form, or why it cannot be taken."""
    issued, _, rest = text.partition(".")
    key, _, signature = rest.partition(".")
    if not signer.matches(f"form:{site}", f"{issued}.{key}", signature) or not issued.isascii():
        return TokenProblem.FORGED
    token = FormToken(issued_at=datetime.fromtimestamp(int(issued), tz=now.tzinfo), key=key)
    if now - token.issued_at < MIN_FILL_TIME:
        return TokenProblem.TOO_FAST
    if now - token.issued_at > MAX_FILL_TIME:
        return TokenProblem.TOO_OLD
    return token


@dataclass(frozen=True, kw_only=True, slots=True)
class SubmissionLimits:
    """How many forms one network address may send."""

    per_ten_minutes: int = 10
    per_day: int = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """One accepted form: when it was sent and when moderators could see it. Regulation: 2.3.

    What was typed is on the ticket, but for the company, which nobody has confirmed yet. `key_sha256` is unique
    per site: a repetition finds this row. `address_key` is an HMAC of the sender's
    network address, for limits.
    """

    id: int
    site_id: int
    ticket_id: int
    key_sha256: str
    fingerprint: str
    address_key: str
    submitted_at: datetime
    visible_at: datetime
    organization: str = ""
    inn: str = ""
    locale: str = "ru"

    @property
    def delay(self) -> timedelta:
        """Submit → visible to moderators; the target is 3 minutes."""
        return self.visible_at - self.submitted_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Consent:
    """Consent to the processing of personal data, kept apart from what it was given for."""

    ticket_id: int
    site_id: int
    text_version: str
    at: datetime
    network_address: str


def consent_version(text: str) -> str:
    """The name of a consent text: made of its content, so it cannot be changed under a given consent."""
    return sha256(text)[:16]


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusLink:
    """The unguessable address of a ticket's status page: only the token's hash is stored."""

    ticket_id: int
    nonce: str
    token_sha256: str = field(repr=False)
    created_at: datetime
