"""From a sent form to a ticket that moderators see at once, and only one. Regulation: 2.2, 2.3."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from callcenter.domain.attachments import Attachment, Upload, attachment_kind, check_uploads, safe_name
from callcenter.domain.clients import Product
from callcenter.domain.errors import Conflict, InvalidInput, NotFound, TooManyAttempts
from callcenter.domain.forms import (
    Consent,
    FormToken,
    Request,
    Submission,
    SubmissionLimits,
    TokenProblem,
    check_request,
    consent_version,
    read_token,
)
from callcenter.domain.lifecycle import Status
from callcenter.domain.numbers import parse_number
from callcenter.domain.signing import sha256
from callcenter.domain.sites import Site
from callcenter.domain.ticket import Source, Ticket
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import UnitOfWork
from callcenter.services.desk import Desk
from callcenter.services.notices import MailNotices
from callcenter.services.registration import Registration, place_form
from callcenter.services.sites import active_site, offered_products
from callcenter.services.status_links import PublicLinks
from dialer.permission import may_dial

_TEN_MINUTES, _DAY = timedelta(minutes=10), timedelta(days=1)
_TRIES = 3
_BY_CLIENT = "client"


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenForm:
    """What an empty form needs: the site, its products, and a token for the hidden field."""

    site: Site
    products: Sequence[Product]
    token: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SentForm:
    """A form as it came. `trap` is the field people do not see; `kept_phone` the number a sender insists on.

    `key` is an API client's own idempotency key (None: the token's). `consent_text` is what was consented to,
    None when nothing was. `network_address` is the sender's.
    """

    fields: Mapping[str, str]
    token: str
    network_address: str
    submitted_at: datetime
    consent_text: str | None
    uploads: Sequence[Upload] = ()
    trap: str = ""
    kept_phone: str = ""
    key: str | None = None
    locale: str = "ru"


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the sender is shown. `repeated`: this form had come before, it is the same ticket."""

    ticket: Ticket
    site: Site
    status_token: str = field(repr=False)
    answer_by: datetime
    repeated: bool

    @property
    def number(self) -> str:
        """The number to tell the client."""
        return self.ticket.number


