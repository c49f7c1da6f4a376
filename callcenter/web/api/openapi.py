"""The OpenAPI 3.1 document, written from the operations and their models; nothing in it is typed twice."""

import inspect
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from callcenter.web.api.fields import LARGEST_ID
from callcenter.web.api.operation import Operation, is_word

JsonObject = dict[str, Any]
PROBLEM = "application/problem+json"
_REF = "#/components/schemas/{model}"
_TAG_PATTERN = r'^"[1-9][0-9]{0,9}"$'
_KEY_PATTERN = r"^[\x21-\x7e]{8,200}$"
_ERRORS: Mapping[int, str] = {
    401: "No good token and no session.",
    403: "The person's roles or the token's scopes do not include this, or the ticket is somebody else's.",
    404: "There is no such thing.",
    408: "The body did not come in time.",
    409: "Refused in the present state; `now` says what it is.",
    412: "The ticket is no longer the version that `If-Match` names; `now` says what it is.",
    413: "The body is larger than a megabyte (a file: than its limit).",
    415: "The body is of another type than is taken here, or not UTF-8.",
    422: "Something is missing or wrong; `problems` says what, by field.",
    428: "`If-Match` is missing.",
    429: "Too many requests; `Retry-After` says when to come again.",
    500: "A fault of the program.",
    503: "The database cannot be reached; nothing was accepted.",
}
_NAMES: Mapping[str, str] = {
    "callcenter__domain__ticket__Kind": "Kind",
    "callcenter__services__client_lines__Kind": "ImportKind",
    "dialer__attempt__Outcome": "AttemptOutcome",
    "sla__verdict__Outcome": "VerdictOutcome",
}
_WITH_RETRY = frozenset({429, 503})


