"""What is wrong with a field and what to do, in words beside it; and how a client is told of his ticket's state."""

from collections.abc import Mapping

from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.ticket import Ticket
from callcenter.web.translations import Words
from callcenter.web.wording import N_

_PROBLEMS: Mapping[str, str] = {
    "required": N_("Fill in this field."),
    "too_long": N_("This is too long."),
    "too_short": N_("Describe the question in a few words."),
    "control_characters": N_("Remove special characters and line breaks."),
    "phone": N_("Enter a telephone number with its area code, for example 8 916 123-45-67."),
    "email": N_("Enter an address like name@example.ru, or leave the field empty."),
    "inn": N_("An INN has 10 or 12 digits; check them, or leave the field empty."),
    "choice": N_("Choose from the list."),
    "consent": N_("Without your consent we may not take the request."),
    "too_many": N_("Attach at most 5 files."),
    "too_large": N_("A file may have at most 10 MB, all files together 18 MB."),
    "wrong_type": N_("Pictures, PDF, office documents, archives and text can be attached."),
    "form_token": N_("The form was damaged on its way. Check what you typed and send it again."),
    "form_too_fast": N_("That was very fast. Check what you typed and send it again."),
    "form_too_old": N_("The form was open for a long time. Check what you typed and send it again."),
    "form_trap": N_("A hidden field was filled in. Check what you typed and send it again."),
    "too_many_forms": N_("Too many requests came from your network. Wait ten minutes, or call us."),
    "changed_meanwhile": N_("The state of the request has changed meanwhile. This is how it stands now."),
    "not_resolved": N_("The request is not resolved yet."),
    "phone_paid": N_("This is a paid number, we do not call it by ourselves."),
    "phone_toll_free": N_("This is a toll-free number, we cannot call it."),
    "phone_personal": N_("We do not call this kind of number by ourselves."),
    "phone_kazakhstan": N_("We do not call Kazakhstan by ourselves."),
    "phone_international": N_("We do not call abroad by ourselves."),
}
_NOT_ACCEPTED = N_("This is not accepted.")
_ANOTHER_PHONE = N_("We cannot call this number by ourselves.")
KEEP_PHONE = N_("Enter another number, or send the form once more: then a person decides how to reach you.")

_FIELDS: Mapping[str, str] = {
    "kind": N_("What has happened"),
    "text": N_("Your question"),
    "product": N_("Program"),
    "attachments": N_("Files"),
    "name": N_("Your name"),
    "phone": N_("Telephone"),
    "email": N_("E-mail"),
    "organization": N_("Company"),
    "inn": N_("INN of the company"),
    "consent": N_("Consent"),
    "message": N_("Message"),
    "comment": N_("Comment"),
    "rating": N_("Rating"),
    "form": "",
}

_STATES: Mapping[Status, str] = {
    Status.DRAFT: N_("We have your call and will register the request."),
    Status.NEW: N_("Accepted. We are choosing the expert."),
    Status.ASSIGNED: N_("An expert has been chosen."),
    Status.IN_PROGRESS: N_("An expert is working on it."),
    Status.WAITING: N_("We are waiting for you: answer here or take our call."),
    Status.AT_VENDOR: N_("The developer of the program is answering."),
    Status.RESOLVED: N_("Answered. Tell us whether it helped."),
    Status.CLOSED: N_("Closed."),
    Status.CANCELLED: N_("Cancelled."),
}
_CANCELLED: Mapping[CancelReason, str] = {
    CancelReason.UNREACHABLE: N_("Cancelled: we called three times and could not reach you."),
    CancelReason.BY_CLIENT: N_("Cancelled by you."),
    CancelReason.DUPLICATE: N_("Joined to another request of yours."),
}


def say_problem(key: str, words: Words) -> str:
    """The sentence for a problem's message key."""
    if key.startswith("phone_"):
        return f"{words(_PROBLEMS.get(key, _ANOTHER_PHONE))} {words(KEEP_PHONE)}"
    return words(_PROBLEMS.get(key, _NOT_ACCEPTED))


def say_field(name: str, words: Words) -> str:
    """A field's label."""
    label = _FIELDS.get(name, "")
    return words(label) if label else ""


def say_state(ticket: Ticket, words: Words) -> str:
    """The ticket's state in a sentence for its client."""
    if ticket.cancel_reason is not None and ticket.status is Status.CANCELLED:
        return words(_CANCELLED.get(ticket.cancel_reason, _STATES[Status.CANCELLED]))
    return words(_STATES[ticket.status])
