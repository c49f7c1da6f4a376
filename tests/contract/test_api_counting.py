"""Figures, proofs, questions, reports and exports by the API, over a real database: whose right, what is told."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from callcenter.web.api.operations import OPERATIONS
from tests.api_house import ApiHouse, opened_api
from tests.authorization import API, LETTERS
from tests.databases import SqliteTemplate, opened
from tests.questions_house import REPORT, ask_in

COUNTING = [
    each for each in OPERATIONS if each.tag in {"statistics", "proofs", "frequent_questions", "reports"}
]
QUERIES = {
    "statistics.breakdown": "?by=kind",
    "statistics.members": "?of=kind",
    "proofs.evidence": "?rule=clock.assign",
    "frequent_questions.get_question": "?month=2026-10",
}
BODIES: dict[str, Any] = {
    "proofs.compare_day": {"day": "2026-11-23"},
    "proofs.settle_remainder": {"reason": "x"},
    "frequent_questions.refresh_questions": {"month": "2026-10"},
    "frequent_questions.rename_question": {"title": "x"},
    "frequent_questions.merge_question": {"into": 2},
    "frequent_questions.split_question": {"terms": ["x"], "title": "x"},
    "reports.set_mailing": {"addresses": ["a@example.ru"]},
    "reports.send_report": {"addresses": ["a@example.ru"]},
}


@pytest.fixture
async def api(sqlite_template: SqliteTemplate) -> AsyncIterator[ApiHouse]:
    async with (
        opened(await sqlite_template.new()) as database,
        opened_api(database.uow, counting=True) as house,
    ):
        yield house


async def told(api: ApiHouse, login: str, path: str) -> Any:
    answer = await api.ask(login, "GET", path)
    assert answer.status == 200, await answer.text()
    return await answer.json()


@pytest.mark.regulation("1.4")
async def test_each_role_may_ask_for_figures_exactly_what_the_table_says(api: ApiHouse) -> None:
    """The same table as the whole API's; here everything behind it is really there."""
    await api.desk.in_work()
    wrong = []
    for letter, role in LETTERS.items():
        for each in COUNTING:
            path = each.path.replace("{kind}", "week")
            for place in each.places:
                path = path.replace(f"{{{place}}}", "1")
            answer = await api.ask(
                str(role), each.method, path + QUERIES.get(each.name, ""), BODIES.get(each.name)
            )
            allowed = letter in API[each.name]
            if (answer.status != 403) is not allowed or answer.status >= 500:
                wrong.append((letter, each.name, answer.status, (await answer.text())[:200]))
    assert wrong == []


@pytest.mark.regulation("3.1")
async def test_figures_are_told_with_what_they_are_made_of(api: ApiHouse) -> None:
    ticket = await api.desk.in_work()
    await api.desk.work.resolve(api.people["executor"], ticket.id, ticket.version, answer="Готово")
    figures = await told(api, "supervisor", "/statistics/figures")
    assert (figures["standing"], figures["empty"]) == ("live", False)
    registered = figures["measures"]["tickets.registered"]
    assert (registered["value"], registered["unit"]) == (1.0, "count")
    share = figures["measures"]["clock.resolve-reference"]
    assert (share["value"], share["numerator"], share["denominator"]) == (100.0, 1.0, 1.0)
    assert share["formula"] and share["clause"] == "2.7"
    rows = (await told(api, "supervisor", "/statistics/breakdown?by=executor&kind=month"))["rows"]
    his = {each["member"]["name"]: each["measures"]["tickets.resolved"]["value"] for each in rows}
    assert his[api.people["executor"].name] == 1.0
    only = await told(api, "supervisor", f"/statistics/figures?of=executor&member={api.people['second'].id}")
    assert only["measures"]["tickets.resolved"]["value"] == 0.0
    days = await told(api, "supervisor", "/statistics/series?kind=week&grain=day")
    assert [each["measures"]["tickets.registered"]["value"] for each in days] == [1.0, 0, 0, 0, 0, 0, 0]


@pytest.mark.regulation("2.10")
async def test_compliance_names_the_tickets_behind_each_count(api: ApiHouse) -> None:
    ticket = await api.desk.registered()
    api.desk.clock.advance(timedelta(minutes=20))
    people = api.people
    given = await api.desk.moderation.assign(
        people["moderator"], ticket.id, ticket.version, to=people["executor"].id
    )
    taken = await api.desk.work.accept(people["executor"], given.id, given.version)
    await api.desk.work.resolve(people["executor"], taken.id, taken.version, answer="Готово")
    lines = (await told(api, "supervisor", "/compliance"))["lines"]
    late = next(each for each in lines if each["clause"] == "2.4" and each["broken"])
    found = await told(api, "supervisor", f"/compliance/evidence?rule={late['rule']}")
    assert [each["ticket_id"] for each in found["breaches"]] == [ticket.id]
    assert found["breaches"][0]["over_seconds"] == 15 * 60
    assert found["next_at"] is None
    missing = await api.ask("supervisor", "GET", "/compliance/evidence?rule=nothing")
    assert missing.status == 404


