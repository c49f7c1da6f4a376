"""Public forms as data: what administrators edit, what a form offers. Regulation: 2.2."""

from collections.abc import Sequence
from dataclasses import replace

from callcenter.domain.attachments import AttachmentKind, attachment_kind
from callcenter.domain.clients import Product
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.people import Action, Person
from callcenter.domain.policy import require
from callcenter.domain.sites import HOTLINE_SLUG, Site, SiteKind, checked
from callcenter.domain.story import actor_of
from callcenter.ports.outside import AttachmentFiles
from callcenter.ports.unit_of_work import Clock, OpenUnitOfWork, UnitOfWork

HOTLINE_SITE = Site(
    id=0,
    slug=HOTLINE_SLUG,
    kind=SiteKind.HOTLINE,
    name="Горячая линия",
    intro="Опишите вопрос, и специалист перезвонит вам в рабочее время.",
)
LOGO_KINDS = frozenset({AttachmentKind.PNG, AttachmentKind.JPEG, AttachmentKind.WEBP, AttachmentKind.GIF})
LARGEST_LOGO = 256 * 2**10


class SiteAdmin:
    """The administrator's list of sites."""

    def __init__(self, open_uow: OpenUnitOfWork, files: AttachmentFiles, clock: Clock) -> None:
        self._open_uow = open_uow
        self._clock = clock
        self._files = files

    async def all(self) -> Sequence[Site]:
        """Every site, switched-off ones included."""
        async with self._open_uow(write=False) as uow:
            return await uow.sites.all()

    async def ensure(self, sites: Sequence[Site] = (HOTLINE_SITE,)) -> None:
        """Add those whose slug is free; edited ones stay as they are. Called at the program's start."""
        for site in sites:
            try:
                async with self._open_uow() as uow:
                    if await uow.sites.by_slug(site.slug) is None:
                        await uow.sites.add(checked(site))
                        await uow.commit()
            except Conflict:
                # another node that starts at the same time added it a moment earlier
                continue

    async def save(self, site: Site, *, by: Person) -> Site:
        """Add (id 0) or change a site; its logo stays.

        Raises:
            InvalidInput: every wrong field, with a message key each.
            Conflict: another site has this slug.
        """
        require(by, Action.EDIT_SITES)
        checked(site)
        async with self._open_uow() as uow:
            await _check_products(uow, site)
            namesake = await uow.sites.by_slug(site.slug)
            if namesake is not None and namesake.id != site.id:
                raise Conflict("the slug is taken", slug=site.slug)
            known = site.id != 0
            if not known:
                site = await uow.sites.add(site)
            else:
                present = await _present(uow, site.id)
                site = replace(site, logo_file=present.logo_file, logo_type=present.logo_type)
                await uow.sites.save(site)
            await self._record(uow, by, "site.changed" if known else "site.added", site)
            await uow.commit()
        return site

    async def set_logo(self, site_id: int, picture: bytes | None, *, by: Person) -> None:
        """Store the site's picture; None takes it away.

        Raises:
            InvalidInput: not a picture we show, or too large.
        """
        require(by, Action.EDIT_SITES)
        kind = None if picture is None else attachment_kind(picture)
        if picture is not None and (kind not in LOGO_KINDS or len(picture) > LARGEST_LOGO):
            raise InvalidInput({"logo": "wrong_type" if kind not in LOGO_KINDS else "too_large"})
        async with self._open_uow() as uow:
            site = await _present(uow, site_id)
            name = "" if picture is None else await self._files.store(picture)
            await uow.sites.save(replace(site, logo_file=name, logo_type="" if kind is None else str(kind)))
            await self._record(uow, by, "site.logo", site)
            await uow.commit()
        if site.logo_file:
            await self._files.forget(site.logo_file)

    async def _record(self, uow: UnitOfWork, by: Person, action: str, site: Site) -> None:
        await uow.audit.record(
            at=self._clock.now(),
            actor=actor_of(by.id),
            ticket_id=None,
            action=action,
            reason="",
            change={"site_id": site.id, "slug": site.slug, "active": site.active},
        )


async def _present(uow: UnitOfWork, site_id: int) -> Site:
    site = await uow.sites.by_id(site_id)
    if site is None:
        raise NotFound(f"no site {site_id}", site_id=site_id)
    return site


async def _check_products(uow: UnitOfWork, site: Site) -> None:
    for code in site.products:
        if await uow.clients.product_by_code(code) is None:
            raise InvalidInput({"products": "choice"})


async def active_site(uow: UnitOfWork, slug: str) -> Site:
    """The site behind a public address; NotFound when there is none or it is switched off."""
    site = await uow.sites.by_slug(slug)
    if site is None or not site.active:
        raise NotFound(f"no site {slug[:40]}", slug=slug[:40])
    return site


async def offered_products(uow: UnitOfWork, site: Site) -> Sequence[Product]:
    """What can be chosen on the site's form; products removed since are left out."""
    found = [await uow.clients.product_by_code(code) for code in site.products]
    return [each for each in found if each is not None]
