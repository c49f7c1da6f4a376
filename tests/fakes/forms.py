"""In-memory `Sites`, `Forms`, `Attachments` and `AttachmentFiles`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from callcenter.domain.attachments import Attachment
from callcenter.domain.errors import Conflict, NotFound
from callcenter.domain.forms import Consent, StatusLink, Submission
from callcenter.domain.sites import Site
from tests.fakes.memory import Memory


class FakeSites:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def all(self) -> Sequence[Site]:
        return [each for _, each in sorted(self._memory.sites.items())]

    async def by_slug(self, slug: str) -> Site | None:
        return next((each for each in self._memory.sites.values() if each.slug == slug), None)

    async def by_id(self, site_id: int) -> Site | None:
        return self._memory.sites.get(site_id)

    async def add(self, value: Site) -> Site:
        if await self.by_slug(value.slug):
            raise Conflict("slug")
        added = replace(value, id=self._memory.next_id("site"))
        self._memory.sites[added.id] = added
        return added

    async def save(self, value: Site) -> None:
        if value.id not in self._memory.sites:
            raise NotFound("site", site_id=value.id)
        namesake = await self.by_slug(value.slug)
        if namesake is not None and namesake.id != value.id:
            raise Conflict("slug")
        self._memory.sites[value.id] = value


class FakeForms:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def by_key(self, site_id: int, key_sha256: str) -> Submission | None:
        wanted = (site_id, key_sha256)
        return next((each for each in self._all() if (each.site_id, each.key_sha256) == wanted), None)

    def _all(self) -> list[Submission]:
        return [each for _, each in sorted(self._memory.submissions.items())]

    async def of_ticket(self, ticket_id: int) -> Submission | None:
        return next((each for each in self._all() if each.ticket_id == ticket_id), None)

    async def add(self, submission: Submission) -> Submission:
        if await self.by_key(submission.site_id, submission.key_sha256):
            raise Conflict("key")
        added = replace(submission, id=self._memory.next_id("submission"))
        self._memory.submissions[added.id] = added
        return added

    async def count_from(self, address_key: str, since: datetime) -> int:
        return sum(each.address_key == address_key and each.submitted_at > since for each in self._all())

    async def between(self, since: datetime, until: datetime) -> Sequence[Submission]:
        return [each for each in self._all() if since <= each.submitted_at < until]

    async def add_consent(self, given: Consent, text: str) -> None:
        self._memory.consent_texts.setdefault(given.text_version, text)
        self._memory.consents[given.ticket_id] = given

    async def consent_of(self, ticket_id: int) -> tuple[Consent, str] | None:
        given = self._memory.consents.get(ticket_id)
        return None if given is None else (given, self._memory.consent_texts[given.text_version])

    async def set_link(self, link: StatusLink) -> None:
        self._memory.status_links[link.ticket_id] = link

    async def link_by_token(self, token_sha256: str) -> StatusLink | None:
        links = self._memory.status_links.values()
        return next((each for each in links if each.token_sha256 == token_sha256), None)

    async def link_of(self, ticket_id: int) -> StatusLink | None:
        return self._memory.status_links.get(ticket_id)


class FakeAttachments:
    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def add(self, value: Attachment) -> Attachment:
        added = replace(value, id=self._memory.next_id("attachment"))
        self._memory.attachments[added.id] = added
        return added

    async def by_id(self, attachment_id: int) -> Attachment | None:
        return self._memory.attachments.get(attachment_id)

    async def of_ticket(self, ticket_id: int) -> Sequence[Attachment]:
        return [each for _, each in sorted(self._memory.attachments.items()) if each.ticket_id == ticket_id]


class FakeAttachmentFiles:
    """Outside any transaction, as a disk is."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    async def store(self, body: bytes) -> str:
        name = f"{len(self.bodies) + 1:040x}"
        self.bodies[name] = body
        return name

    async def read(self, name: str) -> bytes:
        if name not in self.bodies:
            raise NotFound("no such attachment")
        return self.bodies[name]

    async def forget(self, name: str) -> None:
        self.bodies.pop(name, None)
