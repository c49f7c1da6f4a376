"""What the screens of reports ask, handed over as one value by the composition root."""

from dataclasses import dataclass

from callcenter.ports.reports import ReportFiles
from callcenter.services.monthly_report import Reports
from callcenter.services.report_mail import ReportMail


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportsRoom:
    """Reports, the files they are written as, and their mailing."""

    reports: Reports
    mail: ReportMail
    files: ReportFiles
