"""The forms «Горячая линия» and «Служба заботы». Regulation: 2.2, 2.3."""

from collections.abc import Mapping

from aiohttp import web

from callcenter.domain.attachments import AttachmentKind
from callcenter.domain.errors import CallCenterError, InvalidInput, NotFound, TooManyAttempts, Unavailable
from callcenter.domain.forms import LIMITS, OFFERED_KINDS, TokenProblem
from callcenter.domain.numbers import parse_number
from callcenter.services.forms import OpenForm, SentForm
from callcenter.services.sites import LOGO_KINDS, active_site
from callcenter.web.bodies import LARGEST_BODY, posted
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.network import network_address
from callcenter.web.public.answers import locale_of, onward, room, show
from callcenter.web.public.reading import text, typed, uploads

ACCEPTED_FILES = ".pdf,.png,.jpg,.jpeg,.gif,.webp,.doc,.docx,.xls,.xlsx,.odt,.ods,.zip,.txt,.log,.csv"
_ORDER = (
    "form",
    "kind",
    "product",
    "text",
    "name",
    "phone",
    "email",
    "attachments",
    "organization",
    "inn",
    "consent",
)
_ANEW = frozenset({TokenProblem.FORGED, TokenProblem.TOO_OLD})


async def form(request: web.Request) -> web.Response:
    """An empty form."""
    opened = await room(request).forms.open(request.match_info["slug"])
    return _page(request, opened, {}, {})


async def send(request: web.Request) -> web.Response:
    """Take the form; what is wrong comes back beside its field, with everything that was typed."""
    submitted_at = request.app[CLOCK].now()
    slug, public = request.match_info["slug"], room(request)
    try:
        answers = await posted(request, most=LARGEST_BODY)
    except web.HTTPRequestEntityTooLarge:
        # what was typed came in the same body and cannot be read; the script keeps it in the page
        opened = await public.forms.open(slug)
        return _page(request, opened, {}, {"attachments": "too_large"}, status=413)
    fields, locale = typed(answers), locale_of(request)
    sent = SentForm(
        fields=fields,
        token=text(answers, "token"),
        trap=text(answers, "website"),
        kept_phone=text(answers, "kept_phone"),
        network_address=network_address(request),
        submitted_at=submitted_at,
        consent_text=public.consent[locale] if text(answers, "consent") == "yes" else None,
        uploads=uploads(answers),
        locale=locale,
    )
    try:
        receipt = await public.forms.send(slug, sent)
    except (InvalidInput, TooManyAttempts, Unavailable) as error:
        return await _again(request, sent, error)
    return onward(request, f"/s/{receipt.status_token}?sent=yes")


async def _again(request: web.Request, sent: SentForm, error: CallCenterError) -> web.Response:
    """The same form, filled in."""
    if isinstance(error, Unavailable):
        raise error
    public, slug = room(request), request.match_info["slug"]
    opened = await public.forms.open(slug)
    problems: Mapping[str, str] = {"form": "too_many_forms"}
    if isinstance(error, InvalidInput):
        problems = {name: error.problems[name] for name in sorted(error.problems, key=_place)}
    token = sent.token
    if problems.get("form") in _ANEW:
        token = opened.token
    kept = (
        (parse_number(sent.fields["phone"]).e164 or "")
        if problems.get("phone", "").startswith("phone_")
        else ""
    )
    typed_before = {
        **sent.fields,
        "consent": "yes" if sent.consent_text else "",
        "kept_phone": kept,
        "token": token,
    }
    status = 429 if isinstance(error, TooManyAttempts) else 422
    response = _page(request, opened, typed_before, problems, status=status, lost_files=bool(sent.uploads))
    if isinstance(error, TooManyAttempts):
        response.headers["Retry-After"] = str(error.details.get("retry_after", 600))
    return response


def _place(name: str) -> int:
    """Where a field stands on the page."""
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


def _page(
    request: web.Request,
    opened: OpenForm,
    fields: Mapping[str, str],
    problems: Mapping[str, str],
    *,
    status: int = 200,
    lost_files: bool = False,
) -> web.Response:
    locale = locale_of(request)
    context = {
        "fields": {**dict.fromkeys(LIMITS, ""), "consent": "", "kept_phone": "", **fields},
        "token": fields.get("token") or opened.token,
        "problems": problems,
        "products": opened.products,
        "kinds": OFFERED_KINDS,
        "limits": LIMITS,
        "consent": room(request).consent[locale],
        "accepted_files": ACCEPTED_FILES,
        "lost_files": lost_files,
    }
    return show(request, "form.html", context, site=opened.site, status=status, locale=locale)


async def style(request: web.Request) -> web.Response:
    """The site's colours; a style sheet, because inline styles are forbidden."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        site = await active_site(uow, request.match_info["slug"])
    css = f":root{{--brand:{site.accent};--on-brand:{site.on_accent}}}\n"
    return web.Response(text=css, content_type="text/css", headers={"Cache-Control": "public, max-age=300"})


async def logo(request: web.Request) -> web.Response:
    """The site's picture."""
    async with request.app[SERVICES].open_uow(write=False) as uow:
        site = await active_site(uow, request.match_info["slug"])
    if not site.logo_file or AttachmentKind(site.logo_type) not in LOGO_KINDS:
        raise NotFound("the site has no picture")
    body = await room(request).files.read(site.logo_file)
    headers = {"Cache-Control": "public, max-age=300"}
    return web.Response(body=body, content_type=site.logo_type, headers=headers)
