"""What AMI, AstDB, CEL and CDR tell of an attempt, read as evidence; and what is done with it."""

from datetime import UTC, datetime

import pytest

from ami.signals import (
    AttemptEnded,
    AttemptFacts,
    AttemptProgress,
    AttemptStep,
    CallbackReport,
    LinkChanged,
    LinkState,
)
from callcenter.domain.callbacks import AttemptStage
from callcenter.domain.errors import Unavailable
from callcenter.domain.instants import to_microseconds
from callcenter.phone.attempt_records import (
    attempts_in,
    evidence_in_astdb,
    evidence_in_cdr,
    evidence_in_cel,
)
from callcenter.phone.attempts import AttemptListener, evidence_of
from dialer.attempt import Outcome
from dialer.outcome import Source, Verdict, classify
from dialer.ports import LedgerUnavailable

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ID = "cb-0123456789ab"
DOUBT = "NOTSURE TOOLONG-4000"


def dialled(**changes: object) -> AttemptFacts:
    facts: dict[str, object] = {
        "executor": "PJSIP/201",
        "executor_rang": True,
        "executor_answered_at": AT,
        "originate_success": True,
        "originate_reason": 4,
        "client_dialled_at": AT,
        **changes,
    }
    return AttemptFacts(**facts)  # type: ignore[arg-type]


EVENTS = {
    "busy": (
        dialled(client_rang=True, client_dial_status="BUSY", client_cause=17, client_tech_cause="486"),
        Outcome.BUSY,
    ),
    "answered": (
        dialled(client_rang=True, client_answered_at=AT, client_dial_status="ANSWER"),
        Outcome.REACHED,
    ),
    "answered, told by the dialplan only": (
        dialled(report=CallbackReport(dial_status="ANSWER", answered_seconds=7)),
        Outcome.REACHED,
    ),
    "rang, told by the dialplan only": (
        dialled(report=CallbackReport(dial_status="NOANSWER", cause=0, ring_ms=2000)),
        Outcome.NO_ANSWER,
    ),
    "progress, told by the dialplan only": (
        dialled(report=CallbackReport(dial_status="NOANSWER", cause=0, progress_ms=100)),
        Outcome.NO_ANSWER,
    ),
    "silent": (dialled(client_dial_status="NOANSWER", client_cause=0), Outcome.TRUNK_FAILED),
    "executor hung up: the dialplan has the last word": (
        dialled(
            client_rang=True,
            client_dial_status="NOANSWER",
            report=CallbackReport(dial_status="CANCEL", ring_ms=900),
        ),
        Outcome.EXECUTOR_MISSED,
    ),
    "a report without a status is none": (
        dialled(client_rang=True, client_dial_status="NOANSWER", report=CallbackReport(dial_status="")),
        Outcome.NO_ANSWER,
    ),
    "executor hung up while Asterisk listened, which counted that as talk": (
        dialled(
            client_rang=True,
            client_answered_at=AT,
            report=CallbackReport(dial_status="ANSWER", answered_seconds=3, listened=f"{DOUBT}|2|executor"),
        ),
        Outcome.EXECUTOR_MISSED,
    ),
    "talk after listening": (
        dialled(
            client_answered_at=AT,
            report=CallbackReport(dial_status="ANSWER", answered_seconds=0, listened=f"{DOUBT}|1000|client"),
        ),
        Outcome.REACHED,
    ),
    "executor missed": (AttemptFacts(originate_success=False, originate_reason=3), Outcome.EXECUTOR_MISSED),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("facts", "outcome"), EVENTS.values(), ids=EVENTS.keys())
def test_events_prove(facts: AttemptFacts, outcome: Outcome) -> None:
    assert classify(evidence_of(facts)).outcome is outcome


