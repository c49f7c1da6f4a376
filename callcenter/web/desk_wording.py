"""What the help desk's screens say when something cannot be done, and why somebody is proposed."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.errors import Conflict
from callcenter.domain.lifecycle import Status
from callcenter.domain.proposal import Because, Suggestion
from callcenter.domain.story import person_of
from callcenter.web.moments import say_clock
from callcenter.web.translations import Words
from callcenter.web.wording import N_, say

_PROBLEMS: Mapping[tuple[str, str], str] = {
    ("contact_name", "required"): N_("Ask the caller's name."),
    ("contact_phone", "phone_or_email_required"): N_("A number or an e-mail is needed to answer."),
    ("contact_phone", "not_a_phone"): N_("This is not a telephone number; with its area code, please."),
    ("contact_email", "not_an_email"): N_("An address looks like name@example.ru."),
    ("text", "required"): N_("Write down what he asks."),
    ("topic_id", "required"): N_("Choose the topic."),
    ("kind", "required"): N_("Choose what is asked."),
    ("product_id", "required_for_this_kind"): N_("For an outage or the developer the product is needed."),
    ("organization_id", "required_for_this_kind"): N_(
        "The developer is asked under a contract: find the company."
    ),
    ("into", "unknown"): N_("There is no such ticket."),
    ("into", "not_open"): N_("That ticket is not open any more."),
    ("to", "not_an_executor"): N_("Choose an executor who works here."),
    ("tickets", "required"): N_("Mark at least one ticket."),
    ("tickets", "too_many"): N_("At most a hundred at once."),
    ("colleague", "unknown"): N_("Choose a colleague who works here."),
    ("colleague", "oneself"): N_("You cannot ask yourself."),
    ("remote_id", "not_an_address"): N_("This is not an address such a program gives out."),
    ("product_id", "no_vendor"): N_("This product has no developer to ask."),
    ("product_id", "required"): N_("Say first which product it is about."),
    ("name", "too_many"): N_("You have fifty lists; forget one first."),
    ("to", "has_it_already"): N_("He has it already."),
    ("support", "not_covered"): N_("No contract of this client covers the developer's support."),
    ("support", "no_vendor"): N_("This product has no developer to ask."),
}
_ANY: Mapping[str, str] = {
    "required": N_("Fill this in."),
    "too_long": N_("Too long."),
    "unknown": N_("Not in the list any more; choose again."),
    "choice": N_("Choose one."),
}


def say_problems(problems: Mapping[str, str], words: Words) -> dict[str, str]:
    """Each field's mistake in words."""
    return {
        field: words(_PROBLEMS.get((field, why)) or _ANY.get(why) or N_("Not accepted"))
        for field, why in problems.items()
    }


def say_conflict(error: Conflict, names: Mapping[int, str], zone: ZoneInfo, words: Words) -> str:
    """Who was faster, when, and how the ticket stands now."""
    status, actor, at = (error.details.get(each) for each in ("status", "actor", "at"))
    said = say(Status(str(status)), words) if status in set(Status) else ""
    person = names.get(person_of(str(actor)) or 0, "")
    if not person or not isinstance(at, str):
        return words("This is not possible any more: the ticket is «%(status)s» now.", status=said)
    return words(
        "%(person)s changed it at %(time)s; it is «%(status)s» now. Nothing was saved: look and repeat.",
        person=person,
        time=say_clock(datetime.fromisoformat(at), zone),
        status=said,
    )


def say_reasons(suggestion: Suggestion, words: Words) -> str:
    """Why this executor: his topic, his product, this client, his load."""
    said = []
    for reason in suggestion.reasons:
        if reason.because is Because.SERVES_TOPIC:
            said.append(words("serves the topic"))
        elif reason.because is Because.SERVES_PRODUCT:
            said.append(words("serves the product"))
        elif reason.because is Because.KNOWS_CLIENT:
            said.append(
                words.plural(
                    "solved %(num)s ticket of this client",
                    "solved %(num)s tickets of this client",
                    reason.count,
                )
            )
        else:
            said.append(words.plural("%(num)s in hand", "%(num)s in hand", reason.count))
    return ", ".join(said)
