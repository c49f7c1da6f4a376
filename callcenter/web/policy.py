"""What a route may be guarded by: an action of the domain, or the explicit word that anybody may come."""

from enum import StrEnum

from callcenter.domain.people import Action


class Public(StrEnum):
    """A route that anybody may ask for, said aloud."""

    PUBLIC = "public"


PUBLIC = Public.PUBLIC
Policy = Action | Public