ASTDB = {
    "ANSWER|16|12|2100|": Outcome.REACHED,
    "NOANSWER|0|||": Outcome.TRUNK_FAILED,
    "NOANSWER|0||2000|": Outcome.NO_ANSWER,
    "NOANSWER|0|||300": Outcome.NO_ANSWER,
    "BUSY|17||700|": Outcome.BUSY,
    "NOANSWER|21||500|": Outcome.DECLINED,
    "NOANSWER|21|||": Outcome.TRUNK_FAILED,
    "NOANSWER|19|||": Outcome.UNREACHABLE,
    "NOANSWER|1|||": Outcome.WRONG_NUMBER,
    "CONGESTION|34|||": Outcome.TRUNK_FAILED,
    "CANCEL|16||800|": Outcome.EXECUTOR_MISSED,
    "DENIED|21|||": Outcome.DENIED,
    "EXPIRED|16|||": Outcome.NOT_PLACED,
    "|16|||": Outcome.EXECUTOR_MISSED,
    "": Outcome.EXECUTOR_MISSED,
    f"ANSWER|16|4|20||{DOUBT}|1|executor": Outcome.EXECUTOR_MISSED,
    f"ANSWER|16|5|20||{DOUBT}|900|client": Outcome.INTERRUPTED,
    f"ANSWER|16|6|20||{DOUBT}|2400|client": Outcome.REACHED,
    f"ANSWER|16|6|20||{DOUBT}": Outcome.REACHED,
    f"ANSWER|16||20||{DOUBT}": Outcome.EXECUTOR_MISSED,
    "ANSWER|16|3|20||BEGUN|4000|client": Outcome.INTERRUPTED,
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("line", "outcome"), ASTDB.items())
def test_asterisks_database_proves(line: str, outcome: Outcome) -> None:
    assert classify(evidence_in_astdb(line)).outcome is outcome


def cel(event: str, uniqueid: str, time: float = 1.0, extra: object = "") -> dict[str, object]:
    return {"eventtype": event, "uniqueid": uniqueid, "linkedid": ID, "eventtime": time, "eventextra": extra}


EXECUTOR = [cel("CHAN_START", ID), cel("ANSWER", ID), cel("HANGUP", ID, 8.0), cel("CHAN_END", ID, 9.5)]
CEL = {
    "client answered": ([*EXECUTOR, cel("CHAN_START", "2"), cel("ANSWER", "2")], Outcome.REACHED),
    "busy": (
        [*EXECUTOR, cel("CHAN_START", "2"), cel("HANGUP", "2", extra='{"hangupcause":17}')],
        Outcome.BUSY,
    ),
    "busy, as a mapping": (
        [*EXECUTOR, cel("CHAN_START", "2"), cel("HANGUP", "2", extra={"hangupcause": 17})],
        Outcome.BUSY,
    ),
    "no answer or a dead trunk": (
        [*EXECUTOR, cel("CHAN_START", "2"), cel("HANGUP", "2", extra='{"hangupcause":0}')],
        Outcome.UNKNOWN,
    ),
    "unreadable extra": ([*EXECUTOR, cel("CHAN_START", "2"), cel("HANGUP", "2", extra="{")], Outcome.UNKNOWN),
    "extra that is no object": (
        [*EXECUTOR, cel("CHAN_START", "2"), cel("HANGUP", "2", extra="7")],
        Outcome.UNKNOWN,
    ),
    "executor did not answer": (
        [cel("CHAN_START", ID), cel("HANGUP", ID), cel("CHAN_END", ID)],
        Outcome.EXECUTOR_MISSED,
    ),
    "Asterisk died while it rang": (
        [cel("CHAN_START", ID), cel("ANSWER", ID), cel("CHAN_START", "2")],
        Outcome.INTERRUPTED,
    ),
    "Asterisk died while they spoke": (
        [cel("CHAN_START", ID), cel("ANSWER", ID), cel("CHAN_START", "2"), cel("ANSWER", "2")],
        Outcome.REACHED,
    ),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("rows", "outcome"), CEL.values(), ids=CEL.keys())
def test_event_log_proves(rows: list[dict[str, object]], outcome: Outcome) -> None:
    found = evidence_in_cel([{"linkedid": "other", "eventtype": "ANSWER"}, *rows], ID)
    assert found is not None
    assert classify(found[0]).outcome is outcome
    assert found[1] == (
        None
        if outcome is Outcome.INTERRUPTED
        else next((r["eventtime"] for r in rows if r["eventtype"] == "CHAN_END"), None)
    )


def listened(*, left: str, talk: float) -> list[dict[str, object]]:
    """A client who answered, was listened to until second 5, and was bridged, alive or dead."""
    executor = {**cel("HANGUP", ID, 5 + talk, {"hangupsource": left}), "channame": "PJSIP/201-01"}
    told = cel("CALLBACK_LISTENED", "2", 5.0, {"extra": DOUBT})
    joined = cel("BRIDGE_ENTER", "2", 5.01)
    start = [cel("CHAN_START", ID), cel("ANSWER", ID), cel("CHAN_START", "2"), cel("ANSWER", "2")]
    return [*start, told, joined, cel("HANGUP", "2", 5 + talk), executor, cel("CHAN_END", ID, 9.5)]


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("left", "talk", "outcome"),
    [
        ("PJSIP/201-01", 0.02, Outcome.EXECUTOR_MISSED),
        ("PJSIP/trunk-02", 0.6, Outcome.INTERRUPTED),
        ("", 0.6, Outcome.EXECUTOR_MISSED),
        ("PJSIP/201-01", 1.5, Outcome.REACHED),
    ],
)
def test_event_log_knows_a_talk_from_a_dead_bridge(left: str, talk: float, outcome: Outcome) -> None:
    found = evidence_in_cel(listened(left=left, talk=talk), ID)
    assert found is not None and classify(found[0]).outcome is outcome


