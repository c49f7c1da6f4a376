"""Letters in the words of this installation: a small, sandboxed part of Jinja, checked before it is ever sent.

What is allowed: placeholders of the delivered letter, `|moment`, conditions on them, and a loop over a list among
them. The page form of the letter is made from the text, so that nobody writes HTML.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import urlize
from markupsafe import Markup

from callcenter.domain.letters import SUBJECT_LIMIT, TEXT_LIMIT, LetterOverride
from callcenter.domain.notices import OutboxItem
from callcenter.ports.unit_of_work import OpenUnitOfWork

Placed = Mapping[str, str]
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.Filter,
    nodes.If,
    nodes.For,
    nodes.Not,
    nodes.And,
    nodes.Or,
)
FILTERS = frozenset({"moment"})
NEEDED = frozenset({"about.url", "about.dossier", "about.answer", "about.text"})
"""What a letter is for: where the delivered words have it, ours must as well."""


class OwnWords:
    """Finds the words of this installation for a row of the outbox."""

    def __init__(self, open_uow: OpenUnitOfWork) -> None:
        self._open_uow = open_uow

    async def of(self, item: OutboxItem) -> LetterOverride | None:
        """None while the delivered words are in force."""
        locale = str(item.payload.get("locale", "ru"))
        async with self._open_uow(write=False) as uow:
            return await uow.letter_overrides.of(item.name, locale)


def sandbox(moment: Any) -> Environment:
    """The environment our own words are rendered in: no loader, no globals, one filter."""
    environment = ImmutableSandboxedEnvironment(
        autoescape=False, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals.clear()
    environment.filters.clear()
    environment.filters["moment"] = moment
    return environment


def names_in(tree: nodes.Node) -> frozenset[str]:
    """Every placeholder a template uses: `number`, `about.answer`; not what its loops name themselves."""
    loops = _loop_names(tree)
    return frozenset(name for name in _names(tree) if name.partition(".")[0] not in loops)


def _names(node: nodes.Node) -> Iterator[str]:
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        yield f"{node.node.name}.{node.attr}"
        return
    if isinstance(node, nodes.Name):
        yield node.name
        return
    for child in node.iter_child_nodes():
        yield from _names(child)


def _loop_names(tree: nodes.Node) -> frozenset[str]:
    return frozenset(
        loop.target.name for loop in tree.find_all(nodes.For) if isinstance(loop.target, nodes.Name)
    )


def _forbidden(tree: nodes.Node) -> str | None:
    """What stands in the template and may not, in words of the template; None when all of it may."""
    for node in _every(tree):
        if not isinstance(node, _ALLOWED):
            return type(node).__name__.lower()
        if isinstance(node, nodes.Filter) and (node.name not in FILTERS or node.args or node.kwargs):
            return f"|{node.name}"
        if isinstance(node, nodes.Getattr) and (
            node.attr.startswith("_") or not isinstance(node.node, nodes.Name)
        ):
            return f".{node.attr}"
        if isinstance(node, nodes.For) and not _plain_loop(node):
            return "for"
    return None


def _plain_loop(loop: nodes.For) -> bool:
    """A loop over a list that is given; not inside another one, so that its length is that of the list."""
    over = isinstance(loop.iter, nodes.Getattr | nodes.Name)
    inner = any(isinstance(each, nodes.For) for part in loop.body for each in _every(part))
    return over and not inner and isinstance(loop.target, nodes.Name) and not loop.recursive and not loop.test


def _every(node: nodes.Node) -> Iterator[nodes.Node]:
    yield node
    for child in node.iter_child_nodes():
        yield from _every(child)


def wrong_in(
    environment: Environment, source: str, *, allowed: frozenset[str], needed: frozenset[str], most: int
) -> tuple[str, str] | None:
    """What is wrong with a template: a message key and the words it is about; None when it may be used."""
    if not source.strip():
        return "required", ""
    if len(source) > most:
        return "too_long", str(most)
    try:
        tree = environment.parse(source)
    except TemplateError as error:
        line = getattr(error, "lineno", None)
        return "syntax", "" if line is None else str(line)
    forbidden = _forbidden(tree)
    if forbidden is not None:
        return "not_allowed", forbidden
    unknown = sorted(names_in(tree) - allowed)
    if unknown:
        return "unknown_placeholder", unknown[0]
    missing = sorted(needed - names_in(tree))
    return ("missing_placeholder", missing[0]) if missing else None


def wrong_in_letter(
    environment: Environment, subject: str, text: str, *, allowed: frozenset[str], needed: frozenset[str]
) -> dict[str, tuple[str, str]]:
    """What is wrong by field. A subject is short ASCII with the number at most: it stands in a header."""
    found = {
        "subject": wrong_in(
            environment, subject, allowed=frozenset({"number"}), needed=frozenset(), most=SUBJECT_LIMIT
        ),
        "text": wrong_in(environment, text, allowed=allowed, needed=needed, most=TEXT_LIMIT),
    }
    if found["subject"] is None and not (subject.isascii() and subject.isprintable()):
        found["subject"] = ("ascii", "")
    return {field: wrong for field, wrong in found.items() if wrong is not None}


def as_page(text: str) -> Markup:
    """A text as paragraphs, its web addresses as links; everything in it is only text."""
    paragraphs = [each.strip("\n") for each in text.replace("\r\n", "\n").split("\n\n")]
    lines = (urlize(each, rel="noopener").replace("\n", "<br>\n") for each in paragraphs if each.strip())
    return Markup("\n".join(f"<p>{each}</p>" for each in lines))
