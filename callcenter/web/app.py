"""The web application, put together from what it is given; nothing is created at import."""

from collections import Counter

from aiohttp import web

from callcenter.ports.live import LiveFeed
from callcenter.ports.unit_of_work import Clock
from callcenter.web import keys
from callcenter.web.api.limits import REQUESTS, WRONG_TOKENS, WRONG_TOKENS_PER_MINUTE, RateLimit
from callcenter.web.bodies import LARGEST_BODY, close_files
from callcenter.web.errors import answer_errors
from callcenter.web.frames import Frames
from callcenter.web.public.answers import let_the_site_read
from callcenter.web.rendering import Renderer
from callcenter.web.route import Route
from callcenter.web.routes import ROUTES
from callcenter.web.security import add_security_headers, refuse_foreign_origins
from callcenter.web.services import Services
from callcenter.web.settings import WebSettings
from callcenter.web.shared_texts import SharedTexts
from callcenter.web.static_files import load_static_files
from callcenter.web.stream import STREAMS
from callcenter.web.visitors import ask_policy


def create_app(
    services: Services,
    feed: LiveFeed,
    settings: WebSettings,
    clock: Clock,
    routes: tuple[Route, ...] = ROUTES,
) -> web.Application:
    """The application, ready for an `AppRunner`.

    Raises:
        Misconfigured: the front end was not built.
    """
    app = web.Application(
        middlewares=[answer_errors, refuse_foreign_origins, ask_policy, close_files],
        client_max_size=LARGEST_BODY,
    )
    static = load_static_files()
    app[keys.SERVICES] = services
    app[keys.FEED] = feed
    app[keys.SETTINGS] = settings
    app[keys.CLOCK] = clock
    app[keys.STATIC] = static
    app[keys.RENDERER] = Renderer(settings.time_zone, static.url)
    app[keys.FRAMES] = Frames()
    app[keys.PARTS] = {}
    app[STREAMS] = Counter()
    app[keys.SHARED] = SharedTexts()
    app[REQUESTS] = RateLimit(settings.api_requests_per_minute)
    app[WRONG_TOKENS] = RateLimit(WRONG_TOKENS_PER_MINUTE)
    app[keys.POLICIES] = {
        app.router.add_route(route.method, route.path, route.handler): route.policy for route in routes
    }
    app.on_response_prepare.append(add_security_headers)
    app.on_response_prepare.append(let_the_site_read)
    return app