class PublicForms:
    """Takes forms. `totals` counts accepted, repeated and refused ones by reason since the start."""

    def __init__(
        self,
        desk: Desk,
        links: PublicLinks,
        files: AttachmentFiles,
        *,
        notices: MailNotices,
        limits: SubmissionLimits | None = None,
    ) -> None:
        self._desk = desk
        self._links = links
        self._files = files
        self._notices = notices
        self._limits = limits or SubmissionLimits()
        self.totals: Counter[str] = Counter()

    async def open(self, slug: str) -> OpenForm:
        """An empty form; NotFound when there is no such site."""
        async with self._desk.open_uow(write=False) as uow:
            site = await active_site(uow, slug)
            products = await offered_products(uow, site)
        return OpenForm(site=site, products=products, token=self.fresh_token(slug))

    def fresh_token(self, slug: str, *, key: str | None = None) -> str:
        """A token issued now; `key` keeps a form's identity when its token was too old."""
        token = FormToken(issued_at=self._desk.clock.now(), key=key or self._links.new_token()[:43])
        return token.signed(self._links.signer, slug)

    async def send(self, slug: str, sent: SentForm) -> Receipt:
        """Accept a form: one ticket, however often the same form is sent.

        Raises:
            NotFound: no such site.
            InvalidInput: every wrong field; `form` for what concerns the whole (spam guard).
            TooManyAttempts: this network address sent too many.
            Conflict: an API client used its idempotency key for something else.
        """
        try:
            return await self._send(slug, sent)
        except InvalidInput as error:
            self.totals.update({f"refused_{problem}": 1 for problem in set(error.problems.values())})
            raise
        except TooManyAttempts:
            self.totals["refused_too_many"] += 1
            raise

    async def _send(self, slug: str, sent: SentForm) -> Receipt:
        async with self._desk.open_uow(write=False) as uow:
            site = await active_site(uow, slug)
            products = {each.code: each for each in await offered_products(uow, site)}
        token = read_token(sent.token, self._links.signer, slug, self._desk.clock.now())
        if isinstance(token, TokenProblem):
            raise InvalidInput({"form": token})
        if sent.trap:
            raise InvalidInput({"form": TokenProblem.TRAP})
        request = self._checked(sent, frozenset(products))
        fingerprint = request.fingerprint([sha256(each.body.hex()) for each in sent.uploads])
        key = sha256(f"{token.key}\n{fingerprint}" if sent.key is None else f"api\n{sent.key}")
        for _ in range(_TRIES):
            if (receipt := await self._known(site, key, fingerprint)) is not None:
                return receipt
            await self._check_limits(sent.network_address)
            try:
                return await self._place(site, sent, request, products.get(request.product), key, fingerprint)
            except Conflict:
                self.totals["raced"] += 1
        raise Conflict("the form is being taken by another request")

    def _checked(self, sent: SentForm, products: frozenset[str]) -> Request:
        problems: dict[str, str] = {}
        request: Request | None = None
        try:
            request = check_request(sent.fields, products)
        except InvalidInput as error:
            problems.update(error.problems)
        try:
            check_uploads(sent.uploads)
        except InvalidInput as error:
            problems.update(error.problems)
        if sent.consent_text is None:
            problems["consent"] = "consent"
        phone = parse_number(sent.fields.get("phone", "").strip()).e164
        if (
            phone is not None
            and phone != sent.kept_phone
            and (problem := may_dial(phone).problem) is not None
        ):
            problems.setdefault("phone", f"phone_{problem}")
        if problems or request is None:
            raise InvalidInput(problems)
        return request

    async def _known(self, site: Site, key: str, fingerprint: str) -> Receipt | None:
        async with self._desk.open_uow(write=False) as uow:
            submission = await uow.forms.by_key(site.id, key)
            if submission is None:
                return None
            if submission.fingerprint != fingerprint:
                raise Conflict("the idempotency key was used for another form", why="idempotency_key_reused")
            ticket = await uow.tickets.by_id(submission.ticket_id)
            link = await uow.forms.link_of(submission.ticket_id)
        if ticket is None or link is None:
            raise NotFound("the form's ticket is gone", ticket_id=submission.ticket_id)
        self.totals["repeated"] += 1
        return self._receipt(ticket, site, link.nonce, repeated=True)

    async def _check_limits(self, network_address: str) -> None:
        now, key = self._desk.clock.now(), self._links.address_key(network_address)
        async with self._desk.open_uow(write=False) as uow:
            lately = await uow.forms.count_from(key, now - _TEN_MINUTES)
            today = await uow.forms.count_from(key, now - _DAY)
        if lately >= self._limits.per_ten_minutes:
            raise TooManyAttempts("too many forms", retry_after=int(_TEN_MINUTES.total_seconds()))
        if today >= self._limits.per_day:
            raise TooManyAttempts("too many forms", retry_after=3600)

    async def _place(
        self,
        site: Site,
        sent: SentForm,
        request: Request,
        product: Product | None,
        key: str,
        fingerprint: str,
    ) -> Receipt:
        stored: list[str] = []
        try:
            async with self._desk.open_uow() as uow:
                if await uow.forms.by_key(site.id, key) is not None:
                    raise Conflict("the same form was taken a moment ago")
                desk = replace(self._desk, notices=self._notices.speaking(sent.locale))
                ticket = await place_form(uow, desk, await _ticket(uow, site, sent, request, product))
                await self._keep_files(uow, ticket, sent.uploads, stored)
                link = await self._links.ensure(uow.forms, ticket.id, self._desk.clock.now())
                await self._keep_words(uow, ticket, site, sent, request, key, fingerprint)
                await uow.commit()
        except BaseException:
            for name in stored:
                await self._files.forget(name)
            raise
        self.totals["accepted"] += 1
        return self._receipt(ticket, site, link.nonce, repeated=False)

    async def _keep_files(
        self, uow: UnitOfWork, ticket: Ticket, uploads: Sequence[Upload], stored: list[str]
    ) -> None:
        for each in uploads:
            kind = attachment_kind(each.body)
            assert kind is not None, "uploads were checked"
            stored.append(await self._files.store(each.body))
            await uow.attachments.add(
                Attachment(
                    id=0,
                    ticket_id=ticket.id,
                    stored_name=stored[-1],
                    name=safe_name(each.name),
                    kind=kind,
                    size=len(each.body),
                    sha256=hashlib.sha256(each.body).hexdigest(),
                    at=self._desk.clock.now(),
                    by=_BY_CLIENT,
                )
            )

    async def _keep_words(
        self,
        uow: UnitOfWork,
        ticket: Ticket,
        site: Site,
        sent: SentForm,
        request: Request,
        key: str,
        fingerprint: str,
    ) -> None:
        now, text = self._desk.clock.now(), sent.consent_text or ""
        consent = Consent(
            ticket_id=ticket.id,
            site_id=site.id,
            text_version=consent_version(text),
            at=sent.submitted_at,
            network_address=sent.network_address[:64],
        )
        await uow.forms.add_consent(consent, text)
        await uow.forms.add(
            Submission(
                id=0,
                site_id=site.id,
                ticket_id=ticket.id,
                key_sha256=key,
                fingerprint=fingerprint,
                address_key=self._links.address_key(sent.network_address),
                submitted_at=sent.submitted_at,
                visible_at=max(now, sent.submitted_at),
                organization=request.organization,
                inn=request.inn,
                locale=sent.locale,
            )
        )

    def _receipt(self, ticket: Ticket, site: Site, nonce: str, *, repeated: bool) -> Receipt:
        kind = ticket.kind
        assert kind is not None, "a form's ticket has a kind"
        return Receipt(
            ticket=ticket,
            site=site,
            status_token=self._links.status_token(ticket.id, nonce),
            answer_by=Registration(self._desk).promise(ticket, kind).due_at,
            repeated=repeated,
        )


