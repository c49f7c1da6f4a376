"""Whether the developer of a product answers for this client, and the words to say. Regulation: 2.6."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from callcenter.domain.clients import Contract, Product


class Support(StrEnum):
    """How the vendor's support stands for a client's product."""

    PROVIDED = "provided"
    BY_CONTRACT = "by_contract"
    NOT_COVERED = "not_covered"
    NO_VENDOR = "no_vendor"


WORDS: dict[Support, str] = {
    Support.PROVIDED: (
        "Поддержка разработчика входит в поставку. Мы передадим ему ваш вопрос и сообщим ответ."
    ),
    Support.BY_CONTRACT: (
        "Поддержка разработчика предусмотрена вашим договором. Мы передадим ему ваш вопрос и сообщим ответ."
    ),
    Support.NOT_COVERED: (
        "Консультации разработчика по этому вопросу в вашу поддержку не входят. "
        "Их можно получить по отдельному платному договору; прислать вам условия?"
    ),
    Support.NO_VENDOR: "По этой программе разработчик не указан; вопрос рассмотрят наши специалисты.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class SupportAnswer:
    """What to tell the client; `contract` is the one that covers him."""

    support: Support
    vendor: str | None
    contract: Contract | None
    words: str

    @property
    def covered(self) -> bool:
        """Whether the ticket may be handed over."""
        return self.support in {Support.PROVIDED, Support.BY_CONTRACT}


def support_of(product: Product, contracts: Iterable[Contract], on: date) -> SupportAnswer:
    """The vendor's support of a product for a client with these contracts on a day (both ends included)."""
    contract = None
    if product.vendor is None:
        support = Support.NO_VENDOR
    elif product.support_included:
        support = Support.PROVIDED
    else:
        contract = next((each for each in contracts if _covers(each, product, on)), None)
        support = Support.NOT_COVERED if contract is None else Support.BY_CONTRACT
    return SupportAnswer(support=support, vendor=product.vendor, contract=contract, words=WORDS[support])


def _covers(contract: Contract, product: Product, on: date) -> bool:
    if contract.product_id != product.id or not contract.vendor_support:
        return False
    return contract.starts_on <= on and (contract.ends_on is None or on <= contract.ends_on)


@dataclass(frozen=True, kw_only=True, slots=True)
class Handover:
    """One stay of a ticket at its vendor: his own clock (`due_at`), the dossier he got and what he answered."""

    id: int
    ticket_id: int
    vendor: str
    at: datetime
    by: int
    due_at: datetime
    dossier: str
    ended_at: datetime | None = None
    answer: str = ""
