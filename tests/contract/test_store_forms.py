"""Ports `Sites`, `Forms`, `Attachments` and `AttachmentFiles`."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from callcenter.domain.attachments import Attachment, AttachmentKind
from callcenter.domain.errors import Conflict, NotFound, Unavailable
from callcenter.domain.forms import Consent, StatusLink, Submission
from callcenter.domain.sites import Site, SiteKind
from callcenter.ports.outside import AttachmentFiles as AttachmentFilesPort
from callcenter.ports.unit_of_work import OpenUnitOfWork, UnitOfWork
from callcenter.store.attachment_files import AttachmentFiles
from tests import make
from tests.fakes.forms import FakeAttachmentFiles


def site(slug: str = "buh") -> Site:
    return Site(
        id=0,
        slug=slug,
        kind=SiteKind.CARE,
        name="Служба заботы",
        intro="Отвечаем",
        accent="#146c3b",
        products=("buh", "zup"),
        allowed_origins=("https://a.example", "https://b.example:8443"),
        address="https://a.example/care",
    )


async def placed(uow: UnitOfWork, key: str = "k", *, second: float = 0, address: str = "h") -> Submission:
    """A form of the site's, with its ticket."""
    known = await uow.sites.by_slug("buh") or await uow.sites.add(site())
    ticket = await uow.tickets.add(make.ticket())
    return await uow.forms.add(
        Submission(
            id=0,
            site_id=known.id,
            ticket_id=ticket.id,
            key_sha256=key,
            fingerprint="f",
            address_key=address,
            submitted_at=make.at(second),
            visible_at=make.at(second + 1),
            organization="ООО «Ромашка»",
            inn="7707083893",
            locale="en",
        )
    )


async def test_a_site_comes_back_as_it_was_stored_and_can_be_changed(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await uow.sites.add(site())
        await uow.sites.save(replace(stored, active=False, products=(), allowed_origins=()))
        await uow.commit()
    expected = replace(site(), id=stored.id, active=False, products=(), allowed_origins=())
    async with open_uow(write=False) as uow:
        assert await uow.sites.all() == [expected]
        assert await uow.sites.by_slug("buh") == await uow.sites.by_id(stored.id) == expected
        assert await uow.sites.by_slug("nothing") is None
        assert await uow.sites.by_id(77) is None


async def test_two_sites_cannot_share_a_slug(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await uow.sites.add(site())
        with pytest.raises(Conflict):
            await uow.sites.add(site())


async def test_an_unknown_site_cannot_be_saved(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        with pytest.raises(NotFound):
            await uow.sites.save(replace(site(), id=77))


async def test_a_form_is_found_by_its_key_and_by_its_ticket(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        stored = await placed(uow)
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.forms.by_key(stored.site_id, "k") == stored
        assert await uow.forms.of_ticket(stored.ticket_id) == stored
        assert await uow.forms.by_key(stored.site_id, "other") is None
        assert await uow.forms.by_key(stored.site_id + 1, "k") is None
        assert await uow.forms.of_ticket(stored.ticket_id + 1) is None


async def test_one_key_is_one_form(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        await placed(uow)
        with pytest.raises(Conflict):
            await placed(uow)


async def test_forms_are_counted_by_sender_and_listed_by_time(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        first = await placed(uow, "a", second=0)
        second = await placed(uow, "b", second=60)
        await placed(uow, "c", second=60, address="other")
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.forms.count_from("h", make.at(-1)) == 2
        assert await uow.forms.count_from("h", make.at(0)) == 1
        assert await uow.forms.count_from("nobody", make.at(-1)) == 0
        listed = await uow.forms.between(make.at(0), make.at(60))
        assert list(listed) == [first]
        assert second in await uow.forms.between(make.at(60), make.at(61))


async def test_a_consent_keeps_the_words_that_were_agreed_to(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        forms = [await placed(uow, "a"), await placed(uow, "b")]
        given = [
            Consent(
                ticket_id=each.ticket_id,
                site_id=each.site_id,
                text_version="v1",
                at=make.START,
                network_address="2001:db8::1",
            )
            for each in forms
        ]
        for consent in given:
            await uow.forms.add_consent(consent, "Согласен")
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.forms.consent_of(forms[0].ticket_id) == (given[0], "Согласен")
        assert await uow.forms.consent_of(forms[1].ticket_id) == (given[1], "Согласен")
        assert await uow.forms.consent_of(77) is None


async def test_a_new_status_link_switches_the_former_one_off(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        form = await placed(uow)
        first = StatusLink(ticket_id=form.ticket_id, nonce="n1", token_sha256="t1", created_at=make.START)
        second = replace(first, nonce="n2", token_sha256="t2")
        await uow.forms.set_link(first)
        assert await uow.forms.link_by_token("t1") == first
        await uow.forms.set_link(second)
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.forms.link_by_token("t1") is None
        assert await uow.forms.link_by_token("t2") == await uow.forms.link_of(form.ticket_id) == second
        assert await uow.forms.link_of(77) is None


async def test_attachments_of_a_ticket_come_back_in_order(open_uow: OpenUnitOfWork) -> None:
    async with open_uow() as uow:
        ticket = await uow.tickets.add(make.ticket())
        first = Attachment(
            id=0,
            ticket_id=ticket.id,
            stored_name="a",
            name="отчёт.pdf",
            kind=AttachmentKind.PDF,
            size=5,
            sha256="s",
            at=make.START,
            by="client",
        )
        stored = [
            await uow.attachments.add(first),
            await uow.attachments.add(replace(first, stored_name="b", kind=AttachmentKind.TEXT)),
        ]
        await uow.commit()
    async with open_uow(write=False) as uow:
        assert await uow.attachments.of_ticket(ticket.id) == stored
        assert await uow.attachments.by_id(stored[1].id) == stored[1]
        assert await uow.attachments.by_id(77) is None
        assert await uow.attachments.of_ticket(77) == []


@pytest.fixture(params=["fake", "disk"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> AttachmentFilesPort:
    made: dict[str, Callable[[], AttachmentFilesPort]] = {
        "fake": FakeAttachmentFiles,
        "disk": lambda: AttachmentFiles(tmp_path / "attachments"),
    }
    return made[request.param]()


async def test_a_body_comes_back_until_it_is_forgotten(files: AttachmentFilesPort) -> None:
    one, other = await files.store(b"one"), await files.store(b"one")
    assert one != other
    assert await files.read(one) == b"one"
    await files.forget(one)
    await files.forget(one)
    with pytest.raises(NotFound):
        await files.read(one)
    assert await files.read(other) == b"one"


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a" * 39, "/etc/passwd", "A" * 40])
async def test_no_name_leads_out_of_the_folder(files: AttachmentFilesPort, name: str) -> None:
    with pytest.raises(NotFound):
        await files.read(name)
    await files.forget(name)


async def test_bodies_are_readable_by_the_program_alone(tmp_path: Path) -> None:
    disk = AttachmentFiles(tmp_path)
    name = await disk.store(b"secret")
    assert (await asyncio.to_thread((tmp_path / name[:2] / name).stat)).st_mode & 0o077 == 0


async def test_a_disk_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable):
        await AttachmentFiles(tmp_path / "file").store(b"x")
