"""Port `Carrier` on real SMTP and on a folder: what arrives, what is refused for good, what is tried again."""

import socket
from dataclasses import replace
from datetime import UTC
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from callcenter.domain.attachments import Attachment, AttachmentKind
from callcenter.domain.notices import (
    KEEP_TRYING,
    DeliveryResult,
    Notice,
    OutboxItem,
    OutboxKind,
)
from callcenter.domain.signing import Signer
from callcenter.mail.enclosures import Enclosures
from callcenter.mail.files import FileCarrier
from callcenter.mail.letters import LOCALES, Enclosure, Letters
from callcenter.mail.settings import LetterSettings, SmtpSettings, Tls
from callcenter.mail.smtp import SmtpCarrier
from callcenter.services.status_links import PublicLinks
from tests import make
from tests.contract.mail_server import MailServer, mail_server
from tests.fakes.database import FakeDatabase
from tests.fakes.forms import FakeAttachmentFiles
from tests.fakes.tokens import FakeTokens

LINKS = PublicLinks(
    signer=Signer(key=b"k" * 32), base_url="https://hotline.example.org", new_token=FakeTokens()
)
ABOUT: dict[str, dict[str, object]] = {
    Notice.REGISTERED: {"due_at": "2026-11-23T09:30:00+00:00"},
    Notice.ASSIGNED: {"executor": "П. Петров"},
    Notice.ANSWERED: {"answer": "Нажмите F5 <script>alert(1)</script>"},
    Notice.CANCELLED_UNREACHABLE: {
        "called_at": [
            "2026-11-23T09:00:00+00:00",
            "2026-11-23T09:31:00+00:00",
            "2026-11-23T10:02:00+00:00",
        ]
    },
    Notice.REJECTED: {"text": "Мы не ведём эту программу <script>"},
    Notice.VENDOR_DOSSIER: {"dossier": "Клиент: ООО «Ромашка»", "vendor": "Разработчик"},
    Notice.MESSAGE_FROM_EXECUTOR: {"executor": "П. Петров", "text": "Какая версия?\nBcc: x@example.org"},
    Notice.WARNING: {"clock": "resolve", "level": "80"},
    Notice.SIGN_IN: {
        "url": "https://hotline.example.org/sign-in/once/t",
        "until": "2026-11-23T09:30:00+00:00",
    },
    Notice.REPORT: {
        "title": "Отчёт горячей линии: октябрь 2026",
        "sentences": ["Поступило звонков: 12.", "Тема «<script>alert(1)</script>» (+3)"],
        "marks": [],
    },
}


def item(
    notice: str = Notice.REGISTERED, *, to: str = "client@example.org", locale: str = "ru"
) -> OutboxItem:
    return OutboxItem(
        id=17,
        kind=OutboxKind.MAIL,
        name=notice,
        dedupe_key=notice,
        to=to,
        payload={
            "locale": locale,
            "number": "1042",
            "nonce": "n",
            "about": ABOUT[notice],
            "unsubscribe": notice in {Notice.REGISTERED, Notice.ASSIGNED},
        },
        created_at=make.START,
        next_try_at=make.START,
        give_up_at=make.START + KEEP_TRYING,
        ticket_id=1042,
        attempts=1,
    )


def letters() -> Letters:
    settings = LetterSettings(
        sender="Горячая линия <hotline@example.org>",
        hotline_number="8 (800) 555-06-40",
        base_url="https://hotline.example.org",
    )
    return Letters(settings, LINKS, ZoneInfo("Europe/Moscow"))


async def no_report(item: OutboxItem) -> list[Enclosure]:
    raise AssertionError(f"{item.name} is no report")


def nothing() -> Enclosures:
    return Enclosures(FakeDatabase().uow, FakeAttachmentFiles(), no_report)


def smtp(port: int, *, timeout: float = 5.0) -> SmtpCarrier:
    settings = SmtpSettings(host="127.0.0.1", port=port, tls=Tls.NONE, timeout=timeout)
    return SmtpCarrier(settings, letters(), nothing())


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.regulation("2.9")
async def test_the_cancel_notice_names_the_ticket_the_three_calls_and_the_way_back() -> None:
    async with mail_server(MailServer()) as server:
        delivery = await smtp(server.port).carry(item(Notice.CANCELLED_UNREACHABLE))
    assert delivery.result is DeliveryResult.DELIVERED
    (letter,) = server.taken
    for text in (text_of(letter), text_of(letter, "html")):
        assert "№ 1042" in text.replace("<strong>", "").replace("</strong>", "")
        assert (
            text.count("23.11.2026 12:00") + text.count("23.11.2026 12:31") + text.count("23.11.2026 13:02")
            == 3
        )
        assert LINKS.status_url(1042, "n") in text
    assert letter["Subject"] == "Hotline request No. 1042: cancelled, we could not reach you"


async def test_headers_are_ours_alone() -> None:
    async with mail_server(MailServer()) as server:
        await smtp(server.port).carry(item(Notice.MESSAGE_FROM_EXECUTOR))
    (letter,) = server.taken
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter["Message-ID"] == "<outbox-17@example.org>"
    assert letter["Date"].datetime.astimezone(UTC) == make.START
    assert letter["To"] == "client@example.org"
    assert letter["Bcc"] is None
    assert "Bcc: x@example.org" in text_of(letter)
    assert str(letter["Subject"]).isascii()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("notice", list(Notice))
