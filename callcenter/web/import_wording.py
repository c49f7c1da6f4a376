"""What an import says of a file's mistakes: one sentence each, with what to do."""

from collections.abc import Mapping

from callcenter.services.client_import import Kind
from callcenter.web.translations import Words
from callcenter.web.wording import N_

KINDS: Mapping[Kind, str] = {
    Kind.ORGANIZATIONS: N_("Organisations"),
    Kind.CLIENTS: N_("Clients"),
    Kind.PRODUCTS: N_("Products"),
    Kind.CONTRACTS: N_("Contracts"),
}
HEADERS: Mapping[Kind, str] = {
    Kind.ORGANIZATIONS: N_("INN; Name"),
    Kind.CLIENTS: N_("Full name; Phones; E-mail; INN of the organisation"),
    Kind.PRODUCTS: N_("Code; Name; Developer"),
    Kind.CONTRACTS: N_("INN of the organisation; Product code; Number; Start; End; Developer support"),
}
EFFECTS: Mapping[str, str] = {"create": N_("new"), "update": N_("changed"), "same": N_("as it is")}

_REASONS: Mapping[str, str] = {
    "missing": N_("empty, but needed"),
    "bad_inn": N_("not an INN: the check digits do not fit"),
    "bad_phone": N_("not a whole telephone number"),
    "bad_email": N_("not an e-mail address"),
    "bad_date": N_("not a date; write 23.11.2026"),
    "bad_yes_no": N_("write yes or no"),
    "cell_too_long": N_("too long"),
    "too_few_cells": N_("fewer cells than headers"),
    "too_many_cells": N_("more cells than headers"),
    "ends_before_it_starts": N_("ends before it starts"),
    "phone_or_email_needed": N_("a phone or an e-mail is needed"),
    "repeated_in_file": N_("the same key stands in the file twice"),
    "several_clients_match": N_("several clients fit; add the e-mail"),
    "unknown_organization": N_("no such organisation; import organisations first"),
    "unknown_product": N_("no such product; import products first"),
    "empty": N_("The file is empty."),
    "too_large": N_("The file is larger than 10 MB. Split it."),
    "not_text": N_("This is not a CSV text. In the spreadsheet choose “Save as… CSV”."),
    "too_many_lines": N_("The file has more than 100,000 lines. Split it."),
    "bad_lines": N_("The file has bad lines now. Nothing was imported."),
    "changed": N_("This is not the file that was looked at. Look at it again."),
    "no_file": N_("Choose a file."),
    "unknown_column": N_("Unknown column: %(name)s"),
    "repeated_column": N_("The column stands twice: %(name)s"),
    "missing_column": N_("A column is missing: %(name)s"),
    "broken_quotes": N_("The quotation marks are broken near line %(name)s."),
}


def say_reason(reason: str, words: Words) -> str:
    """The sentence for a reason of the import, `unknown_column: Фамилия` included."""
    key, _, name = reason.partition(": ")
    said = words(_REASONS.get(key, N_("Not accepted")))
    return said % {"name": name} if name and "%(name)s" in said else said
