"""Who may do what, written down by hand from the regulation (1.4, 1.5, 2.1–2.10) and the role guides.

Nothing here is read from the program: the matrix tests compare the two. Letters: O operator, M moderator,
E executor, S supervisor, A administrator.
"""

from collections.abc import Mapping

from callcenter.domain.people import Role

LETTERS: Mapping[str, Role] = {
    "O": Role.OPERATOR,
    "M": Role.MODERATOR,
    "E": Role.EXECUTOR,
    "S": Role.SUPERVISOR,
    "A": Role.ADMIN,
}

RIGHTS: Mapping[str, str] = {
    "workspace.see": "OMESA",
    "own_settings.change": "OMESA",
    "line.see": "OMES",
    "calls.see": "OMES",
    "calls.handle": "O",
    "tickets.see": "OMES",
    "tickets.register": "OM",
    "tickets.note": "OMES",
    "tickets.moderate": "M",
    "tickets.work": "ME",
    "tickets.hand_over": "ME",
    "tickets.reopen": "OME",
    "tickets.export": "MS",
    "callbacks.place": "OMES",
    "dialer.see": "MS",
    "dialer.run": "S",
    "statistics.see": "MSA",
    "remainders.settle": "S",
    "reports.edit": "SA",
    "questions.edit": "MS",
    "audit.see": "MS",
    "audit.read_whole": "SA",
    "staffing.see": "OMESA",
    "staffing.edit": "MSA",
    "topics.edit": "A",
    "products.edit": "A",
    "targets.see": "SA",
    "targets.edit": "A",
    "letters.edit": "A",
    "webhooks.edit": "A",
    "clients.erase": "A",
    "clients.see": "OMESA",
    "clients.import": "A",
    "people.edit": "A",
    "sites.edit": "A",
    "system.see": "SA",
    "outbox.tend": "A",
    "tokens.edit": "A",
}
"""Each right with the roles that have it."""

OWN_ONLY = frozenset({"tickets.work", "tickets.hand_over", "callbacks.place"})
"""An executor has these on tickets assigned to him, a moderator on any."""

API: Mapping[str, str] = {
    **dict.fromkeys(
        (
            "tickets.list_tickets",
            "tickets.search_tickets",
            "tickets.count_tickets",
            "tickets.get_ticket",
            "tickets.get_story",
            "tickets.get_messages",
            "tickets.get_calls",
            "tickets.get_files",
            "tickets.get_clocks",
            "tickets.get_attempts",
            "tickets.similar_answers",
            "tickets.find_answers",
            "work.note",
            "work.ask",
            "work.questions",
            "work.reply",
            "work.remote_tools",
            "vendors.support",
            "vendors.dossier",
            "vendors.late_vendors",
            "views.list_views",
            "views.save_view",
            "views.drop_view",
            "calls.list_calls",
            "calls.get_call",
            "calls.calls_of_number",
        ),
        "OMES",
    ),
    **dict.fromkeys(
        (
            "drafts.start_draft",
            "drafts.get_form",
            "drafts.fill_form",
            "drafts.register",
            "drafts.say_promise",
            "drafts.join",
            "drafts.discard",
            "drafts.restore",
        ),
        "OM",
    ),
    **dict.fromkeys(
        (
            "moderation.propose",
            "moderation.assign",
            "moderation.assign_many",
            "moderation.reject_many",
            "moderation.undo_many",
            "moderation.take",
            "moderation.answer",
            "moderation.reject",
            "moderation.merge",
            "moderation.classify",
        ),
        "M",
    ),
    **dict.fromkeys(
        (
            "work.accept",
            "work.write",
            "work.wait",
            "work.go_on",
            "work.resolve",
            "work.reassign",
            "work.give_back",
            "work.confirm",
            "work.start_remote",
            "work.end_remote",
            "vendors.hand_over",
            "vendors.take_back",
        ),
        "ME",
    ),
    "work.reopen": "OME",
    **dict.fromkeys(
        (
            "clients.search_clients",
            "clients.get_client",
            "clients.get_organization",
            "clients.list_products",
            "topics.list_topics",
            "staffing.list_staff",
            "staffing.on_shift",
            "people.me",
        ),
        "OMESA",
    ),
    **dict.fromkeys(
        ("staffing.set_shifts", "staffing.set_skills", "staffing.add_leave", "staffing.drop_leave"), "MSA"
    ),
    "people.get_person_story": "MS",
    "calls.list_links": "SA",
    "outside.list_outbox": "SA",
    **dict.fromkeys(
        (
            "clients.preview_import",
            "clients.run_import",
            "topics.add_topic",
            "topics.change_topic",
            "people.list_people",
            "people.get_person",
            "people.add_person",
            "people.change_person",
            "people.one_time_link",
            "people.sign_out",
            "outside.list_sites",
            "outside.add_site",
            "outside.change_site",
            "outside.list_webhooks",
            "outside.add_webhook",
            "outside.change_webhook",
            "outside.retry_outbox",
            "tokens.list_tokens",
            "tokens.create_token",
            "tokens.revoke_token",
        ),
        "A",
    ),
}
"""Each operation of the API with the roles that may ask for it."""

API_OWN_ONLY = frozenset(
    {
        "work.accept",
        "work.write",
        "work.wait",
        "work.go_on",
        "work.resolve",
        "work.reassign",
        "work.give_back",
        "work.confirm",
        "work.start_remote",
        "work.end_remote",
        "vendors.hand_over",
        "vendors.take_back",
    }
)
"""Operations an executor may do on his own tickets only."""
