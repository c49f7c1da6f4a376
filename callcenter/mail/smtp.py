"""Sends letters through a mail server, and tells a refusal for good from one for now."""

import ssl

import aiosmtplib

from callcenter.domain.notices import Delivery, DeliveryResult, OutboxItem
from callcenter.mail.enclosures import Enclosures
from callcenter.mail.letters import Letters, UnusableAddress
from callcenter.mail.own_words import OwnWords
from callcenter.mail.settings import SmtpSettings, Tls


class SmtpCarrier:
    """Port `Carrier` on SMTP: one connection per letter, so that one that stalls holds up no other."""

    def __init__(
        self,
        settings: SmtpSettings,
        letters: Letters,
        enclosures: Enclosures,
        *,
        tls_context: ssl.SSLContext | None = None,
        words: OwnWords | None = None,
    ) -> None:
        self._settings = settings
        self._letters = letters
        self._enclosures = enclosures
        self._words = words
        self._tls_context = tls_context

    async def carry(self, item: OutboxItem) -> Delivery:
        """Delivered means the server took it; a connection lost after the last dot is tried again, same message id."""
        try:
            own = None if self._words is None else await self._words.of(item)
            letter = self._letters.write(item, await self._enclosures.of(item), own=own)
        except UnusableAddress as error:
            return Delivery(result=DeliveryResult.REFUSED, detail=str(error))
        settings = self._settings
        try:
            _, answer = await aiosmtplib.send(
                letter,
                hostname=settings.host,
                port=settings.port,
                username=settings.user or None,
                password=settings.secret or None,
                timeout=settings.timeout,
                use_tls=settings.tls is Tls.IMPLICIT,
                start_tls=settings.tls is Tls.STARTTLS,
                tls_context=self._tls_context,
            )
        except aiosmtplib.SMTPException as error:
            return _refused(error)
        except (OSError, TimeoutError, ssl.SSLError) as error:
            return Delivery(result=DeliveryResult.POSTPONED, detail=f"no connection: {error}")
        return Delivery(result=DeliveryResult.DELIVERED, detail=answer)


def _refused(error: aiosmtplib.SMTPException) -> Delivery:
    """5xx to this receiver or this letter is for good; everything else may mend itself, or we are set up wrong."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused) and error.recipients:
        error = error.recipients[0]
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, aiosmtplib.SMTPResponseException):
        detail = f"{error.code} {error.message}"
        about_the_letter = isinstance(error, aiosmtplib.SMTPRecipientRefused | aiosmtplib.SMTPDataError)
        if about_the_letter and 500 <= error.code < 600:
            return Delivery(result=DeliveryResult.REFUSED, detail=detail)
    return Delivery(result=DeliveryResult.POSTPONED, detail=detail)
