"""Pages from Jinja2 templates: one environment per language, everything escaped, a missing name is an error."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from callcenter.domain.numbers import Number, display
from callcenter.web import moments
from callcenter.web.time_left import say_left
from callcenter.web.translations import DEFAULT_LOCALE, Words, load_words
from callcenter.web.wording import LINK_STATES, PHASES, say, say_caller, script_words


class Renderer:
    """Renders templates in any language; holds no state of a request."""

    def __init__(self, zone: ZoneInfo, static_url: Callable[[str], str]) -> None:
        self._zone = zone
        self._words = load_words()
        self._environments = {
            locale: self._environment(words, static_url) for locale, words in self._words.items()
        }

    def words(self, locale: str) -> Words:
        """The words of this language, of Russian when there is none such."""
        return self._words.get(locale) or self._words[DEFAULT_LOCALE]

    def render(self, template: str, locale: str, now: datetime, context: Mapping[str, object]) -> str:
        """The page's text.

        Raises:
            jinja2.UndefinedError: the template uses a name it was not given.
        """
        words = self.words(locale)
        environment = self._environments[words.locale]
        sayings = {
            "now": now,
            "moment": lambda at: self._moment(at, now, words),
            "clock": lambda at: moments.say_clock(at, self._zone),
            "since": lambda at: self._since(at, now),
            "ago": lambda at: moments.say_duration(now - at, words),
            "left": lambda ticket: say_left(ticket, now, self._zone, words),
        }
        return environment.get_template(template).render({**sayings, **context})

    def _environment(self, words: Words, static_url: Callable[[str], str]) -> Environment:
        environment = Environment(
            loader=PackageLoader("callcenter.web", "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
            auto_reload=False,
        )
        environment.install_gettext_callables(  # type: ignore[attr-defined]
            words.catalogue.ugettext, words.catalogue.ungettext, newstyle=True
        )
        environment.globals.update(
            locale=words.locale,
            static_url=static_url,
            duration=lambda length: moments.say_duration(length, words),
            timer=moments.say_timer,
            file_size=lambda size: moments.say_size(size, words),
            json_block=json_block,
            say=lambda value: say(value, words),
            phase_word=lambda phase: words(PHASES[phase]),
            link_word=lambda state: words(LINK_STATES.get(state, state)),
            script_words=lambda: script_words(words),
        )
        environment.filters.update(
            phone=display,
            caller=lambda number: say_caller(number, words),
        )
        return environment

    def _moment(self, at: datetime, now: datetime, words: Words) -> Markup:
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(),
            moments.say_exactly(at, self._zone, words),
            moments.say_moment(at, now, self._zone, words),
        )

    def _since(self, at: datetime, now: datetime) -> Markup:
        return Markup('<time class="ticking" data-since="{}">{}</time>').format(
            at.isoformat(), moments.say_timer(now - at)
        )


def json_block(value: object) -> Markup:
    """A value as the text of an inert `<script type="application/json">`; cannot close the element.

    >>> print(json_block({"name": "</script><b>"}))
    {"name": "\\u003c/script\\u003e\\u003cb\\u003e"}
    """
    text = json.dumps(value, ensure_ascii=False, default=_plain)
    return Markup(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Number):
        return {"raw": value.raw, "e164": value.e164}
    raise TypeError(f"{type(value).__name__} cannot go to a page")
