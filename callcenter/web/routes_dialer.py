"""Addresses of callbacks and of the dialer; where the program runs without a dialer these answer 404."""

from callcenter.domain.people import Action
from callcenter.web.pages import callback_acts, callbacks, dialer_board
from callcenter.web.route import Route, get, post

_TICKET = "/tickets/{ticket_id:[0-9]+}"
_SERIES = "/callbacks/{callback_id:[0-9]+}"

DIALER: tuple[Route, ...] = (
    get("/callbacks", Action.CALL_BACK, callbacks.day),
    get("/callbacks/card", Action.CALL_BACK, callbacks.card),
    get("/callbacks/count", Action.CALL_BACK, callbacks.count),
    post("/callbacks/check", Action.CALL_BACK, callback_acts.check),
    post(f"{_TICKET}/callback", Action.CALL_BACK, callback_acts.ask),
    post(f"{_TICKET}/opt-out", Action.CALL_BACK, callback_acts.opt_out),
    post(f"{_SERIES}/pause", Action.CALL_BACK, callback_acts.pause),
    post(f"{_SERIES}/resume", Action.CALL_BACK, callback_acts.resume),
    post(f"{_SERIES}/move", Action.CALL_BACK, callback_acts.move),
    post(f"{_SERIES}/snooze", Action.CALL_BACK, callback_acts.snooze),
    post(f"{_SERIES}/stop", Action.CALL_BACK, callback_acts.stop),
    post(f"{_SERIES}/spoke", Action.CALL_BACK, callback_acts.spoke),
    post(f"{_SERIES}/not-spoken", Action.CALL_BACK, callback_acts.not_spoken),
    post(f"{_SERIES}/machine", Action.CALL_BACK, callback_acts.machine),
    post(f"{_SERIES}/person", Action.CALL_BACK, callback_acts.person),
    get("/dialer", Action.SEE_DIALER, dialer_board.board),
    post("/dialer/pause", Action.RUN_DIALER, dialer_board.pause),
    post("/dialer/resume", Action.RUN_DIALER, dialer_board.resume),
    post("/dialer/reset", Action.RUN_DIALER, dialer_board.reset),
    post("/dialer/opt-in", Action.SEE_DIALER, dialer_board.opt_in),
)
