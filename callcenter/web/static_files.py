"""Style sheets, scripts, fonts and icons, read once and served from memory.

Addresses carry a hash of the content, so browsers keep them for ever and never see an old one.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import web

from callcenter.domain.errors import Misconfigured, NotFound

_KEEP_FOR_EVER = "public, max-age=31536000, immutable"
_COMPRESSIBLE = (".js", ".css", ".svg")
_NOT_SERVED = (".map",)


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticFile:
    """One file: its bytes, the same compressed where that helps, its type and the first digits of its hash."""

    body: bytes
    compressed: bytes | None
    content_type: str
    version: str


class StaticFiles:
    """All files below `static/`, by their path there."""

    def __init__(self, by_path: Mapping[str, StaticFile]) -> None:
        self._by_path = by_path

    def url(self, path: str) -> str:
        """The address to put in a page.

        Raises:
            Misconfigured: there is no such file; most likely the front end was not built.
        """
        try:
            return f"/static/{path}?v={self._by_path[path].version}"
        except KeyError:
            raise Misconfigured(
                f"static file {path} is missing: run `npm ci && npm run build` in callcenter/web/frontend",
                path=path,
            ) from None

    def respond(self, path: str, request: web.Request) -> web.Response:
        """The file as an answer.

        Raises:
            NotFound: there is no such file.
        """
        found = self._by_path.get(path)
        if found is None:
            raise NotFound(f"no static file {path}")
        headers = {"Cache-Control": _KEEP_FOR_EVER if "v" in request.query else "no-cache"}
        body = found.body
        if found.compressed is not None:
            headers["Vary"] = "Accept-Encoding"
            if "gzip" in request.headers.get("Accept-Encoding", ""):
                body = found.compressed
                headers["Content-Encoding"] = "gzip"
        return web.Response(body=body, content_type=found.content_type, headers=headers)


def load_static_files() -> StaticFiles:
    """Read everything below `static/` of the installed package."""
    return StaticFiles(dict(_walk(files("callcenter.web") / "static", "")))


def _walk(folder: Traversable, prefix: str) -> Iterator[tuple[str, StaticFile]]:
    for entry in folder.iterdir():
        path = prefix + entry.name
        if entry.is_dir():
            yield from _walk(entry, path + "/")
        elif not path.endswith(_NOT_SERVED) and not entry.name.startswith("."):
            yield path, _load(entry, path)


def _load(entry: Traversable, path: str) -> StaticFile:
    body = entry.read_bytes()
    kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
    if path.endswith(".woff2"):
        kind = "font/woff2"
    return StaticFile(
        body=body,
        compressed=gzip.compress(body, mtime=0) if path.endswith(_COMPRESSIBLE) else None,
        content_type=kind,
        version=hashlib.sha256(body).hexdigest()[:12],
    )
