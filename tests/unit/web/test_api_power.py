"""Every screen's deed is an operation of the API too, behind the same right; what is not says why."""

from collections.abc import Mapping

from callcenter.domain.people import Action
from callcenter.web.api.operations import OPERATIONS
from callcenter.web.policy import Public
from callcenter.web.route import Route
from callcenter.web.routes import ROUTES

T = "/tickets/{ticket_id:[0-9]+}"
ONLY_A_BROWSER = (
    "it is of the browser's own session: a program has a token, which is made and revoked in person"
)
ONLY_A_FORM = "an empty or half filled form; a program sends the whole"
ONLY_A_PAGE = "a page that only leads to other screens"
FOR_MACHINES = "it is an address for machines itself"
IN_PARTS = "a part of a screen asked for again; its operation is that of the screen"

WITHOUT: Mapping[str, str] = {
    "GET /sign-in": ONLY_A_BROWSER,
    "POST /sign-in": ONLY_A_BROWSER,
    "GET /sign-in/once/{token}": ONLY_A_BROWSER,
    "POST /sign-in/once/{token}": ONLY_A_BROWSER,
    "POST /sign-out": ONLY_A_BROWSER,
    "GET /session": ONLY_A_BROWSER,
    "POST /settings/password": ONLY_A_BROWSER,
    "POST /settings/sessions/revoke": ONLY_A_BROWSER,
    "GET /tokens/new": ONLY_A_FORM,
    "GET /people/new": ONLY_A_FORM,
    "GET /sites/new": ONLY_A_FORM,
    "GET /webhooks/new": ONLY_A_FORM,
    "GET /clients/import": ONLY_A_FORM,
    "GET /search": ONLY_A_FORM,
    "GET /setup": ONLY_A_PAGE,
    "GET /": ONLY_A_PAGE,
    "GET /workspace/parts": IN_PARTS,
    "GET /tickets/rows": IN_PARTS,
    "GET /pop": "a softphone opens it; `POST /clients/search` and `/calls/search` tell the same of a number",
    "GET /live": FOR_MACHINES,
    "GET /health/live": FOR_MACHINES,
    "GET /health/ready": FOR_MACHINES,
    "GET /metrics": FOR_MACHINES,
    "GET /openapi.json": FOR_MACHINES,
    "GET /api/docs": FOR_MACHINES,
    "OPTIONS /api/forms/{slug}": FOR_MACHINES,
    "GET /static/{path:.+}": "a file of the screens themselves",
    "GET /f/{slug}/style.css": "a file of the form's own page",
    "GET /f/{slug}/logo": "a file of the form's own page",
    "GET /embed.js": "a file of the form's own page",
    "GET /unsubscribe/{key}": "it is answered by the mail program's own button (RFC 8058)",
    "POST /unsubscribe/{key}": "it is the mail program's own button (RFC 8058)",
}
"""Screens without an operation, each with its reason."""

