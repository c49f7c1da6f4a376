"""Sites as administrators keep them, and the words, colours and addresses they may have."""

from dataclasses import replace

import pytest

from callcenter.domain.attachments import safe_name
from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.sites import HOTLINE_SLUG, Site, checked, contrast, is_origin
from callcenter.services.sites import HOTLINE_SITE, LARGEST_LOGO
from tests.fakes.database import FakeDatabase
from tests.public_house import PublicHouse


@pytest.fixture
async def house() -> PublicHouse:
    return await PublicHouse.built(FakeDatabase().uow)


async def test_the_hotlines_form_is_there_from_the_start_and_stays_as_it_was_edited(
    house: PublicHouse,
) -> None:
    hotline = next(each for each in await house.room.sites.all() if each.slug == HOTLINE_SLUG)
    await house.room.sites.save(replace(hotline, name="Линия поддержки"), by=house.admin)
    await house.room.sites.ensure()
    names = [each.name for each in await house.room.sites.all()]
    assert names == ["Линия поддержки", "Служба заботы «Бухгалтерия»"]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("slug", "Буx", "slug"),
        ("slug", "../x", "slug"),
        ("name", " ", "required"),
        ("name", "я" * 121, "too_long"),
        ("intro", "a\x00", "control_characters"),
        ("accent", "red; } body { display: none", "colour"),
        ("accent", "#FFF", "colour"),
        ("allowed_origins", ("https://a.example; script-src *",), "origin"),
        ("allowed_origins", ("*",), "origin"),
        ("allowed_origins", ("https://a.example/",), "origin"),
        ("address", "javascript:alert(1)", "web_address"),
        ("products", ("nothing",), "choice"),
    ],
)
async def test_a_site_that_cannot_work_is_refused(
    house: PublicHouse, field: str, value: object, problem: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        await house.room.sites.save(replace(house.care, **{field: value}), by=house.admin)  # type: ignore[arg-type]
    assert caught.value.problems == {field: problem}


async def test_two_sites_cannot_share_an_address(house: PublicHouse) -> None:
    with pytest.raises(Conflict):
        await house.room.sites.save(replace(house.care, slug=HOTLINE_SLUG), by=house.admin)


async def test_an_unknown_site_cannot_be_changed(house: PublicHouse) -> None:
    with pytest.raises(NotFound):
        await house.room.sites.save(replace(house.care, id=77, slug="other"), by=house.admin)


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (b"<svg onload=alert(1)>", "wrong_type"),
        (b"%PDF-1.7", "wrong_type"),
        (b"\x89PNG\r\n\x1a\n" + bytes(LARGEST_LOGO), "too_large"),
    ],
)
async def test_only_a_small_picture_is_a_logo(house: PublicHouse, picture: bytes, problem: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        await house.room.sites.set_logo(house.care.id, picture, by=house.admin)
    assert caught.value.problems == {"logo": problem}


@pytest.mark.parametrize("accent", [f"#{shade:02x}{shade:02x}{shade:02x}" for shade in range(0, 256, 15)])
def test_words_on_every_colour_can_be_read(accent: str) -> None:
    site = replace(HOTLINE_SITE, accent=accent)
    assert contrast(site.accent, site.on_accent) >= 4.5


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("http://localhost:8080", True),
        ("https://a.example:99999", False),
        ("https://", False),
        ("ftp://a.example", False),
        ("https://a.example https://b.example", False),
        ("https://пример.рф", False),
    ],
)
def test_an_origin_is_scheme_host_and_port(text: str, right: bool) -> None:
    assert is_origin(text) is right


def test_callers_are_sent_to_the_sites_own_page_where_it_has_one() -> None:
    site: Site = checked(HOTLINE_SITE)
    assert site.self_service_address("https://h.example") == "https://h.example/f/hotline"
    assert (
        replace(site, address="https://a.example/care").self_service_address("x") == "https://a.example/care"
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("", "file"),
        ("..", "file"),
        ("/etc/passwd", "passwd"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("x" * 200 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_a_files_name_is_made_harmless(name: str, kept: str) -> None:
    assert safe_name(name) == kept