async def _ticket(
    uow: UnitOfWork, site: Site, sent: SentForm, request: Request, product: Product | None
) -> Ticket:
    """The ticket of a form. Who the client is stays a guess from his number until a person confirms it."""
    known = [] if request.phone.e164 is None else await uow.clients.by_phone(request.phone.e164)
    company = ", ".join(filter(None, (request.organization, request.inn and f"ИНН {request.inn}")))
    return Ticket(
        id=0,
        version=0,
        status=Status.DRAFT,
        source=Source.FORM,
        hotline_id=None,
        caller=None,
        created_at=sent.submitted_at,
        updated_at=sent.submitted_at,
        arrived_at=sent.submitted_at,
        possible_client_id=known[0].id if len(known) == 1 else None,
        subject=request.subject,
        text=f"{request.text}\n\nОрганизация: {company}" if company else request.text,
        contact_name=request.name,
        contact_phone=request.phone,
        contact_email=request.email,
        product_id=None if product is None else product.id,
        kind=request.kind,
        site_id=site.id,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class PlacingTimes:
    """Clause 2.3 over a period: how many forms, and how long until moderators could see them."""

    forms: int
    longest: timedelta
    within_target: int


def placing_times(submissions: Sequence[Submission], target: timedelta) -> PlacingTimes:
    """Submit → visible, measured around the clock. Regulation: 2.3."""
    delays = [each.delay for each in submissions]
    return PlacingTimes(
        forms=len(delays),
        longest=max(delays, default=timedelta(0)),
        within_target=sum(delay <= target for delay in delays),
    )
