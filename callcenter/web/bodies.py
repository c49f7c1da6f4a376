"""Reading the body of a request that may be hostile: bounded in size, parts and time, and UTF-8 whatever it says.

A charset is named by the sender, and Python knows charsets whose decoding takes minutes (`punycode`: 24 s for 400 kB)
or that are no text (`zip`). Every form of ours is UTF-8, so nothing else is ever decoded.
"""

import asyncio
from collections.abc import Mapping
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, hdrs, web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.typedefs import Handler
from multidict import MultiDict, MultiDictProxy

from callcenter.domain.errors import InvalidInput

LARGEST_TEXT = 2**20
"""Bytes of a form or a JSON text without files."""
LARGEST_BODY = 20 * 2**20
"""Bytes; the largest thing anybody sends is a list of clients."""
MOST_FIELDS = 1000
PATIENCE = 30.0
"""Seconds for a body without files; files get as long again for each two megabytes."""
_URLENCODED, _MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})
_UNTOUCHED = frozenset({"", "binary", "8bit", "7bit"})
_IN_MEMORY = 2**18
_CHUNK = 2**16

Form = MultiDictProxy[str | web.FileField]
_FILES: web.RequestKey[list[IO[bytes]]] = web.RequestKey("uploaded", list)


@web.middleware
async def close_files(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What was uploaded is gone from the disk when the request is answered."""
    request[_FILES] = []
    try:
        return await handler(request)
    finally:
        for file in request[_FILES]:
            file.close()


async def posted(request: web.Request, *, most: int = LARGEST_TEXT) -> Form:
    """The fields of a form; empty when the body is no form. Files are `web.FileField`.

    Raises:
        HTTPRequestEntityTooLarge: it is larger than `most` bytes, or has more than a thousand fields.
        HTTPUnsupportedMediaType: it says that it is not UTF-8.
        HTTPRequestTimeout: it did not come in time.
        InvalidInput: `form`: it cannot be read as what it says it is.
    """
    if request.content_type not in (_URLENCODED, _MULTIPART):
        return MultiDictProxy(MultiDict())
    _only_utf_8(request.charset)
    try:
        async with asyncio.timeout(_patience(most)):
            if request.content_type == _MULTIPART:
                return await _parts(request, most)
            raw = await _read(request, most)
        found = parse_qsl(raw.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (ValueError, AssertionError, HttpProcessingError, web.RequestPayloadError) as error:
        raise InvalidInput({"form": "form_token"}) from error
    return MultiDictProxy(MultiDict(found))


async def body_of(request: web.Request, *, most: int = LARGEST_TEXT) -> bytes:
    """The whole body.

    Raises:
        HTTPRequestEntityTooLarge, HTTPUnsupportedMediaType, HTTPRequestTimeout: as `posted`.
        InvalidInput: `body`: it is broken on the way.
    """
    _only_utf_8(request.charset)
    try:
        async with asyncio.timeout(_patience(most)):
            return await _read(request, most)
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    except (HttpProcessingError, web.RequestPayloadError) as error:
        raise InvalidInput({"body": "broken"}) from error


def _patience(most: int) -> float:
    return PATIENCE * max(1.0, most / 2**21)


def _only_utf_8(charset: str | None) -> None:
    if charset is not None and charset.casefold() not in _UTF_8:
        raise web.HTTPUnsupportedMediaType


async def _read(request: web.Request, most: int) -> bytes:
    if request.content_length is not None and request.content_length > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length)
    raw = bytearray()
    async for chunk in request.content.iter_any():
        raw.extend(chunk)
        if len(raw) > most:
            raise web.HTTPRequestEntityTooLarge(most, len(raw))
    return bytes(raw)


async def _parts(request: web.Request, most: int) -> Form:
    if request.content_length is not None and request.content_length > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content_length)
    form: MultiDict[str | web.FileField] = MultiDict()
    parts = await request.multipart()
    while (part := await parts.next()) is not None:
        if not isinstance(part, BodyPartReader) or part.name is None:
            raise ValueError("a part without a name, or parts within a part")
        if len(form) >= MOST_FIELDS:
            raise web.HTTPRequestEntityTooLarge(MOST_FIELDS, len(form))
        _only_untouched(part.headers)
        form.add(part.name, await _part(request, part, most))
    return MultiDictProxy(form)


def _only_untouched(headers: Mapping[str, str]) -> None:
    """RFC 7578, 4.7: no sender of forms encodes a part for its transport."""
    if hdrs.CONTENT_ENCODING in headers:
        raise ValueError("a part is compressed")
    if headers.get(hdrs.CONTENT_TRANSFER_ENCODING, "").strip().casefold() not in _UNTOUCHED:
        raise ValueError("a part is encoded")


async def _part(request: web.Request, part: BodyPartReader, most: int) -> str | web.FileField:
    if not part.filename:
        raw = bytearray()
        while chunk := await part.read_chunk(_CHUNK):
            raw.extend(chunk)
            _in_bounds(request, most)
        return raw.decode(errors="replace")
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed by `close_files`
    request[_FILES].append(cast("IO[bytes]", file))
    while chunk := await part.read_chunk(_CHUNK):
        file.write(chunk)
        _in_bounds(request, most)
    file.seek(0)
    kind = part.headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
    return web.FileField(str(part.name), part.filename, cast("IO[Any]", file), kind, part.headers)


def _in_bounds(request: web.Request, most: int) -> None:
    if request.content.total_bytes > most:
        raise web.HTTPRequestEntityTooLarge(most, request.content.total_bytes)
