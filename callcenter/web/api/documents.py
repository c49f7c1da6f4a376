"""The API's document and the page that browses it."""

import json
from functools import cache
from importlib.metadata import version

from aiohttp import web

from callcenter.web.api.openapi import document
from callcenter.web.api.operations import OPERATIONS
from callcenter.web.keys import STATIC

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)


@cache
def document_text() -> str:
    """The document, written once."""
    return json.dumps(document(OPERATIONS, version=version("hotline-callcenter")), ensure_ascii=False)


async def openapi(request: web.Request) -> web.Response:
    """The OpenAPI 3.1 document; it is the same everywhere and holds no secrets."""
    return web.Response(
        text=document_text(), content_type="application/json", headers={"Cache-Control": "no-cache"}
    )


async def browser(request: web.Request) -> web.Response:
    """A page that lists the operations and tries them."""
    url = request.app[STATIC].url
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="stylesheet" href="{url("build/api-docs.css")}"></head>'
        f'<body><div id="api"></div><script type="module" src="{url("build/api-docs.js")}"></script></body></html>'
    )
    return web.Response(text=text, content_type="text/html", headers={"Content-Security-Policy": _CSP})