@pytest.mark.regulation("2.9")
def test_event_log_that_ends_in_the_talk_after_listening_proves_it() -> None:
    found = evidence_in_cel(listened(left="", talk=3)[:6], ID)
    assert found is not None and classify(found[0]).outcome is Outcome.REACHED


def cdr(**fields: object) -> dict[str, object]:
    return {"linkedid": ID, "dstchannel": "PJSIP/trunk-1", "end": 20.5, **fields}


CDR = {
    "answered": (cdr(disposition="ANSWERED", billsec=9), Outcome.REACHED),
    "answered without a talk": (cdr(disposition="ANSWERED", billsec=0), Outcome.UNKNOWN),
    "answered, and the executor left while Asterisk listened": (
        cdr(disposition="ANSWERED", billsec=4, listened=f"{DOUBT}|1|executor"),
        Outcome.EXECUTOR_MISSED,
    ),
    "answered, listened to and spoken with": (
        cdr(disposition="ANSWERED", billsec=9, listened=f"{DOUBT}|5000|client"),
        Outcome.REACHED,
    ),
    "busy": (cdr(disposition="BUSY"), Outcome.BUSY),
    "congestion": (cdr(disposition="CONGESTION"), Outcome.TRUNK_FAILED),
    "no answer": (cdr(disposition="NO ANSWER"), Outcome.UNKNOWN),
    "nobody was dialled": (cdr(dstchannel="", disposition="ANSWERED"), Outcome.EXECUTOR_MISSED),
}


@pytest.mark.parametrize(("row", "outcome"), CDR.values(), ids=CDR.keys())
def test_call_records_prove(row: dict[str, object], outcome: Outcome) -> None:
    found = evidence_in_cdr([{"linkedid": "other"}, row], ID)
    assert found is not None
    assert (classify(found[0]).outcome, found[1]) == (outcome, 20.5)


def test_records_of_others_are_no_trace() -> None:
    assert evidence_in_cel([{"linkedid": "other"}], ID) is None
    assert evidence_in_cdr([{"linkedid": "other"}], ID) is None
    ended = evidence_in_cdr([cdr(end="soon")], ID)
    assert ended is not None and ended[1] is None


class Recorder:
    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.away = False

    async def progressed(self, attempt_id: str, stage: AttemptStage, at: datetime) -> None:
        self.told.append((attempt_id, stage, at))

    async def finish(self, attempt_id: str, verdict: Verdict, now: int, *, token: int | None = None) -> bool:
        if self.away:
            raise LedgerUnavailable("no database")
        self.told.append((attempt_id, verdict.outcome, now, token))
        return True

    async def lapse(self, attempt_id: str, now: int) -> None:
        self.told.append((attempt_id, "lapse", now))


def over(**changes: bool) -> AttemptEnded:
    facts = EVENTS["busy"][0]
    return AttemptEnded(pbx="main", at=AT, attempt_id=ID, facts=facts, **changes)


async def test_listener_records_steps_and_ends() -> None:
    recorder = Recorder()
    listener = AttemptListener(recorder)
    await listener(AttemptProgress(pbx="main", at=AT, attempt_id=ID, step=AttemptStep.CLIENT_RINGING))
    await listener(over())
    await listener(LinkChanged(pbx="main", at=AT, state=LinkState.LIVE))
    assert recorder.told == [
        (ID, AttemptStage.CLIENT_RINGING, AT),
        (ID, Outcome.BUSY, to_microseconds(AT), None),
    ]


@pytest.mark.regulation("2.9")
async def test_what_was_heard_in_part_is_left_to_the_records() -> None:
    recorder = Recorder()
    listener = AttemptListener(recorder)
    await listener(over(interrupted=True))
    await listener(over(reconstructed=True))
    assert recorder.told == [(ID, "lapse", to_microseconds(AT))] * 2


async def test_nothing_is_acknowledged_while_the_database_is_away() -> None:
    recorder = Recorder()
    recorder.away = True
    with pytest.raises(Unavailable):
        await AttemptListener(recorder)(over())


