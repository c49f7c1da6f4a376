"""The API's addresses, made from its operations; its document, the page that browses it, and its tokens."""

from callcenter.domain.people import Action
from callcenter.web.api import documents
from callcenter.web.api.binding import bound
from callcenter.web.api.operations import OPERATIONS
from callcenter.web.pages import tokens
from callcenter.web.policy import PUBLIC
from callcenter.web.route import Route, get, post

API: tuple[Route, ...] = (
    *(bound(each) for each in OPERATIONS),
    get("/openapi.json", PUBLIC, documents.openapi),
    get("/api/docs", PUBLIC, documents.browser),
    get("/tokens", Action.EDIT_TOKENS, tokens.tokens),
    get("/tokens/new", Action.EDIT_TOKENS, tokens.new),
    post("/tokens/new", Action.EDIT_TOKENS, tokens.create),
    post("/tokens/{token_id:[0-9]+}/revoke", Action.EDIT_TOKENS, tokens.revoke),
)