SAME: Mapping[str, tuple[str, ...]] = {
    "POST /drafts/new": ("drafts.start_draft",),
    "GET /drafts": ("tickets.list_tickets",),
    f"GET {T}/registration": ("drafts.get_form",),
    f"POST {T}/registration": ("drafts.fill_form", "drafts.register", "drafts.join", "drafts.discard"),
    f"POST {T}/registration/clients": ("clients.search_clients",),
    "POST /registration/support": ("vendors.support",),
    f"POST {T}/say": ("drafts.say_promise",),
    f"POST {T}/restore": ("drafts.restore",),
    "GET /moderation": ("tickets.list_tickets", "moderation.propose"),
    "POST /moderation": ("moderation.assign_many", "moderation.reject_many", "moderation.undo_many"),
    f"POST {T}/assign": ("moderation.assign",),
    f"POST {T}/take": ("moderation.take",),
    f"POST {T}/reject": ("moderation.reject",),
    f"POST {T}/answer": ("moderation.answer",),
    f"POST {T}/merge": ("moderation.merge",),
    f"POST {T}/classify": ("moderation.classify",),
    f"POST {T}/classify/deadline": ("moderation.deadline_if",),
    "GET /my": ("tickets.list_tickets",),
    "GET /desk/counts": ("tickets.count_tickets",),
    f"POST {T}/accept": ("work.accept",),
    f"POST {T}/write": ("work.write",),
    f"POST {T}/note": ("work.note",),
    f"POST {T}/wait": ("work.wait",),
    f"POST {T}/continue": ("work.go_on",),
    f"POST {T}/resolve": ("work.resolve",),
    f"POST {T}/reassign": ("work.reassign",),
    f"POST {T}/return": ("work.give_back",),
    f"POST {T}/confirm": ("work.confirm",),
    f"POST {T}/reopen": ("work.reopen",),
    f"POST {T}/hand-over": ("vendors.hand_over",),
    f"POST {T}/take-back": ("vendors.take_back",),
    f"GET {T}/dossier": ("vendors.dossier",),
    "GET /questions": ("work.questions",),
    f"POST {T}/ask": ("work.ask",),
    f"POST {T}/reply": ("work.reply",),
    f"GET {T}/similar": ("tickets.similar_answers", "tickets.find_answers"),
    f"POST {T}/remote": ("work.start_remote",),
    f"POST {T}/remote/end": ("work.end_remote",),
    "GET /tickets": ("tickets.list_tickets", "views.list_views"),
    "POST /tickets": ("tickets.search_tickets",),
    "POST /tickets/export": ("tickets.export_tickets",),
    "POST /tickets/views": ("views.save_view",),
    "POST /tickets/views/{view_id:[0-9]+}/drop": ("views.drop_view",),
    f"GET {T}": (
        "tickets.get_ticket",
        "tickets.get_story",
        "tickets.get_messages",
        "tickets.get_calls",
        "tickets.get_files",
        "tickets.get_clocks",
        "tickets.get_attempts",
        "work.remote_tools",
        "vendors.late_vendors",
    ),
    f"GET {T}/files/{{attachment_id:[0-9]+}}": ("tickets.get_file",),
    "GET /pops": ("line.list_pops",),
    "GET /pops/{call_id:[0-9]+}/answered-by": ("calls.get_call",),
    "POST /pops/{call_id:[0-9]+}/seen": ("line.put_pop_away",),
    "GET /calls": ("calls.list_calls",),
    "POST /calls": ("calls.calls_of_number",),
    "GET /clients": ("clients.search_clients",),
    "POST /clients": ("clients.search_clients",),
    "POST /search": ("clients.search_clients",),
    "GET /clients/{client_id:[0-9]+}": ("clients.get_client",),
    "POST /clients/import": ("clients.preview_import",),
    "POST /clients/import/accept": ("clients.run_import",),
    "GET /clients/{client_id:[0-9]+}/erase": ("erasure.get_traces",),
    "POST /clients/{client_id:[0-9]+}/erase": ("erasure.erase_client",),
    "GET /people": ("people.list_people",),
    "POST /people/new": ("people.add_person",),
    "GET /people/{person_id:[0-9]+}": ("people.get_person",),
    "POST /people/{person_id:[0-9]+}": ("people.change_person",),
    "POST /people/{person_id:[0-9]+}/link": ("people.one_time_link",),
    "POST /people/{person_id:[0-9]+}/mail-link": ("people.mail_link",),
    "POST /people/{person_id:[0-9]+}/sign-out": ("people.sign_out",),
    "GET /system": ("system.get_system", "calls.list_links"),
    "GET /settings": ("people.me",),
    "POST /settings/look": ("system.choose_look",),
    "GET /outbox": ("outside.list_outbox",),
    "POST /outbox/{item_id:[0-9]+}/retry": ("outside.retry_outbox",),
    "GET /sites": ("outside.list_sites",),
    "POST /sites/new": ("outside.add_site",),
    "GET /sites/{site_id:[0-9]+}": ("outside.list_sites",),
    "POST /sites/{site_id:[0-9]+}": ("outside.change_site",),
    "POST /sites/{site_id:[0-9]+}/logo": ("outside.set_logo",),
    "POST /sites/{site_id:[0-9]+}/logo/drop": ("outside.drop_logo",),
    "GET /staffing": ("staffing.list_staff", "staffing.on_shift"),
    "GET /staffing/{person_id:[0-9]+}": ("staffing.list_staff",),
    "POST /staffing/{person_id:[0-9]+}/shifts": ("staffing.set_shifts",),
    "POST /staffing/{person_id:[0-9]+}/leave": ("staffing.add_leave",),
    "POST /staffing/{person_id:[0-9]+}/leave/{leave_id:[0-9]+}/drop": ("staffing.drop_leave",),
    "POST /staffing/{person_id:[0-9]+}/skills": ("staffing.set_skills",),
    "GET /topics": ("topics.list_topics",),
    "POST /topics": ("topics.add_topic",),
    "GET /topics/{topic_id:[0-9]+}": ("topics.list_topics",),
    "POST /topics/{topic_id:[0-9]+}": ("topics.change_topic",),
    "GET /products": ("clients.list_products",),
    "POST /products": ("catalogue.add_product",),
    "GET /products/{product_id:[0-9]+}": ("clients.list_products",),
    "POST /products/{product_id:[0-9]+}": ("catalogue.change_product",),
    "GET /organizations/{organization_id:[0-9]+}": ("clients.get_organization",),
    "POST /organizations/{organization_id:[0-9]+}/contracts": ("catalogue.add_contract",),
    "GET /organizations/{organization_id:[0-9]+}/contracts/{contract_id:[0-9]+}": (
        "clients.get_organization",
    ),
    "POST /organizations/{organization_id:[0-9]+}/contracts/{contract_id:[0-9]+}": (
        "catalogue.change_contract",
    ),
    "GET /targets": ("targets.get_targets",),
    "POST /targets": ("targets.change_targets",),
    "POST /targets/configured": ("targets.configured_targets",),
    "GET /calendar": ("targets.get_calendar",),
    "GET /letters": ("letters.list_letters",),
    "GET /letters/{name}/{locale}": ("letters.get_letter",),
    "POST /letters/{name}/{locale}": ("letters.save_letter",),
    "POST /letters/{name}/{locale}/give-back": ("letters.give_back_letter",),
    "POST /letters/{name}/{locale}/try": ("letters.try_letter",),
    "GET /letters/{name}/{locale}/preview": ("letters.preview_letter",),
    "POST /letters/{name}/{locale}/preview": ("letters.preview_letter",),
    "GET /webhooks": ("outside.list_webhooks",),
    "POST /webhooks/new": ("outside.add_webhook",),
    "GET /webhooks/{webhook_id:[0-9]+}": ("outside.list_webhooks", "outside.list_deliveries"),
    "POST /webhooks/{webhook_id:[0-9]+}": ("outside.change_webhook",),
    "POST /webhooks/{webhook_id:[0-9]+}/rotate": ("outside.rotate_webhook",),
    "POST /webhooks/{webhook_id:[0-9]+}/try": ("outside.try_webhook",),
    "GET /audit": ("audit.read_audit",),
    "GET /audit/chain": ("audit.get_chain",),
    "POST /audit/verify": ("audit.verify_audit",),
    "GET /audit.csv": ("audit.export_audit",),
    "GET /tokens": ("tokens.list_tokens",),
    "POST /tokens/new": ("tokens.create_token",),
    "POST /tokens/{token_id:[0-9]+}/revoke": ("tokens.revoke_token",),
    "GET /callbacks": ("callbacks.own_callbacks",),
    "GET /callbacks/card": ("callbacks.own_card",),
    "GET /callbacks/count": ("callbacks.own_callbacks",),
    "POST /callbacks/check": ("callbacks.check_number",),
    f"POST {T}/callback": ("callbacks.ask_callback",),
    f"POST {T}/opt-out": ("callbacks.opt_out",),
    "POST /callbacks/{callback_id:[0-9]+}/pause": ("callbacks.pause_callback",),
    "POST /callbacks/{callback_id:[0-9]+}/resume": ("callbacks.resume_callback",),
    "POST /callbacks/{callback_id:[0-9]+}/move": ("callbacks.move_callback",),
    "POST /callbacks/{callback_id:[0-9]+}/snooze": ("callbacks.snooze_callback",),
    "POST /callbacks/{callback_id:[0-9]+}/stop": ("callbacks.stop_callback",),
    "POST /callbacks/{callback_id:[0-9]+}/spoke": ("callbacks.spoke_outside",),
    "POST /callbacks/{callback_id:[0-9]+}/not-spoken": ("callbacks.not_spoken",),
    "POST /callbacks/{callback_id:[0-9]+}/machine": ("callbacks.mark_machine",),
    "POST /callbacks/{callback_id:[0-9]+}/person": ("callbacks.mark_person",),
    "GET /dialer": ("callbacks.dialer_status", "callbacks.get_board"),
    "POST /dialer/pause": ("callbacks.pause_dialer",),
    "POST /dialer/resume": ("callbacks.resume_dialer",),
    "POST /dialer/reset": ("callbacks.reset_breaker",),
    "POST /dialer/opt-in": ("callbacks.opt_in",),
    "GET /reports": ("statistics.figures", "statistics.series"),
    "GET /reports/figures": (
        "statistics.figures",
        "statistics.breakdown",
        "statistics.heat_map",
        "statistics.waits",
        "statistics.members",
    ),
    "GET /reports/recount": ("statistics.recount",),
    "GET /reports/zero-loss": ("proofs.zero_loss",),
    "POST /reports/zero-loss/compare": ("proofs.compare_day",),
    "POST /reports/zero-loss/{remainder_id:[0-9]+}/settle": ("proofs.settle_remainder",),
    "GET /reports/compliance": ("proofs.compliance", "proofs.evidence"),
    "GET /reports/document": ("reports.get_report", "reports.list_reports"),
    "GET /reports/document.pdf": ("reports.report_pdf",),
    "GET /reports/document.xlsx": ("reports.report_xlsx",),
    "GET /reports/tickets.csv": ("reports.tickets_csv",),
    "GET /reports/calls.csv": ("reports.calls_csv",),
    "GET /reports/mailing": ("reports.list_mailings",),
    "POST /reports/mailing": ("reports.set_mailing",),
    "POST /reports/send": ("reports.send_report",),
    "GET /reports/questions": ("frequent_questions.list_questions",),
    "GET /reports/questions.csv": ("frequent_questions.export_questions",),
    "POST /reports/questions/refresh": ("frequent_questions.refresh_questions",),
    "GET /reports/questions/rules": ("frequent_questions.list_rules",),
    "POST /reports/questions/rules/{rule_id:[0-9]+}/undo": ("frequent_questions.undo_rule",),
    "GET /reports/questions/{question_id:[0-9]+}": ("frequent_questions.get_question",),
    "POST /reports/questions/{question_id:[0-9]+}/rename": ("frequent_questions.rename_question",),
    "POST /reports/questions/{question_id:[0-9]+}/merge": ("frequent_questions.merge_question",),
    "POST /reports/questions/{question_id:[0-9]+}/split": ("frequent_questions.split_question",),
    "GET /reports/staffing": ("statistics.staffing",),
    "GET /reports/staffing.csv": ("statistics.staffing",),
    "GET /wallboard": ("statistics.wallboard", "line.get_line"),
    "GET /f/{slug}": ("public.describe",),
    "POST /f/{slug}": ("public.send",),
    "GET /s/{token}": ("public.show",),
    "POST /s/{token}/{action}": (
        "public.write",
        "public.cancel",
        "public.confirm",
        "public.rate",
        "public.reopen",
    ),
    "GET /s/{token}/files/{attachment_id:[0-9]+}": ("public.file",),
}
"""Each screen with the operations of the same power."""