def test_every_step_of_the_pbx_is_a_stage_of_ours() -> None:
    assert {step.value for step in AttemptStep} <= {stage.value for stage in AttemptStage}
    assert evidence_of(AttemptFacts()).source is Source.EVENTS


PHONE = "PJSIP/201"


def named(event: str, uniqueid: str, channel: str, **more: object) -> dict[str, object]:
    return {**cel(event, uniqueid, **more), "channame": channel}  # type: ignore[arg-type]


HALVES = [
    named("CHAN_START", ID, "Local/79161112233@callback-client-01;1"),
    named("ANSWER", ID, "Local/79161112233@callback-client-01;1"),
    named("CHAN_END", ID, "Local/79161112233@callback-client-01;1", time=9.5),
    named("HANGUP", f"{ID}-2", "Local/79161112233@callback-client-01;2", extra='{"dialstatus":"BUSY"}'),
]
CLIENT = [named("CHAN_START", "2", "PJSIP/trunk-02"), named("ANSWER", "2", "PJSIP/trunk-02")]
CEL_CLIENT_FIRST = {
    "both": ([*HALVES, *CLIENT, named("ANSWER", "3", "PJSIP/201-03")], Outcome.REACHED),
    "nobody came": ([*HALVES, *CLIENT, named("CHAN_START", "3", "PJSIP/201-03")], Outcome.EXECUTOR_MISSED),
    "executor was never rung": ([*HALVES, *CLIENT], Outcome.EXECUTOR_MISSED),
    "busy": (
        [*HALVES, CLIENT[0], named("HANGUP", "2", "PJSIP/trunk-02", extra='{"hangupcause":17}')],
        Outcome.BUSY,
    ),
    "client was never dialled": (HALVES, Outcome.NOT_PLACED),
    "Asterisk went down": (HALVES[:2], Outcome.INTERRUPTED),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("rows", "outcome"), CEL_CLIENT_FIRST.values(), ids=CEL_CLIENT_FIRST.keys())
def test_event_log_proves_with_the_client_first(rows: list[dict[str, object]], outcome: Outcome) -> None:
    found = evidence_in_cel(rows, ID, client_first=PHONE)
    assert found is not None and found[0].client_first
    assert classify(found[0]).outcome is outcome


SPOKE = {"disposition": "ANSWERED", "billsec": 5}
TO_CLIENT = cdr(dstchannel="PJSIP/trunk-02", **SPOKE)
CDR_CLIENT_FIRST = {
    "both": ([TO_CLIENT, cdr(dstchannel="PJSIP/201-03", **SPOKE)], Outcome.REACHED),
    "it is not said whether anybody came": ([TO_CLIENT], Outcome.UNKNOWN),
    "executor not answered": (
        [cdr(dstchannel="PJSIP/201-03", disposition="NO ANSWER", billsec=0), TO_CLIENT],
        Outcome.UNKNOWN,
    ),
    "busy": ([cdr(dstchannel="PJSIP/trunk-02", disposition="BUSY", billsec=0)], Outcome.BUSY),
    "only the Local pair": ([cdr(dstchannel="Local/1@callback-client-01;1", **SPOKE)], Outcome.NOT_PLACED),
}


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(("rows", "outcome"), CDR_CLIENT_FIRST.values(), ids=CDR_CLIENT_FIRST.keys())
def test_call_records_prove_with_the_client_first(rows: list[dict[str, object]], outcome: Outcome) -> None:
    found = evidence_in_cdr(rows, ID, client_first=PHONE)
    assert found is not None
    assert classify(found[0]).outcome is outcome


@pytest.mark.regulation("2.9")
@pytest.mark.parametrize(
    ("executor", "outcome"),
    [
        ("ANSWER|12|hello SUCCESS", Outcome.REACHED),
        ("NOANSWER||hello SUCCESS sorry SUCCESS", Outcome.EXECUTOR_MISSED),
        ("||", Outcome.EXECUTOR_MISSED),
        (None, Outcome.UNKNOWN),
    ],
)
def test_asterisks_database_proves_with_the_client_first(executor: str | None, outcome: Outcome) -> None:
    evidence = evidence_in_astdb("ANSWER|16|14|2100|", client_first=True, executor=executor)
    assert classify(evidence).outcome is outcome


def test_attempts_of_ours_are_found_in_the_records() -> None:
    rows = [cel("CHAN_START", ID, 5.0), cel("ANSWER", "2", 3.0), {"linkedid": "1.1", "eventtime": 1.0}]
    assert attempts_in([*rows, {"linkedid": "cb-nowhen"}], "eventtime") == {
        ID: datetime.fromtimestamp(3.0, UTC)
    }
