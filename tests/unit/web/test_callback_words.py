"""Every word the dialer can say of a series, an attempt or a number has Russian words on the screens."""

import re

import pytest

from callcenter.domain.callbacks import AttemptStage, CallbackState
from callcenter.domain.errors import Conflict, Forbidden, InvalidInput
from callcenter.services.callbacks import SPOKE
from callcenter.services.inbound_callbacks import CLIENT_CALLED
from callcenter.web.callback_wording import CallbackWords
from callcenter.web.translations import load_words
from callcenter.web.views.callback_view import as_read, local_instant
from dialer.attempt import CLIENT_UNAVAILABLE, Outcome
from dialer.breaker import Passage
from dialer.outcome import NEVER_SENT, NO_TRACE, NOT_RUNG, REFUSED, RULES, Evidence, Source, seen_in
from dialer.permission import NumberProblem
from dialer.policy import Why
from tests import make
from tests.desk_house import MOSCOW
from tests.make_callbacks import a_series, an_attempt

RUSSIAN = re.compile("[а-я]")
CB = CallbackWords(words=load_words()["ru"], names={7: "Васильев Пётр"})
EVERYTHING = Evidence(
    source=Source.EVENTS,
    originate_success=True,
    originate_reason=4,
    executor_answered=True,
    client_dialled=True,
    client_rang=True,
    client_progress=True,
    client_answered=True,
    dial_status="ANSWER",
    client_cause=16,
    client_sip=200,
    ringing_known=False,
    machine_detected=True,
    interrupted=True,
    client_first=True,
)


@pytest.mark.parametrize("why", [*map(str, Why), SPOKE, CLIENT_CALLED, "stopped"])
def test_every_reason_of_a_series_has_words(why: str) -> None:
    assert RUSSIAN.search(CB.why(why))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_says_whether_it_counts_and_why(outcome: Outcome) -> None:
    attempt = an_attempt(a_series(1, 7), "cb-1", outcome=outcome, ended_at=make.at(40))
    assert RUSSIAN.search(CB.outcome(attempt))
    said = CB.counts(attempt)
    assert said.startswith("засчитана") is (outcome in CLIENT_UNAVAILABLE)
    assert said.startswith("не засчитана") is (outcome not in CLIENT_UNAVAILABLE | {Outcome.REACHED})


@pytest.mark.parametrize("touched", [False, True])
def test_an_executors_miss_says_that_nobody_was_called_only_where_that_is_so(touched: bool) -> None:
    missed = an_attempt(
        a_series(1, 7), "cb-1", outcome=Outcome.EXECUTOR_MISSED, ended_at=make.at(40), touched=touched
    )
    assert ("до клиента не дошло" in CB.counts(missed)) is not touched


def test_a_machine_is_said_with_the_person_who_marked_it() -> None:
    marked = an_attempt(
        a_series(1, 7),
        "cb-1",
        outcome=Outcome.REACHED,
        ended_at=make.at(40),
        machine_marked_by=7,
        machine_marked_at=make.at(50),
    )
    assert CB.outcome(marked) == "автоответчик"
    assert CB.counts(marked) == "засчитана: Васильев Пётр отметил(а) автоответчик"


@pytest.mark.parametrize("rule", [*(rule[0] for rule in RULES), REFUSED, NEVER_SENT, NO_TRACE, NOT_RUNG])
def test_every_rule_that_decides_an_outcome_has_words(rule: str) -> None:
    attempt = an_attempt(a_series(1, 7), "cb-1", outcome=Outcome.UNKNOWN, rule=rule, ended_at=make.at(40))
    assert RUSSIAN.search(CB.rule(attempt))


@pytest.mark.parametrize("source", Source)
def test_every_line_of_evidence_is_explained(source: Source) -> None:
    lines = (f"source {source}", *seen_in(EVERYTHING)[1:], "executor did not answer", "executor's cause 19")
    attempt = an_attempt(a_series(1, 7), "cb-1", seen=lines)
    for line, means in CB.evidence(attempt):
        assert RUSSIAN.search(means), line


def test_a_word_nobody_translated_is_shown_as_it_is() -> None:
    attempt = an_attempt(a_series(1, 7), "cb-1", seen=("something new",), rule="a_new_rule")
    assert CB.evidence(attempt) == [("something new", "")]
    assert (CB.why("a_new_reason"), CB.rule(attempt), CB.outcome_word("new")) == ("a_new_reason", "", "new")


@pytest.mark.parametrize("problem", NumberProblem)
def test_every_number_that_may_not_be_dialled_is_told_with_what_to_do(problem: NumberProblem) -> None:
    said = CB.refused(InvalidInput({"number": f"number.{problem}"}), "+7 809 123-45-67")["number"]
    assert RUSSIAN.search(said)
    assert ("+7 809 123-45-67" in said) is (problem is not NumberProblem.MISSING)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Conflict("", reason="opted_out"), "Клиент просил не звонить на этот номер"),
        (Conflict("", reason="snoozed"), "уже откладывали"),
        (Conflict("", state="reached"), "«дозвонились»"),
        (Conflict("", status="closed"), "Заявка завершена"),
        (Conflict(""), "Кто-то изменил это раньше вас"),
        (Forbidden(""), "Не принято"),
    ],
)
def test_a_refusal_says_what_stands_in_the_way(error: Conflict, said: str) -> None:
    assert said in CB.refused(error, "")[""]


@pytest.mark.parametrize("stage", AttemptStage)
def test_every_stage_of_a_call_under_way_has_words(stage: AttemptStage) -> None:
    assert RUSSIAN.search(CB.outcome(an_attempt(a_series(1, 7), "cb-1", stage=stage)))


def test_states_passages_and_actors_have_words() -> None:
    assert all(RUSSIAN.search(CB.state(a_series(1, 7, state=state))) for state in CallbackState)
    assert all(RUSSIAN.search(CB.breaker(passage)) for passage in Passage)
    assert CB.actor("person:7") == "Васильев Пётр"
    assert CB.actor("person:8") == "person:8"
    assert CB.actor("dialer") == "сам дозвон"
    assert CB.actor("command line") == "командная строка"


def test_a_time_picker_speaks_moscow_time_and_nonsense_is_refused() -> None:
    at = local_instant("2026-11-23T21:00", MOSCOW)
    assert at is not None
    assert at.isoformat() == "2026-11-23T21:00:00+03:00"
    assert local_instant("", MOSCOW) is None
    with pytest.raises(InvalidInput):
        local_instant("завтра", MOSCOW)
    assert as_read("8 809 123 45 67") == "+7 809 123-45-67"
