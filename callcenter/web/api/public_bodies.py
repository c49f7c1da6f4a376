"""What public operations take and tell: forms, and a client's own request by its link. Regulation: 2.2."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from callcenter.domain.lifecycle import Status as TicketStatus
from callcenter.domain.messages import MessageKind
from callcenter.domain.ticket import Kind
from callcenter.services.status_page import ClientAction
from callcenter.web.api.fields import Asked, Told

_WORDS = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Written = Annotated[str, Field(min_length=1, max_length=5000, pattern=_WORDS)]
Comment = Annotated[str, Field(max_length=1000, pattern=_WORDS)]
Stars = Annotated[int, Field(ge=1, le=5)]


class MessageBody(Asked):
    """A message to the hotline."""

    text: Written


class CommentBody(Asked):
    """A few words, if there is something to say."""

    comment: Comment = ""


class ClosingBody(CommentBody):
    """How it was, 1 is bad and 5 excellent; may be left out."""

    rating: Stars | None = None


class RatingBody(CommentBody):
    """How it was, 1 is bad and 5 excellent."""

    rating: Stars


class StatusMessage(Told):
    """Something that was written, by the client or to him."""

    at: datetime
    kind: MessageKind
    text: str


class StatusFile(Told):
    """A file that the client attached."""

    id: int
    name: str
    size: int


class RequestStatus(Told):
    """How a request stands: `said` is the sentence for its client, `answer_by` the promised instant.

    `actions` are what he may do now.
    """

    number: str
    status: TicketStatus
    said: str
    subject: str
    text: str
    sent_at: datetime
    answer: str
    answer_by: datetime | None
    rating: int | None
    actions: list[ClientAction]
    messages: list[StatusMessage]
    files: list[StatusFile]


class FormSite(Told):
    """Whose form it is."""

    slug: str
    name: str
    intro: str


class FormProduct(Told):
    """A program that may be chosen."""

    code: str
    name: str


class FormFiles(Told):
    """How many files, and how large each."""

    most: int
    largest_bytes: int


class FormConsent(Told):
    """The text that must be agreed to."""

    text: str
    version: str


class PublicForm(Told):
    """What to draw and what to send; `limits` are the longest texts by field, `token` is good for a day."""

    site: FormSite
    products: list[FormProduct]
    kinds: list[Kind]
    limits: dict[str, int]
    attachments: FormFiles
    consent: FormConsent
    token: str


class RequestBody(Asked):
    """A form as it was filled in. `token`: from the form; `consent`: agreed (true, or the version of its text).

    `kept_phone`: a number that we will not dial by ourselves, sent once more on purpose. Files are sent as
    `multipart/form-data` with the same names and `attachments`.
    """

    token: Annotated[str, Field(max_length=400)]
    kind: Kind
    text: Written
    name: Annotated[str, Field(min_length=1, max_length=200)]
    phone: Annotated[str, Field(min_length=1, max_length=40)]
    consent: bool | Annotated[str, Field(max_length=64)]
    product: Annotated[str, Field(max_length=64)] = ""
    email: Annotated[str, Field(max_length=254)] = ""
    organization: Annotated[str, Field(max_length=200)] = ""
    inn: Annotated[str, Field(max_length=12)] = ""
    kept_phone: Annotated[str, Field(max_length=20)] = ""


class FormReceipt(Told):
    """The ticket's number, the client's own link, and the promised instant; `repeated`: it had come before."""

    number: str
    status_url: str
    answer_by: datetime
    repeated: bool
