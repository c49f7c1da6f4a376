"""From an operation to the handler behind its address: reads, checks, asks, and writes the answer down.

The route's policy was asked before (`visitors.ask_policy`); object-level rights are the services'.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from callcenter.domain.errors import Conflict, Forbidden, InvalidInput, NotFound, Stale, VersionRequired
from callcenter.domain.ticket import Ticket
from callcenter.services.api_answers import Answer
from callcenter.web.api.bearer import BEARER
from callcenter.web.api.limits import REQUESTS
from callcenter.web.api.operation import ApiCall, Operation
from callcenter.web.bodies import LARGEST_TEXT, body_of
from callcenter.web.keys import CLOCK, SERVICES
from callcenter.web.responses import visitor
from callcenter.web.route import Route

REPEATED = "Idempotency-Replayed"
_KEY = re.compile(r"[\x21-\x7e]{8,200}", re.ASCII)
_TAG = re.compile(r'"([1-9][0-9]{0,9})"', re.ASCII)
_ANYTHING_BUT = "^[^"
"""How patterns begin that only keep control characters out."""
_NOTHING = b""
_JSON = "application/json"


def bound(operation: Operation) -> Route:
    """The route of an operation."""
    if operation.own is not None:
        return Route(
            method=operation.method, path=operation.route_path, policy=operation.policy, handler=operation.own
        )

    async def handler(request: web.Request) -> web.StreamResponse:
        return await _answered(operation, request)

    return Route(method=operation.method, path=operation.route_path, policy=operation.policy, handler=handler)


async def _answered(operation: Operation, request: web.Request) -> web.StreamResponse:
    who = visitor(request)
    token = request.get(BEARER)
    asker = f"token:{token.id}" if token else f"session:{who.session.token_sha256}"
    request.app[REQUESTS].take(asker, request.app[CLOCK].now())
    if operation.in_person and token is not None:
        raise Forbidden("no token may do this; sign in", action=str(operation.policy), why="in_person")
    call = ApiCall(
        request=request, person=who.person, version=_version(request) if operation.versioned else 0
    )
    raw = await _body(request, operation) if operation.body is not None or operation.takes else _NOTHING
    given: dict[str, Any] = {}
    if operation.query is not None:
        given["query"] = _query(operation.query, request)
    elif request.query:
        raise InvalidInput(dict.fromkeys((str(name)[:100] for name in request.query), "unknown"))
    if operation.body is not None:
        given["body"] = parsed(operation.body, raw)
    if operation.takes:
        given["raw"] = raw
    if operation.media:
        return await _file(operation, call, given)

    async def work() -> Answer:
        return await _done(operation, call, given)

    key = _idempotency_key(request) if operation.keyed else None
    if key is None:
        return _response(await work())
    return _response(await _once(request, f"{asker}\n{key}", raw, work))


async def _once(request: web.Request, key: str, raw: bytes, work: Callable[[], Awaitable[Answer]]) -> Answer:
    sent = "\n".join((request.method, request.path_qs, request.headers.get("If-Match", "")))
    fingerprint = hashlib.sha256(sent.encode(errors="surrogateescape") + b"\n" + raw).hexdigest()
    return await request.app[SERVICES].api_answers.once(key, fingerprint, work)


async def _file(operation: Operation, call: ApiCall, given: dict[str, Any]) -> web.StreamResponse:
    response = await operation.handler(call, **given)
    assert isinstance(response, web.StreamResponse)
    return response


async def _done(operation: Operation, call: ApiCall, given: dict[str, Any]) -> Answer:
    try:
        value = await operation.handler(call, **given)
    except Conflict as error:
        present = error.details.get("version")
        if operation.versioned and present is not None and present != call.version:
            raise Stale(str(error), **error.details) from error
        raise
    body = "" if operation.answer is None else _written(operation.answer, value).decode()
    return Answer(status=operation.status, body=body, etag=_etag(value) if operation.tagged else "")


def _written(adapter: TypeAdapter[Any], value: object) -> bytes:
    return adapter.dump_json(adapter.validate_python(value, from_attributes=True))


def _etag(value: object) -> str:
    ticket = value if isinstance(value, Ticket) else getattr(value, "ticket", None)
    return f'"{ticket.version}"' if isinstance(ticket, Ticket) else ""


def _response(answer: Answer) -> web.Response:
    headers = {"ETag": answer.etag} if answer.etag else {}
    if answer.repeated:
        headers[REPEATED] = "true"
    if answer.status == 204:
        return web.Response(status=204, headers=headers)
    return web.Response(
        body=answer.body.encode(), status=answer.status, content_type="application/json", headers=headers
    )


def _version(request: web.Request) -> int:
    """The version of `If-Match`; only a strong tag that we gave. RFC 9110, 13.1.1; RFC 6585, 3."""
    said = request.headers.get("If-Match")
    if said is None:
        raise VersionRequired("say which version you saw: If-Match")
    found = _TAG.fullmatch(said.strip())
    if found is None:
        raise InvalidInput({"If-Match": "not_a_version"})
    return int(found[1])


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not _KEY.fullmatch(key):
        raise InvalidInput({"Idempotency-Key": "malformed"})
    return key


async def _body(request: web.Request, operation: Operation) -> bytes:
    if request.content_type not in (operation.takes or (_JSON,)):
        raise web.HTTPUnsupportedMediaType
    return await body_of(request, most=operation.largest if operation.takes else LARGEST_TEXT)


Model = TypeVar("Model", bound=BaseModel)


def parsed(model: type[Model], raw: bytes) -> Model:
    """The body as this model; InvalidInput by field."""
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise InvalidInput(problems_of(error)) from error


def _query(model: type[BaseModel], request: web.Request) -> BaseModel:
    texts: dict[str, Any] = {}
    for name in request.query:
        many = request.query.getall(name)
        field = model.model_fields.get(name)
        texts[name] = many if field is not None and _takes_many(field.annotation) else many[-1]
        if field is not None and len(many) > 1 and not _takes_many(field.annotation):
            raise InvalidInput({name: "given_twice"})
    try:
        return model.model_validate(texts, strict=False)
    except ValidationError as error:
        raise InvalidInput(problems_of(error)) from error


def _takes_many(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) in {list, tuple}


def problems_of(error: ValidationError) -> dict[str, str]:
    """Field to a stable key; the body itself is `body`."""
    return {
        ".".join(str(part) for part in each["loc"])[:200] or "body": _problem(each)
        for each in error.errors(include_url=False, include_input=False)
    }


def _problem(error: ErrorDetails) -> str:
    kind = error["type"]
    if kind == "string_pattern_mismatch" and not str(error["ctx"]["pattern"]).startswith(_ANYTHING_BUT):
        return "malformed"
    return _PROBLEMS.get(kind, kind)


_PROBLEMS = {
    "missing": "required",
    "extra_forbidden": "unknown",
    "string_too_long": "too_long",
    "string_too_short": "required",
    "string_pattern_mismatch": "control_characters",
    "json_invalid": "json",
    "model_type": "object",
    "enum": "choice",
    "literal_error": "choice",
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "value_error": "malformed",
    "int_parsing": "malformed",
    "bool_parsing": "malformed",
    "timezone_aware": "zone_missing",
    "datetime_from_date_parsing": "malformed",
    "datetime_parsing": "malformed",
}


def found(thing: Any, what: str, thing_id: int) -> Any:
    """The thing; NotFound when there is none."""
    if thing is None:
        raise NotFound(f"no {what} {thing_id}", id=thing_id)
    return thing
