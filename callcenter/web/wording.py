"""The words for values of the domain: statuses, outcomes, roles, phone states, numbers."""

from collections.abc import Mapping
from enum import StrEnum

from callcenter.domain.calls import CallOutcome, FoundBy, RingEnd
from callcenter.domain.lifecycle import CancelReason, Status
from callcenter.domain.lists import Sort
from callcenter.domain.messages import MessageKind
from callcenter.domain.numbers import Number, display
from callcenter.domain.people import PhoneState, Role
from callcenter.domain.proposal import Excluded
from callcenter.domain.remote import RemoteResult
from callcenter.domain.ticket import Kind, Priority, Source
from callcenter.domain.words import N_ as N_  # the door of the web room
from callcenter.web.translations import Words

_SAID: tuple[tuple[StrEnum, str], ...] = (
    (Status.DRAFT, N_("Draft")),
    (Status.NEW, N_("New")),
    (Status.ASSIGNED, N_("Assigned")),
    (Status.IN_PROGRESS, N_("In progress")),
    (Status.WAITING, N_("Waiting for the client")),
    (Status.AT_VENDOR, N_("Handed to the developer")),
    (Status.RESOLVED, N_("Resolved")),
    (Status.CLOSED, N_("Closed")),
    (Status.CANCELLED, N_("Cancelled")),
    (CancelReason.UNREACHABLE, N_("the client could not be reached")),
    (CancelReason.BY_CLIENT, N_("by the client")),
    (CancelReason.DUPLICATE, N_("a duplicate")),
    (CancelReason.SPAM, N_("spam")),
    (CancelReason.NOT_A_REQUEST, N_("not a request")),
    (CallOutcome.ANSWERED, N_("answered")),
    (CallOutcome.ABANDONED, N_("the caller hung up")),
    (CallOutcome.QUEUE_TIMEOUT, N_("nobody answered in time")),
    (CallOutcome.QUEUE_EMPTY, N_("no operator on the line")),
    (CallOutcome.QUEUE_FULL, N_("the line was full")),
    (CallOutcome.OUTSIDE_HOURS, N_("outside hours")),
    (CallOutcome.INTERRUPTED, N_("cut off")),
    (CallOutcome.UNKNOWN, N_("outcome unknown")),
    (RingEnd.ANSWERED, N_("answered")),
    (RingEnd.ANSWERED_ELSEWHERE, N_("another person answered")),
    (RingEnd.NO_ANSWER, N_("did not answer")),
    (RingEnd.BUSY, N_("busy")),
    (RingEnd.DECLINED, N_("declined")),
    (RingEnd.CALLER_LEFT, N_("the caller hung up")),
    (RingEnd.FAILED, N_("the phone failed")),
    (FoundBy.LIVE, N_("seen as it happened")),
    (FoundBy.SNAPSHOT, N_("found in the list of calls")),
    (FoundBy.CEL, N_("found in the event log of the PBX")),
    (FoundBy.CDR, N_("found in the call log of the PBX")),
    (Source.CALL, N_("call")),
    (Source.FORM, N_("web form")),
    (Source.OPERATOR, N_("operator")),
    (Role.OPERATOR, N_("Operator")),
    (Role.MODERATOR, N_("Moderator")),
    (Role.EXECUTOR, N_("Executor")),
    (Role.SUPERVISOR, N_("Supervisor")),
    (Role.ADMIN, N_("Administrator")),
    (PhoneState.UNKNOWN, N_("state unknown")),
    (PhoneState.UNREACHABLE, N_("not registered")),
    (PhoneState.IDLE, N_("free")),
    (PhoneState.RINGING, N_("rings")),
    (PhoneState.BUSY, N_("talks")),
    (Kind.REFERENCE, N_("reference")),
    (Kind.OUTAGE, N_("outage")),
    (Kind.VENDOR, N_("to the developer")),
    (Priority.LOW, N_("low")),
    (Priority.NORMAL, N_("ordinary")),
    (Priority.HIGH, N_("high")),
    (RemoteResult.RESTORED, N_("restored")),
    (RemoteResult.NOT_RESTORED, N_("not restored")),
    (RemoteResult.NOT_CONNECTED, N_("no connection was made")),
    (Sort.TIME_LEFT, N_("by time left")),
    (Sort.NEWEST, N_("the newest first")),
    (Sort.OLDEST, N_("the oldest first")),
    (Sort.UPDATED, N_("the last changed first")),
    (MessageKind.TO_CLIENT, N_("to the client")),
    (MessageKind.FROM_CLIENT, N_("from the client")),
    (MessageKind.ANSWER, N_("answer to the client")),
    (MessageKind.NOTE, N_("note for us")),
    (MessageKind.QUESTION, N_("question to a colleague")),
    (MessageKind.TO_VENDOR, N_("to the developer")),
    (MessageKind.FROM_VENDOR, N_("from the developer")),
    (Excluded.OFF_SHIFT, N_("off shift")),
    (Excluded.ON_LEAVE, N_("on leave")),
    (Excluded.OTHER_TOPICS, N_("serves other topics")),
    (Excluded.OTHER_PRODUCTS, N_("serves other products")),
)

