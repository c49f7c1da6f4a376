"""Addresses of statistics and reports; where the program runs without them they answer 404."""

from callcenter.domain.people import Action
from callcenter.web.pages import compliance, monthly_report, statistics, wallboard, zero_loss
from callcenter.web.route import Route, get, post

REPORTS: tuple[Route, ...] = (
    get("/reports", Action.SEE_STATISTICS, statistics.morning),
    get("/reports/figures", Action.SEE_STATISTICS, statistics.figures),
    get("/reports/recount", Action.SEE_STATISTICS, statistics.recount),
    get("/reports/zero-loss", Action.SEE_STATISTICS, zero_loss.days),
    post("/reports/zero-loss/compare", Action.SETTLE_REMAINDERS, zero_loss.compare),
    post("/reports/zero-loss/{remainder_id:[0-9]+}/settle", Action.SETTLE_REMAINDERS, zero_loss.settle),
    get("/reports/compliance", Action.SEE_STATISTICS, compliance.month),
    get("/reports/document", Action.SEE_STATISTICS, monthly_report.document),
    get("/reports/document.pdf", Action.SEE_STATISTICS, monthly_report.pdf),
    get("/reports/document.xlsx", Action.SEE_STATISTICS, monthly_report.xlsx),
    get("/reports/tickets.csv", Action.EXPORT_TICKETS, monthly_report.tickets),
    get("/reports/calls.csv", Action.EXPORT_TICKETS, monthly_report.calls),
    get("/reports/mailing", Action.EDIT_REPORTS, monthly_report.mailing),
    post("/reports/mailing", Action.EDIT_REPORTS, monthly_report.save_mailing),
    post("/reports/send", Action.EDIT_REPORTS, monthly_report.send_now),
    get("/wallboard", Action.SEE_LINE, wallboard.wallboard),
)