def test_every_letter_is_written_in_both_languages_with_inert_text(notice: Notice, locale: str) -> None:
    letter = letters().write(item(notice, locale=locale))
    page = text_of(letter, "html")
    assert "<script" not in page
    assert "{{" not in page + text_of(letter)
    assert f'<html lang="{locale}">' in page
    told_in_russian = "Здравствуйте" in page or "Срок" in page
    assert told_in_russian is (locale == "ru")


def test_only_optional_letters_can_be_switched_off() -> None:
    optional, necessary = letters().write(item(Notice.REGISTERED)), letters().write(item(Notice.ANSWERED))
    assert optional["List-Unsubscribe"] == f"<{LINKS.unsubscribe_url('client@example.org')}>"
    assert optional["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "client@example.org" not in str(optional["List-Unsubscribe"])
    assert necessary["List-Unsubscribe"] is None


@pytest.mark.parametrize("answer", ["550 no such user", "553 not allowed"])
async def test_a_receiver_refused_for_good_is_refused(answer: str) -> None:
    async with mail_server(MailServer(recipient=answer)) as server:
        delivery = await smtp(server.port).carry(item())
    assert (delivery.result, delivery.detail) == (DeliveryResult.REFUSED, answer)


async def test_a_receiver_refused_for_now_is_tried_again() -> None:
    async with mail_server(MailServer(recipient="451 greylisted")) as server:
        delivery = await smtp(server.port).carry(item())
    assert (delivery.result, delivery.detail) == (DeliveryResult.POSTPONED, "451 greylisted")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("554 looks like spam", DeliveryResult.REFUSED), ("452 disk full", DeliveryResult.POSTPONED)],
)
async def test_a_letter_refused_after_its_text(answer: str, expected: DeliveryResult) -> None:
    async with mail_server(MailServer(data=answer)) as server:
        delivery = await smtp(server.port).carry(item())
    assert delivery.result is expected
    assert server.taken == []


async def test_a_server_that_keeps_silent_is_tried_again() -> None:
    async with mail_server(MailServer(stall=True)) as server:
        delivery = await smtp(server.port, timeout=0.2).carry(item())
    assert delivery.result is DeliveryResult.POSTPONED


async def test_a_server_that_hangs_up_after_the_last_dot_gets_the_same_letter_again() -> None:
    async with mail_server(MailServer(drop=True)) as server:
        first = await smtp(server.port).carry(item())
        server.drop = False
        again = await smtp(server.port).carry(replace(item(), attempts=2))
    assert (first.result, again.result) == (DeliveryResult.POSTPONED, DeliveryResult.DELIVERED)
    one, other = server.taken
    assert one["Message-ID"] == other["Message-ID"]
    assert one["Date"] == other["Date"]


async def test_a_server_that_is_down_is_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    delivery = await smtp(port).carry(item())
    assert delivery.result is DeliveryResult.POSTPONED


@pytest.mark.parametrize(
    "address",
    ["", "no-at", "a@b\r\nBcc: x@example.org", "кто@пример.рф", "a b@example.org", "a" * 300 + "@b.ru"],
)
async def test_an_unusable_address_is_refused_before_any_conversation(address: str) -> None:
    async with mail_server(MailServer()) as server:
        delivery = await smtp(server.port).carry(item(to=address))
    assert delivery.result is DeliveryResult.REFUSED
    assert server.conversations == 0


async def test_the_vendor_gets_the_clients_files_under_names_of_ours() -> None:
    store, files = FakeDatabase(), FakeAttachmentFiles()
    body = b"%PDF-1.7 report"
    async with store.uow() as uow:
        await uow.attachments.add(
            Attachment(
                id=0,
                ticket_id=1042,
                stored_name=await files.store(body),
                name="отчёт\r\nBcc: x.pdf",
                kind=AttachmentKind.PDF,
                size=len(body),
                sha256="-",
                at=make.START,
                by="client",
            )
        )
        await uow.commit()
    async with mail_server(MailServer()) as server:
        settings = SmtpSettings(host="127.0.0.1", port=server.port, tls=Tls.NONE)
        carrier = SmtpCarrier(settings, letters(), Enclosures(store.uow, files, no_report))
        await carrier.carry(item(Notice.VENDOR_DOSSIER))
    (letter,) = server.taken
    (sent,) = letter.iter_attachments()
    assert (sent.get_filename(), sent.get_content()) == ("attachment-1.pdf", body)
    assert "ООО «Ромашка»" in text_of(letter)


async def test_without_a_server_letters_are_files_and_a_repetition_is_one_file(tmp_path: Path) -> None:
    carrier = FileCarrier(tmp_path / "mail", letters(), nothing())
    for _ in range(2):
        delivery = await carrier.carry(item(Notice.ANSWERED))
        assert delivery.result is DeliveryResult.DELIVERED
    (file,) = (tmp_path / "mail").iterdir()
    letter = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert "Нажмите F5" in text_of(letter)


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file stands here")
    delivery = await FileCarrier(tmp_path / "mail", letters(), nothing()).carry(item())
    assert delivery.result is DeliveryResult.POSTPONED


async def test_a_file_for_an_unusable_address_is_refused_too(tmp_path: Path) -> None:
    delivery = await FileCarrier(tmp_path, letters(), nothing()).carry(item(to="no-at"))
    assert delivery.result is DeliveryResult.REFUSED