class Problem(BaseModel):
    """An error. RFC 9457; `code` is stable, `title` is for people and may change."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(pattern="^urn:callcenter:[a-z0-9_]+$")
    title: str
    status: int
    code: str = Field(pattern="^[a-z0-9_]+$")
    detail: str = Field(default="")
    problems: dict[str, str] = Field(default_factory=dict)
    now: dict[str, Any] = Field(default_factory=dict)


def document(operations: Sequence[Operation], *, version: str) -> JsonObject:
    """The whole document."""
    schemas, components = _schemas(operations)
    paths: JsonObject = {}
    for each in operations:
        # parameters are listed one by one, so the models of queries are taken apart
        query = {} if each.query is None else components[each.query.__name__]
        paths.setdefault(each.full_path, {})[each.method.lower()] = _operation(each, schemas, query)
    for name in {each.query.__name__ for each in operations if each.query is not None}:
        del components[name]
    return _named(
        {
            "openapi": "3.1.1",
            "info": {
                "title": "Hotline call centre",
                "version": version,
                "description": _ABOUT,
                "license": {"name": "MIT", "identifier": "MIT"},
            },
            "servers": [{"url": "/"}],
            "security": [{"token": []}, {"session": []}],
            "tags": [{"name": name} for name in dict.fromkeys(each.tag for each in operations)],
            "paths": paths,
            "components": {
                "schemas": components,
                "responses": {f"E{status}": _error(status) for status in _ERRORS},
                "securitySchemes": {
                    "token": {"type": "http", "scheme": "bearer", "description": "Made under «Токены API»."},
                    "session": {"type": "apiKey", "in": "cookie", "name": "session"},
                },
            },
        }
    )


def _named(whole: JsonObject) -> JsonObject:
    """Things that share a name in our own modules get one each in the contract."""
    text = json.dumps(whole, ensure_ascii=False)
    for long, short in _NAMES.items():
        text = text.replace(long, short)
    named: JsonObject = json.loads(text)
    return named


Schemas = Mapping[tuple[str, str], JsonObject]


def _schemas(operations: Sequence[Operation]) -> tuple[Schemas, JsonObject]:
    wanted: list[tuple[str, Any, TypeAdapter[Any]]] = [("problem", "serialization", TypeAdapter(Problem))]
    for each in operations:
        if each.body is not None:
            wanted.append((f"{each.name}.body", "validation", TypeAdapter(each.body)))
        if each.query is not None:
            wanted.append((f"{each.name}.query", "validation", TypeAdapter(each.query)))
        if each.answer is not None:
            wanted.append((f"{each.name}.answer", "serialization", each.answer))
    made, definitions = TypeAdapter.json_schemas(wanted, ref_template=_REF)
    components: JsonObject = dict(definitions.get("$defs", {}))
    return {(str(key), str(mode)): schema for (key, mode), schema in made.items()}, components


def _operation(each: Operation, schemas: Schemas, query: JsonObject) -> JsonObject:
    summary, _, description = (inspect.getdoc(each.handler) or "").partition("\n")
    said: JsonObject = {
        "operationId": each.name,
        "tags": [each.tag],
        "summary": summary.rstrip("."),
        "description": _description(each, description.strip()),
        "x-action": str(each.policy),
        "parameters": [*_places(each), *_query(query), *_headers(each)],
        "responses": _responses(each, schemas),
    }
    if each.in_person:
        said["security"] = [{"session": []}]
    if each.public:
        said["security"] = []
    if each.takes:
        said["requestBody"] = {"required": True, "content": {media: {} for media in each.takes}}
    if each.body is not None:
        schema = schemas[f"{each.name}.body", "validation"]
        said["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return said


def _description(each: Operation, rest: str) -> str:
    right = f"Scope and right: `{each.policy}`."
    if each.public:
        right = f"Anybody may ask, without a token (`{each.policy}`)."
    if each.in_person:
        right += " Only for a signed-in person: no token may do it."
    return "\n\n".join(part for part in (re.sub(r"\s*\n\s*", " ", rest), right) if part)


def _places(each: Operation) -> list[JsonObject]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
            if is_word(name)
            else {"type": "integer", "minimum": 1, "maximum": LARGEST_ID},
        }
        for name in each.places
    ]


def _query(schema: JsonObject) -> list[JsonObject]:
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _plain(field)}
        for name, field in schema.get("properties", {}).items()
    ]


def _plain(field: JsonObject) -> JsonObject:
    """A parameter is there or not, it is never null."""
    choices = [each for each in field.get("anyOf", []) if each != {"type": "null"}]
    rest = {name: value for name, value in field.items() if name not in {"anyOf", "default", "title"}}
    if len(choices) == 1:
        return {**rest, **choices[0]}
    return {**rest, **({"anyOf": choices} if choices else {})}


def _headers(each: Operation) -> list[JsonObject]:
    wanted: list[JsonObject] = []
    if each.versioned:
        wanted.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": True,
                "description": "The `ETag` of the ticket as it was seen.",
                "schema": {"type": "string", "pattern": _TAG_PATTERN},
            }
        )
    if each.keyed:
        wanted.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": False,
                "description": "The same key and request within a day: the same answer, and nothing happens twice.",
                "schema": {"type": "string", "minLength": 8, "maxLength": 200, "pattern": _KEY_PATTERN},
            }
        )
    return wanted


def _responses(each: Operation, schemas: Schemas) -> JsonObject:
    headers: JsonObject = {}
    if each.tagged:
        headers["ETag"] = {"description": "The ticket's version.", "schema": {"type": "string"}}
    if each.keyed:
        headers["Idempotency-Replayed"] = {
            "description": "`true`: this was answered before.",
            "schema": {"type": "string"},
        }
    good: JsonObject = {"description": "Done." if each.changes else "As it is now."}
    if headers:
        good["headers"] = headers
    if each.answer is not None:
        schema = schemas[f"{each.name}.answer", "serialization"]
        good["content"] = {"application/json": {"schema": schema}}
    if each.media:
        good["content"] = {each.media: {}}
    errors = {404, 422, 429, 500, 503} | (set() if each.public else {401, 403})
    if each.changes:
        errors.add(409)
    if each.versioned:
        errors |= {412, 428}
    if each.body is not None or each.takes:
        errors |= {408, 413, 415}
    refused = {str(status): {"$ref": f"#/components/responses/E{status}"} for status in sorted(errors)}
    more = {str(status): good for status in each.more_statuses}
    return {str(each.status): good, **more, **refused}


def _error(status: int) -> JsonObject:
    said: JsonObject = {
        "description": _ERRORS[status],
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    if status in _WITH_RETRY:
        said["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "string"}}}
    return said


_ABOUT = """\
Everything the staff's screens can do. A program asks with `Authorization: Bearer hct_…`; the token acts as a person,
with no more than his rights and the token's scopes. Lists go on with `next`: ask again with `after` set to it.
A change of a ticket names the version it saw (`If-Match`, from `ETag`). Errors are `application/problem+json` with a
stable `code`. Instants are ISO 8601 with a zone; answers are in UTC. Spans are seconds."""
