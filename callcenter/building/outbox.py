"""What goes out: letters by mail or into files, webhooks, and the files that go with a letter."""

from callcenter.building.help_desk import HelpDesk
from callcenter.clock import SystemClock
from callcenter.domain.notices import OutboxKind
from callcenter.mail.enclosures import Enclosures, OfReport
from callcenter.mail.files import FileCarrier
from callcenter.mail.own_words import OwnWords
from callcenter.mail.settings import SmtpSettings, Tls
from callcenter.mail.smtp import SmtpCarrier
from callcenter.mail.webhooks import WebhookCarrier
from callcenter.ports.outside import Carrier
from callcenter.services.outbox import OutboxWorker
from callcenter.store import Database
from config.settings import Settings


def build_outbox(
    database: Database, settings: Settings, help_desk: HelpDesk, of_report: OfReport
) -> OutboxWorker:
    """The worker that delivers the outbox of one database; without an SMTP server, letters become files."""
    clock = SystemClock()
    enclosures = Enclosures(database.uow, help_desk.files, of_report)
    carriers = {
        OutboxKind.MAIL: _by_mail(database, settings, help_desk, enclosures),
        OutboxKind.WEBHOOK: WebhookCarrier(database.uow, clock),
    }
    return OutboxWorker(database.uow, clock, carriers)


def _by_mail(database: Database, settings: Settings, help_desk: HelpDesk, enclosures: Enclosures) -> Carrier:
    mail, words = settings.mail, OwnWords(database.uow)
    if not mail.host:
        return FileCarrier(mail.files_dir, help_desk.letters, enclosures, words=words)
    server = SmtpSettings(
        host=mail.host,
        port=mail.port,
        tls=Tls(mail.tls),
        user=mail.user,
        secret=mail.secret.get_secret_value(),
    )
    return SmtpCarrier(server, help_desk.letters, enclosures, words=words)