WIDER: Mapping[str, str] = {
    "topics.list_topics": "everybody sees the tree: the filters of lists and the registration form offer it",
    "clients.list_products": "everybody who sees clients sees the products: filters and the form offer them",
    "clients.get_organization": "the form of a contract opens on the company's page, which shows them all",
    "clients.search_clients": "who registers finds clients in the form by the right to see them, and sees no more",
    "vendors.support": "every ticket's own screen says whether the developer answers, not only the form",
    "tickets.list_tickets": "one list for all: the screens of drafts, moderation and one's own are its filters",
    "calls.get_call": "who answered a call stands in the list of calls too",
    "frequent_questions.refresh_questions": "the screen's own right",
}
"""Operations whose right is another than that of a screen they stand for, each with its reason."""

BESIDE: Mapping[str, str] = {
    "people.get_person_story": "of oneself without any right; of others the service asks for `audit.see`",
    "tickets.add_file": "no screen attaches a file by hand; whoever may note on a ticket may put a file beside it",
    "clients.add_organization": "screens import lists; a program brings one, by the same right",
    "clients.change_organization": "screens import lists; a program corrects one, by the same right",
    "clients.add_client": "screens import lists; a program brings one, by the same right",
    "clients.change_client": "screens import lists; a program corrects one, by the same right",
    "vendors.late_vendors": "it stands on the ticket's screen",
}


