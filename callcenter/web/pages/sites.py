"""Public forms as administrators keep them: the list, one form each, and the snippet that embeds it."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.errors import Conflict, InvalidInput, NotFound
from callcenter.domain.sites import Site, SiteKind
from callcenter.web.bodies import posted
from callcenter.web.forms import number_in_path, text_field
from callcenter.web.keys import SETTINGS
from callcenter.web.public.answers import room
from callcenter.web.responses import page, see_other, visitor, words_of
from callcenter.web.wording import N_

_PROBLEMS: Mapping[str, str] = {
    "slug": N_("Small Latin letters, digits and dashes, beginning with a letter."),
    "required": N_("Fill in this field."),
    "too_long": N_("This is too long."),
    "control_characters": N_("Remove special characters and line breaks."),
    "colour": N_("A colour is written as #0b5cad."),
    "origin": N_("One on each line, as https://shop.example.ru, without a path."),
    "web_address": N_("An address begins with https://."),
    "choice": N_("There is no product with such a code."),
    "taken": N_("Another form has this address already."),
    "wrong_type": N_("A picture is expected: PNG, JPEG, WebP or GIF."),
    "not_a_picture": N_("The file cannot be read as a picture."),
    "too_large": N_("The picture is too large: at most 256 KiB and 2000 pixels a side."),
}
_LONG = 4000
_EMPTY = Site(id=0, slug="", kind=SiteKind.CARE, name="")


async def sites(request: web.Request) -> web.Response:
    """Every form."""
    listed = await room(request).sites.all()
    return await page(request, "sites.html", {"sites": listed, "base_url": request.app[SETTINGS].base_url})


async def new(request: web.Request) -> web.Response:
    """An empty form."""
    return await _form(request, _EMPTY, {})


async def add(request: web.Request) -> web.Response:
    """A new site."""
    return await _apply(request, _EMPTY)


async def edit(request: web.Request) -> web.Response:
    """The form with what is known."""
    return await _form(request, await _site(request), {})


async def save(request: web.Request) -> web.Response:
    """A changed site."""
    return await _apply(request, await _site(request))


async def _site(request: web.Request) -> Site:
    site_id = number_in_path(request, "site_id")
    found = [each for each in await room(request).sites.all() if each.id == site_id]
    if not found:
        raise NotFound(f"no site {site_id}", site_id=site_id)
    return found[0]


async def _apply(request: web.Request, present: Site) -> web.Response:
    fields = await posted(request)
    lines = {name: fields.get(name, "") for name in ("intro", "products", "allowed_origins")}
    texts = {name: value[:_LONG] if isinstance(value, str) else "" for name, value in lines.items()}
    site = Site(
        id=present.id,
        slug=text_field(fields, "slug", most=_LONG) or present.slug,
        kind=present.kind,
        name=text_field(fields, "name", most=_LONG),
        intro=texts["intro"].replace("\r\n", "\n").strip(),
        accent=text_field(fields, "accent", most=_LONG).lower(),
        logo_file=present.logo_file,
        logo_type=present.logo_type,
        products=tuple(texts["products"].split()),
        allowed_origins=tuple(texts["allowed_origins"].split()),
        address=text_field(fields, "address", most=_LONG),
        active=fields.get("active") == "yes",
    )
    try:
        saved = await room(request).sites.save(site, by=visitor(request).person)
    except InvalidInput as error:
        return await _form(request, site, error.problems)
    except Conflict:
        return await _form(request, site, {"slug": "taken"})
    return see_other(f"/sites/{saved.id}")


async def shown(request: web.Request, problems: Mapping[str, str]) -> web.Response:
    """The stored form with what is wrong with its picture."""
    return await _form(request, await _site(request), problems)


async def _form(request: web.Request, site: Site, problems: Mapping[str, str]) -> web.Response:
    words = words_of(request)
    base_url = request.app[SETTINGS].base_url
    context = {
        "site": site,
        "problems": {name: words(_PROBLEMS.get(key, N_("Not accepted"))) for name, key in problems.items()},
        "snippet": f'<script src="{base_url}/embed.js" data-site="{site.slug}" async></script>',
    }
    return await page(request, "site.html", context, status=422 if problems else 200)
