"""The PBXs and the advertised numbers, as the settings name them."""

import ssl

from ami.board import Dialplan
from ami.link import LinkSettings
from ami.pbx import PbxSettings
from callcenter.domain.calls import Hotline as HotlineNumber
from callcenter.domain.errors import Misconfigured
from callcenter.domain.numbers import parse_number
from config.settings import Pbx, Settings


def pbx_settings(name: str, pbx: Pbx) -> PbxSettings:
    """The settings of one PBX as `ami` wants them.

    Raises:
        Misconfigured: the certificates that should vouch for it cannot be used.
    """
    return PbxSettings(
        name=name,
        link=LinkSettings(
            host=pbx.host,
            port=pbx.port,
            username=pbx.username,
            secret=pbx.secret.get_secret_value(),
            ssl=_trusted(name, pbx) if pbx.tls else None,
        ),
        dialplan=Dialplan(
            trunk_contexts=frozenset(pbx.trunk_contexts), trunk_endpoints=frozenset(pbx.trunk_endpoints)
        ),
    )


def _trusted(name: str, pbx: Pbx) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=pbx.tls_ca)
    except OSError as error:
        raise Misconfigured(
            f"pbx.{name}.tls_ca: {pbx.tls_ca} holds no usable certificates: {error}"
        ) from error


def hotline_numbers(settings: Settings) -> list[HotlineNumber]:
    """The advertised numbers as E.164.

    Raises:
        Misconfigured: something configured as a number is none.
    """
    numbers = []
    for name, hotline in settings.hotline.items():
        dids = {did: parse_number(did).e164 for did in hotline.dids}
        bad = [did for did, e164 in dids.items() if e164 is None]
        if bad:
            raise Misconfigured(f"hotline.{name}.dids: not a telephone number: {', '.join(bad)}")
        numbers.append(HotlineNumber(id=0, name=hotline.name, dids=frozenset(filter(None, dids.values()))))
    return numbers
