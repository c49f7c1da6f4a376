"""AMI over TLS: with a certificate somebody vouches for the link is live, with another it says what is wrong."""

from __future__ import annotations

import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ami.signals import LinkChanged, LinkState
from callcenter.building.telephony import pbx_settings
from callcenter.domain.errors import Misconfigured
from config.settings import Pbx
from tests.unit.ami.fake_asterisk import FakeAsterisk
from tests.unit.ami.following import following, live


@dataclass(frozen=True, kw_only=True, slots=True)
class Certificate:
    """A self-signed certificate for 127.0.0.1 and its key."""

    file: Path
    key: Path


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    folder = tmp_path_factory.mktemp("tls")
    made = Certificate(file=folder / "ami.pem", key=folder / "ami.key")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-subj", "/CN=asterisk", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2",
         "-keyout", str(made.key), "-out", str(made.file)],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


@pytest.fixture
async def pbx(certificate: Certificate) -> AsyncIterator[FakeAsterisk]:
    fake = FakeAsterisk()
    fake.ssl = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    fake.ssl.load_cert_chain(certificate.file, certificate.key)
    async with fake:
        yield fake


def settings(pbx: FakeAsterisk, ca: Path | None) -> Pbx:
    return Pbx(host="127.0.0.1", port=pbx.port, username="u", secret=pbx.secret, tls=True, tls_ca=ca)


async def test_a_link_over_tls_is_live_when_the_certificate_is_vouched_for(
    pbx: FakeAsterisk, certificate: Certificate
) -> None:
    context = pbx_settings("main", settings(pbx, certificate.file)).link.ssl
    async with live(pbx, link={"ssl": context}) as (client, _):
        assert client.stale_since is None
    assert pbx.named("Login")


async def test_a_certificate_nobody_vouches_for_leaves_the_link_down_and_says_why(pbx: FakeAsterisk) -> None:
    context = pbx_settings("main", settings(pbx, None)).link.ssl
    async with following(pbx, link={"ssl": context}) as (_, follower):
        told = await follower.heard(
            lambda signal: isinstance(signal, LinkChanged) and "certificate" in signal.reason.lower()
        )
    assert isinstance(told, LinkChanged)
    assert LinkState.LIVE not in follower.states
    assert not pbx.named("Login")


@pytest.mark.parametrize("text", [None, "not a certificate"])
def test_certificates_that_cannot_be_used_are_named(text: str | None, tmp_path: Path) -> None:
    file = tmp_path / "ca.pem"
    if text is not None:
        file.write_text(text)
    with pytest.raises(Misconfigured, match=r"pbx\.main\.tls_ca: .*ca\.pem"):
        pbx_settings("main", Pbx(host="pbx", username="u", secret="s", tls=True, tls_ca=file))
