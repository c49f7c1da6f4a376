"""What handlers find in the application and in a request."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from callcenter.domain.people import Action, Person, Session, may
from callcenter.ports.live import LiveFeed
from callcenter.ports.unit_of_work import Clock
from callcenter.web.frames import Frames
from callcenter.web.policy import Policy
from callcenter.web.rendering import Renderer
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.shared_texts import SharedTexts
from callcenter.web.static_files import StaticFiles

SERVICES: web.AppKey[Services] = web.AppKey("services", Services)
FEED: web.AppKey[LiveFeed] = web.AppKey("feed", LiveFeed)
SETTINGS: web.AppKey[WebSettings] = web.AppKey("settings", WebSettings)
CLOCK: web.AppKey[Clock] = web.AppKey("clock", Clock)
RENDERER: web.AppKey[Renderer] = web.AppKey("renderer", Renderer)
FRAMES: web.AppKey[Frames] = web.AppKey("frames", Frames)
POLICIES: web.AppKey[Mapping[web.AbstractRoute, Policy]] = web.AppKey("policies", Mapping)
PARTS: web.AppKey[dict[tuple[str, str], tuple[int, str]]] = web.AppKey("parts", dict)
SHARED: web.AppKey[SharedTexts] = web.AppKey("shared", SharedTexts)
STATIC: web.AppKey[StaticFiles] = web.AppKey("static", StaticFiles)


@dataclass(frozen=True, kw_only=True, slots=True)
class Visitor:
    """Who asks: a signed-in person with the session he asks through."""

    person: Person
    session: Session

    def may(self, action: Action) -> bool:
        """Whether he may do this."""
        return may(self.person, action)


VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor", Visitor)
