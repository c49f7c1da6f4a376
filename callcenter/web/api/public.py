"""What anybody may ask without a token: public forms, and a client's own request by its link. Regulation: 2.2."""

from callcenter.web.api.operation import public_operation
from callcenter.web.api.public_bodies import (
    ClosingBody,
    CommentBody,
    FormReceipt,
    MessageBody,
    PublicForm,
    RatingBody,
    RequestBody,
    RequestStatus,
)
from callcenter.web.policy import FOREIGN, PUBLIC
from callcenter.web.public import api as forms
from callcenter.web.public import status_api as status

_FORM, _STATUS = "/forms/{slug}", "/requests/{token}"
OPERATIONS = (
    public_operation("GET", _FORM, PUBLIC, forms.describe, answer=PublicForm),
    public_operation(
        "POST",
        _FORM,
        FOREIGN,
        forms.send,
        body=RequestBody,
        answer=FormReceipt,
        status=201,
        more_statuses=(200,),
    ),
    public_operation("GET", _STATUS, PUBLIC, status.show, answer=RequestStatus),
    public_operation(
        "POST", f"{_STATUS}/messages", FOREIGN, status.write, body=MessageBody, answer=RequestStatus
    ),
    public_operation(
        "POST", f"{_STATUS}/cancel", FOREIGN, status.cancel, body=CommentBody, answer=RequestStatus
    ),
    public_operation(
        "POST", f"{_STATUS}/confirm", FOREIGN, status.confirm, body=ClosingBody, answer=RequestStatus
    ),
    public_operation("POST", f"{_STATUS}/rate", FOREIGN, status.rate, body=RatingBody, answer=RequestStatus),
    public_operation(
        "POST", f"{_STATUS}/reopen", FOREIGN, status.reopen, body=CommentBody, answer=RequestStatus
    ),
    public_operation(
        "GET", f"{_STATUS}/files/{{attachment_id}}", PUBLIC, status.file, media="application/octet-stream"
    ),
)
