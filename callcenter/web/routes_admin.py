"""Addresses of what administrators set up and supervisors check; without administration these answer 404."""

from callcenter.domain.people import Action
from callcenter.web.pages import (
    audit,
    erasure,
    letter_templates,
    person_form,
    products,
    setup,
    site_logo,
    staffing,
    targets,
    topics,
    webhooks,
)
from callcenter.web.route import Route, get, post

_STAFF = "/staffing/{person_id:[0-9]+}"
_TOPIC = "/topics/{topic_id:[0-9]+}"
_PRODUCT = "/products/{product_id:[0-9]+}"
_COMPANY = "/organizations/{organization_id:[0-9]+}"
_CONTRACT = f"{_COMPANY}/contracts/{{contract_id:[0-9]+}}"
_LETTER = "/letters/{name}/{locale}"
_HOOK = "/webhooks/{webhook_id:[0-9]+}"
_SITE = "/sites/{site_id:[0-9]+}"
_CLIENT = "/clients/{client_id:[0-9]+}"

ADMINISTRATION: tuple[Route, ...] = (
    get("/setup", Action.SEE_SYSTEM, setup.sections),
    get("/staffing", Action.SEE_STAFFING, staffing.week),
    get(_STAFF, Action.SEE_STAFFING, staffing.person),
    post(f"{_STAFF}/shifts", Action.EDIT_STAFFING, staffing.shifts),
    post(f"{_STAFF}/leave", Action.EDIT_STAFFING, staffing.leave),
    post(f"{_STAFF}/leave/{{leave_id:[0-9]+}}/drop", Action.EDIT_STAFFING, staffing.drop_leave),
    post(f"{_STAFF}/skills", Action.EDIT_STAFFING, staffing.skills),
    get("/topics", Action.EDIT_TOPICS, topics.topics),
    post("/topics", Action.EDIT_TOPICS, topics.add),
    get(_TOPIC, Action.EDIT_TOPICS, topics.edit),
    post(_TOPIC, Action.EDIT_TOPICS, topics.save),
    get("/products", Action.EDIT_PRODUCTS, products.products),
    post("/products", Action.EDIT_PRODUCTS, products.add_product),
    get(_PRODUCT, Action.EDIT_PRODUCTS, products.edit_product),
    post(_PRODUCT, Action.EDIT_PRODUCTS, products.save_product),
    get(_COMPANY, Action.SEE_CLIENTS, products.organization),
    post(f"{_COMPANY}/contracts", Action.EDIT_PRODUCTS, products.add_contract),
    get(_CONTRACT, Action.EDIT_PRODUCTS, products.edit_contract),
    post(_CONTRACT, Action.EDIT_PRODUCTS, products.save_contract),
    get("/targets", Action.SEE_TARGETS, targets.targets),
    post("/targets", Action.EDIT_TARGETS, targets.change),
    post("/targets/configured", Action.EDIT_TARGETS, targets.configured),
    get("/calendar", Action.SEE_TARGETS, targets.calendar),
    get("/letters", Action.EDIT_LETTERS, letter_templates.letters),
    get(_LETTER, Action.EDIT_LETTERS, letter_templates.letter),
    post(_LETTER, Action.EDIT_LETTERS, letter_templates.save),
    post(f"{_LETTER}/give-back", Action.EDIT_LETTERS, letter_templates.give_back),
    post(f"{_LETTER}/try", Action.EDIT_LETTERS, letter_templates.try_on_self),
    get(f"{_LETTER}/preview", Action.EDIT_LETTERS, letter_templates.preview),
    post(f"{_LETTER}/preview", Action.EDIT_LETTERS, letter_templates.preview_typed),
    get("/webhooks", Action.EDIT_WEBHOOKS, webhooks.webhooks),
    get("/webhooks/new", Action.EDIT_WEBHOOKS, webhooks.new),
    post("/webhooks/new", Action.EDIT_WEBHOOKS, webhooks.add),
    get(_HOOK, Action.EDIT_WEBHOOKS, webhooks.edit),
    post(_HOOK, Action.EDIT_WEBHOOKS, webhooks.save),
    post(f"{_HOOK}/rotate", Action.EDIT_WEBHOOKS, webhooks.rotate),
    post(f"{_HOOK}/try", Action.EDIT_WEBHOOKS, webhooks.try_out),
    get("/audit", Action.READ_WHOLE_AUDIT, audit.audit),
    get("/audit/chain", Action.READ_WHOLE_AUDIT, audit.chain),
    post("/audit/verify", Action.READ_WHOLE_AUDIT, audit.verify),
    get("/audit.csv", Action.READ_WHOLE_AUDIT, audit.export),
    post(f"{_SITE}/logo", Action.EDIT_SITES, site_logo.upload),
    post(f"{_SITE}/logo/drop", Action.EDIT_SITES, site_logo.drop),
    get(f"{_CLIENT}/erase", Action.ERASE_CLIENTS, erasure.form),
    post(f"{_CLIENT}/erase", Action.ERASE_CLIENTS, erasure.erase),
    post("/people/{person_id:[0-9]+}/mail-link", Action.EDIT_PEOPLE, person_form.mail_link),
)
