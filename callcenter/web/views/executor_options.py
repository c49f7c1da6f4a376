"""The executors to choose from in each row of the moderators' list.

Fifty rows of a hundred executors are five thousand choices, which would cost more than all the rest of the page:
each is written once, and a long list begins with the best; the browser adds the others when the field is opened.
"""

from markupsafe import Markup, escape

from callcenter.domain.proposal import Excluded, Proposal
from callcenter.web.translations import Words
from callcenter.web.wording import say

ALL_SHOWN, SHORT = 24, 12
"""A house of so many executors sees all of them in each row, a larger one the best of them."""


class ExecutorOptions:
    """Writes the `<option>`s of proposals."""

    def __init__(self, words: Words) -> None:
        self._words = words
        self._written: dict[tuple[int, Excluded | None], str] = {}

    def of(self, proposal: Proposal) -> Markup:
        """The eligible, best first, then the others with the reason against them."""
        if self.shortened(proposal):
            return Markup("").join(
                self._option(each.person_id, each.name) for each in proposal.ranked[:SHORT]
            )
        shown = [self._option(each.person_id, each.name) for each in proposal.ranked]
        shown += [self._option(each.person_id, each.name, each.why) for each in proposal.excluded]
        return Markup("").join(shown)

    def shortened(self, proposal: Proposal) -> bool:
        """Whether there are more than the row shows."""
        return len(proposal.ranked) + len(proposal.excluded) > ALL_SHOWN

    def _option(self, person_id: int, name: str, why: Excluded | None = None) -> Markup:
        known = self._written.get((person_id, why))
        if known is None:
            said = name if why is None else f"{name} ({say(why, self._words)})"
            known = Markup('<option value="{}">{}</option>').format(person_id, escape(said))
            self._written[person_id, why] = known
        return Markup(known)