@pytest.mark.parametrize(
    ("path", "problems"),
    [
        ("/statistics/figures?kind=free&first=2026-11-20", {"last": "required"}),
        ("/statistics/figures?kind=free&first=2026-11-20&last=2026-11-19", {"last": "before_first"}),
        ("/statistics/figures?first=2026-11-20", {"first": "free_only"}),
        ("/statistics/series?kind=week&grain=hour", {"grain": "one_day_only"}),
        ("/statistics/staffing?weekday=1", {"hour": "required"}),
        ("/statistics/staffing?level=100", {"level": "out_of_range"}),
        ("/compliance/evidence?rule=clock.assign&before_ticket=1", {"before_at": "required"}),
        ("/compliance?month=2026-13", {"month": "malformed"}),
        ("/reports/document?kind=free&first=2024-01-01&last=2026-01-01", {"last": "too_long"}),
    ],
)
async def test_what_cannot_be_counted_is_said_by_field(
    api: ApiHouse, path: str, problems: dict[str, str]
) -> None:
    answer = await api.ask("supervisor", "GET", path)
    assert (answer.status, (await answer.json())["problems"]) == (422, problems)


@pytest.mark.regulation("3.2")
async def test_a_report_is_told_and_written_as_the_screen_writes_it(api: ApiHouse) -> None:
    await api.desk.in_work()
    report = await told(api, "supervisor", "/reports/document?kind=day")
    assert report["name"] == "hotline-2026-11-23"
    tickets = next(each for each in report["sections"] if each["name"] == "tickets")
    assert tickets["tables"]
    for name, begins in (("pdf", b"%PDF-"), ("xlsx", b"PK\x03\x04")):
        answer = await api.ask("supervisor", "GET", f"/reports/document.{name}?kind=day")
        assert (await answer.read()).startswith(begins)
        assert answer.headers["Content-Disposition"] == f'attachment; filename="hotline-2026-11-23.{name}"'


async def test_exports_are_streamed_with_hostile_text_inert_and_told_in_the_audit(api: ApiHouse) -> None:
    await api.desk.registered(text="=cmd|'/c calc'!A1", subject="=1+1")
    for path, body in (("/tickets/export", {"status": ["new"]}), ("/reports/tickets.csv?kind=day", None)):
        answer = await api.ask("supervisor", "GET" if body is None else "POST", path, body)
        assert (answer.status, answer.content_type) == (200, "text/csv")
        text = (await answer.read()).decode("utf-8-sig")
        rows = list(csv.reader(io.StringIO(text), delimiter=";"))
        assert len(rows) == 2
        assert not [cell for cell in rows[1] if cell.startswith("=")]
    answer = await api.ask("supervisor", "GET", "/audit/export?action=tickets.exported")
    assert "tickets.exported" in (await answer.read()).decode()
    chain = await told(api, "supervisor", "/audit/chain")
    assert chain["newest"] > 0 and chain["running"] is None


@pytest.mark.regulation("3.2")
async def test_questions_are_found_explained_and_corrected(api: ApiHouse) -> None:
    await ask_in(api.desk.open_uow, api.desk.clock.now().date().replace(day=1), REPORT)
    found = await api.ask("moderator", "POST", "/frequent-questions/refresh", {"month": "2026-11"})
    rows = (await found.json())["rows"]
    assert [each["tickets"] for each in rows] == [4]
    path = f"/frequent-questions/{rows[0]['question_id']}"
    card = await told(api, "moderator", path)
    assert len(card["tickets"]) == 4 and card["tickets"][0]["why"]
    assert (await told(api, "admin", path))["tickets"] == [], "who may not see tickets is shown none"
    rule = await (
        await api.ask("moderator", "POST", f"{path}/rename", {"title": "Отчёт не открывается"})
    ).json()
    assert (await told(api, "moderator", "/frequent-questions"))["rows"][0]["name"] == "Отчёт не открывается"
    assert [each["rule"]["id"] for each in await told(api, "moderator", "/frequent-questions/rules")] == [
        rule["id"]
    ]
    again = [
        await api.ask("moderator", "POST", f"/frequent-questions/rules/{rule['id']}/undo") for _ in range(2)
    ]
    assert [each.status for each in again] == [200, 409]
    exported = await api.ask("moderator", "GET", "/frequent-questions/export?month=2026-11")
    assert len((await exported.text()).splitlines()) == 2


async def test_a_mailing_is_set_and_a_report_leaves_at_once(api: ApiHouse) -> None:
    answer = await api.ask(
        "supervisor", "PUT", "/reports/mailings/week", {"addresses": ["a@example.ru"], "at": "08:30"}
    )
    assert await answer.json() == {"kind": "week", "addresses": ["a@example.ru"], "at": "08:30"}
    assert {each["kind"]: each["at"] for each in await told(api, "supervisor", "/reports/mailings")} == {
        "day": "09:00",
        "week": "08:30",
        "month": "09:00",
    }
    assert (await api.ask("supervisor", "PUT", "/reports/mailings/year", {"addresses": []})).status == 404
    sent = await api.ask(
        "supervisor", "POST", "/reports/send", {"kind": "day", "addresses": ["a@example.ru"]}
    )
    assert await sent.json() == {"letters": 1}
    reports = [each["name"] for each in (await told(api, "admin", "/outbox"))["items"]]
    assert "report" in reports


@pytest.mark.regulation("2.10")
async def test_a_day_is_compared_and_the_line_is_told(api: ApiHouse) -> None:
    ledger = await (await api.ask("supervisor", "POST", "/zero-loss/compare", {"day": "2026-11-23"})).json()
    assert (ledger["recorded"], ledger["calls"], ledger["proved"]) == (0, 0, True)
    assert [each["day"] for each in await told(api, "supervisor", "/zero-loss")] == ["2026-11-23"]
    missing = await api.ask("supervisor", "POST", "/zero-loss/remainders/9/settle", {"reason": "x"})
    assert missing.status == 404
    board = await told(api, "operator", "/wallboard")
    assert board["present"]["waiting"] == 0 and board["today"]["standing"] == "live"
