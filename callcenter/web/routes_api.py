"""The API's addresses, made from its operations; its document and the page that browses it."""

from callcenter.web.api import documents
from callcenter.web.api.binding import bound
from callcenter.web.api.operations import OPERATIONS
from callcenter.web.policy import PUBLIC
from callcenter.web.route import Route, get

API: tuple[Route, ...] = (
    *(bound(each) for each in OPERATIONS),
    get("/openapi.json", PUBLIC, documents.openapi),
    get("/api/docs", PUBLIC, documents.browser),
)
