"""What a route may be guarded by: an action of the domain, or the explicit word that anybody may come."""

from enum import StrEnum

from callcenter.domain.people import Action


class Public(StrEnum):
    """A route that anybody may ask for, said aloud.

    `FOREIGN`: pages of other sites and programs may post to it too; it acts on nobody's behalf.
    """

    PUBLIC = "public"
    FOREIGN = "foreign"


PUBLIC = Public.PUBLIC
FOREIGN = Public.FOREIGN
Policy = Action | Public
