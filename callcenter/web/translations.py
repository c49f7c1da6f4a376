"""Words of the screens: English message ids, a complete Russian catalogue, plural forms by gettext.

Catalogues are read from their `.po` sources when the application is made, so there is no build step to forget.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

DEFAULT_LOCALE = "ru"
LOCALES: Mapping[str, str] = {"ru": "Русский", "en": "English"}
"""Every language the screens speak, by its own name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The words of one language."""

    locale: str
    catalogue: Translations

    def __call__(self, message: str, /, **values: object) -> str:
        """The message in this language, with its named places filled."""
        text: str = self.catalogue.ugettext(message)
        return text % values if values else text

    def plural(self, one: str, many: str, count: int, /, **values: object) -> str:
        """The form of the message that fits the count; `%(num)s` is the count."""
        text: str = self.catalogue.ungettext(one, many, count)
        return text % {"num": count, **values}


@cache
def load_words() -> Mapping[str, Words]:
    """All languages, compiled in memory, once for all applications of a process."""
    return {locale: Words(locale=locale, catalogue=_compile(paths)) for locale, paths in _sources()}


def _sources() -> Iterator[tuple[str, Sequence[Traversable]]]:
    root = files("callcenter.web") / "locale"
    for locale in LOCALES:
        folder = root / locale / "LC_MESSAGES"
        # each room of the screens keeps its own catalogue beside the others
        found = [entry for entry in folder.iterdir() if entry.name.endswith(".po")]
        yield locale, sorted(found, key=lambda entry: entry.name)


def _compile(paths: Sequence[Traversable]) -> Translations:
    """One catalogue of all of them; the first that has a message wins."""
    catalogue = Catalog()
    for path in reversed(paths):
        with path.open("rb") as source:
            found = read_po(source)
        catalogue.mime_headers = found.mime_headers
        for message in found:
            if message.id and any(message.string if isinstance(message.string, tuple) else [message.string]):
                catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)