# two enumerations may share a value ("answered") and then compare equal: the type belongs to the key
_WORDINGS: Mapping[tuple[type, str], str] = {(type(member), member.value): said for member, said in _SAID}


PHASES: Mapping[str, str] = {"waits": N_("waits"), "rings": N_("rings"), "talks": N_("talks")}
"""What happens to a caller on the line."""

LINK_STATES: Mapping[str, str] = {
    "down": N_("no connection"),
    "connecting": N_("connecting"),
    "login": N_("signing in"),
    "wait_booted": N_("waits for the PBX to start"),
    "syncing": N_("comparing"),
    "live": N_("connected"),
}
"""States of a telephony link as its listener names them."""

_SCRIPT_SENTENCES: Mapping[str, str] = {
    "connectionLost": N_("no connection to the server since {time}"),
    "unreachable": N_("The server does not answer. Nothing was sent."),
    "rings": N_("{number} is calling. {client}"),
    "possibly": N_("Possibly {client}, not verified."),
    "unknownCaller": N_("An unknown number."),
    "hiddenNumber": N_("The number is withheld."),
    "hidden": N_("number withheld"),
    "answeredBy": N_("{person} answers {number}"),
    "callerLeft": N_("{number} hung up"),
    "stopped": N_("{number} no longer rings here"),
    "reconstructed": N_("Found after a gap of the telephony link; the times may be inexact."),
    "noSubject": N_("no subject yet"),
    "onTheLine": N_("on the line now"),
    "listChanged": N_("Tickets may have come into this list: {count}."),
    "marked": N_("Marked: {count}"),
    "restored": N_("What you typed earlier and have not sent is shown."),
    "restoredDrop": N_("Drop it"),
    "actGone": N_("This is not possible any more. Your text is kept: copy it if you need it."),
    "today": N_("today {time}"),
    "yesterday": N_("yesterday {time}"),
    "left": N_("{time} left"),
    "overdue": N_("overdue by {time}"),
    "dueIn": N_("in {time}"),
    "dueNow": N_("due, {time} ago"),
    "dueJust": N_("due"),
    "calledAbout": N_("we have been calling about № {number}: {attempts}"),
    "calledTimes": N_("calls {times}, the last {last}"),
    "calledNever": N_("not called yet"),
    "calledNext": N_("next {next}"),
    "seconds": N_("{seconds} s"),
    "minutes": N_("{minutes} min"),
    "hours": N_("{hours} h {minutes} min"),
    "days": N_("{days} d {hours} h"),
}


def script_words(words: Words) -> Mapping[str, str]:
    """Every sentence the page's scripts say, with the words for statuses and outcomes."""
    statuses = {f"status.{status}": say(status, words) for status in Status}
    outcomes = {f"outcome.{outcome}": say(outcome, words) for outcome in CallOutcome}
    missed = {
        f"missed.{outcome}": words("missed: %(reason)s", reason=say(outcome, words))
        for outcome in CallOutcome
    }
    return {**{key: words(said) for key, said in _SCRIPT_SENTENCES.items()}, **statuses, **outcomes, **missed}


def say(value: StrEnum, words: Words) -> str:
    """The word people see for a value of the domain."""
    return words(_WORDINGS[type(value), value.value])


def say_caller(number: Number | None, words: Words) -> str:
    """A caller's number as people read it; a hidden one and a malformed one say so."""
    if number is None:
        return words("no number")
    if number.e164 is not None:
        return display(number.e164)
    if number.hidden:
        return words("number withheld")
    return number.raw[:40]