def named(route: Route) -> str:
    return f"{route.method} {route.path}"


SCREENS = {
    named(each): each for each in ROUTES if not (each.path.startswith("/api/") and each.path != "/api/docs")
} | {named(each): each for each in ROUTES if each.method == "OPTIONS"}
BY_NAME = {each.name: each for each in OPERATIONS}


def test_each_screen_has_its_operation_or_a_reason_to_have_none() -> None:
    assert set(SCREENS) == {*SAME, *WITHOUT}
    assert not set(SAME) & set(WITHOUT)


def test_each_operation_stands_for_a_screen_or_says_why_not() -> None:
    standing = {name for names in SAME.values() for name in names}
    assert standing <= set(BY_NAME)
    assert set(BY_NAME) - standing <= set(BESIDE)


def test_no_token_opens_by_the_api_what_another_right_guards_on_the_screen() -> None:
    different = {
        (screen, name, str(SCREENS[screen].policy), str(BY_NAME[name].policy))
        for screen, names in SAME.items()
        for name in names
        if SCREENS[screen].policy != BY_NAME[name].policy and not BY_NAME[name].public
    }
    assert {name for _, name, _, _ in different} <= set(WIDER), sorted(different)


def test_what_changes_something_has_exactly_the_right_of_its_screen() -> None:
    """Only reading may be wider than one of its screens, and then some other screen shows the same by that right."""
    for name in WIDER:
        assert not BY_NAME[name].changes or all(
            SCREENS[screen].policy == BY_NAME[name].policy for screen, names in SAME.items() if name in names
        )


def test_public_operations_are_those_of_public_screens_and_no_others() -> None:
    for screen, names in SAME.items():
        for name in names:
            assert isinstance(SCREENS[screen].policy, Public) == BY_NAME[name].public
    assert all(isinstance(each.policy, Action) or each.public for each in OPERATIONS)
