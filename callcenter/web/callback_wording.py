"""Callbacks in words: how an attempt ended, why it counts or not, what showed it, and why a series stands as it does.

Nothing here decides anything; a word of the dialer that has no words yet is shown as it is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from callcenter.domain.callbacks import AttemptStage, Callback, CallbackAttempt, CallbackState, Origin
from callcenter.domain.calls import CallOutcome
from callcenter.domain.errors import CallCenterError, Conflict, InvalidInput
from callcenter.domain.missed_calls import MissedCallRule
from callcenter.services.inbound_callbacks import CLIENT_CALLED
from callcenter.web.moments import say_duration
from callcenter.web.translations import Words
from callcenter.web.wording import N_, say
from dialer.attempt import CLIENT_UNAVAILABLE, Outcome
from dialer.breaker import Passage
from dialer.permission import NumberProblem
from dialer.policy import Policy, Why

OUTCOMES: Mapping[str, str] = {
    Outcome.REACHED: N_("reached"),
    Outcome.NO_ANSWER: N_("no answer"),
    Outcome.BUSY: N_("engaged"),
    Outcome.DECLINED: N_("he declined"),
    Outcome.UNREACHABLE: N_("switched off or out of coverage"),
    Outcome.ANSWERING_MACHINE: N_("answering machine"),
    Outcome.WRONG_NUMBER: N_("wrong number"),
    Outcome.DENIED: N_("the PBX forbids the number"),
    Outcome.EXECUTOR_MISSED: N_("the executor did not take it"),
    Outcome.TRUNK_FAILED: N_("the line failed"),
    Outcome.INTERRUPTED: N_("interrupted"),
    Outcome.NOT_PLACED: N_("not placed"),
    Outcome.WITHDRAWN: N_("taken back"),
    Outcome.UNKNOWN: N_("outcome unknown"),
}
_WHY_NOT_COUNTED: Mapping[str, str] = {
    Outcome.WRONG_NUMBER: N_("not counted: the number must be corrected"),
    Outcome.DENIED: N_("not counted: the PBX does not let it out"),
    Outcome.EXECUTOR_MISSED: N_("not counted: our side, the client was not called"),
    Outcome.TRUNK_FAILED: N_("not counted: our line failed"),
    Outcome.INTERRUPTED: N_("not counted: our side broke off"),
    Outcome.NOT_PLACED: N_("not counted: no call went out"),
    Outcome.WITHDRAWN: N_("not counted: we took it back"),
    Outcome.UNKNOWN: N_("not counted: the PBX's record does not tell"),
}
_RULES: Mapping[str, str] = {
    "machine_answered": N_("a machine answered"),
    "client_left_while_listening": N_("the client hung up while the PBX listened for an answering machine"),
    "executor_left_before_joined": N_("the client answered; the executor hung up before they were joined"),
    "client_left_at_once": N_("the client hung up within a second of being joined"),
    "person_not_machine": N_("our person said that it was a person: the PBX had taken him for a machine"),
    "client_answered": N_("the client lifted the receiver"),
    "no_record": N_("the PBX has no record of it"),
    "asterisk_went_down": N_("the PBX stopped during the call"),
    "asterisk_denied_the_number": N_("the PBX's own table refuses this number"),
    "asterisk_got_it_too_late": N_("the order came too late and was not dialled"),
    "executor_did_not_take_it": N_("the executor's telephone was not answered"),
    "executor_hung_up": N_("the executor hung up before the client answered"),
    "number_does_not_exist": N_("the network says that there is no such number"),
    "carrier_failed": N_("the carrier refused or failed"),
    "client_busy": N_("the client was talking with somebody else"),
    "client_declined": N_("the client pressed «decline»"),
    "client_rang_out": N_("it rang and nobody answered"),
    "client_switched_off": N_("the telephone is switched off or out of coverage"),
    "ringing_not_recorded": N_("whether it rang is not recorded"),
    "carrier_was_silent": N_("the carrier gave no answer at all"),
    "refused_at_last_look": N_("refused by the rules right before the call"),
    "never_sent": N_("the order never reached the PBX"),
    "no_trace": N_("the PBX has no trace of it: no call was made"),
    "executor_did_not_come": N_("the client answered, the executor did not come to the line"),
    "executor_not_recorded": N_("the client answered; whether the executor came is not recorded"),
    "client_was_not_dialled": N_("the client was not dialled"),
    "executor_unavailable": N_("the executor's telephone is off or in use: nobody was rung"),
    "withdrawn_by_us": N_("taken back by us while it rang"),
}
_WHY: Mapping[str, str] = {
    Why.FIRST: N_("as soon as possible"),
    Why.GAP: N_("some time after he could not be reached"),
    Why.BACK_OFF: N_("again after a failure of ours"),
    Why.NOT_BEFORE: N_("the time that was set"),
    Why.BUSINESS_HOURS: N_("moved into business hours"),
    Why.IN_FLIGHT: N_("on the line now"),
    Why.CONNECTED: N_("the client was reached"),
    Why.LIMIT: N_("the client could not be reached"),
    Why.WRONG_NUMBER: N_("the number is wrong"),
    Why.DENIED: N_("the PBX forbids the number"),
    Why.TOO_MANY_FAILURES: N_("too many failures of ours in a row"),
    Why.DAY_CAP: N_("this number was called often enough today"),
    Why.CONCURRENT_CAP: N_("all lines of the dialer are busy"),
    Why.RATE_CAP: N_("not so many calls in one second"),
    Why.MINUTES_CAP: N_("the minutes of this day are used up"),
    Why.BREAKER_OPEN: N_("calls do not get out: the dialer waits"),
    Why.NUMBER_BUSY: N_("this number is being called on another ticket"),
    Why.CLIENT_ON_LINE: N_("the client is on our line himself"),
    Why.EXECUTOR_BUSY: N_("the executor has another call of the dialer"),
    Why.EXECUTOR_WITHOUT_PHONE: N_("the executor has no telephone"),
    Why.NUMBER_NOT_ALLOWED: N_("this number may not be dialled"),
    Why.OPTED_OUT: N_("the client asked not to be called"),
    Why.TICKET_NOT_OPEN: N_("the ticket is over, or nobody has accepted it"),
    Why.TOO_LATE: N_("it came too late"),
    Why.PAUSED: N_("paused"),
    CLIENT_CALLED: N_("the client called himself"),
    "spoke": N_("somebody spoke with him"),
    "stopped": N_("stopped by a person"),
    "restored": N_("the database was restored from a backup: calls made since then are not in it"),
    "clock_jumped": N_("the clock of the server jumped ahead"),
    "long_silence": N_("the dialer stood still for long"),
}
STORY: Mapping[str, str] = {
    "ticket.number_corrected": N_("The ticket's number was corrected."),
    "callback.asked": N_("A callback was asked for."),
    "callback.paused": N_("The callbacks were put on hold."),
    "callback.resumed": N_("The callbacks go on."),
    "callback.moved": N_("The callback was moved."),
    "callback.snoozed": N_("The callback was put off."),
    "callback.stopped": N_("The callbacks were stopped."),
    "callback.opted_out": N_("The client asked not to be called."),
    "callback.machine_marked": N_("An answering machine had answered."),
    "callback.person_marked": N_("A person was taken for an answering machine."),
    "callback.client_called": N_("The client called while we were calling him."),
    "callback.client_spoke": N_("The client called himself and was spoken with."),
    "callback.spoke": N_("It was spoken of in another call."),
    "callback.not_spoken": N_("It was not spoken of: calling goes on."),
    "callback.client_away": N_("The client is unreachable, the clock stands still."),
    "callback.client_back": N_("The client was reached, the clock runs."),
    "callback.unreachable": N_(
        "The client could not be reached: cancelled, a letter was written if an address is known."
    ),
}
"""What the ticket's story says of callbacks, by the audit's word."""
_STATES: Mapping[str, str] = {
    CallbackState.WAITING: N_("to be called"),
    CallbackState.DIALLING: N_("is being called"),
    CallbackState.PAUSED: N_("on hold"),
    CallbackState.ASKING: N_("a person must decide"),
    CallbackState.REACHED: N_("reached"),
    CallbackState.UNREACHABLE: N_("could not be reached"),
    CallbackState.WRONG_NUMBER: N_("wrong number"),
    CallbackState.WITHDRAWN: N_("withdrawn"),
}
_STAGES: Mapping[str, str] = {
    AttemptStage.CLAIMED: N_("the call is being ordered"),
    AttemptStage.SENT: N_("the PBX has the order"),
    AttemptStage.EXECUTOR_RINGING: N_("the executor's telephone rings"),
    AttemptStage.EXECUTOR_ANSWERED: N_("the executor is on the line"),
    AttemptStage.CLIENT_DIALLED: N_("the client is being dialled"),
    AttemptStage.CLIENT_RINGING: N_("the client's telephone rings"),
    AttemptStage.CLIENT_ANSWERED: N_("they talk"),
}
_NUMBER_PROBLEMS: Mapping[str, str] = {
    NumberProblem.MISSING: N_("There is no number. Enter one."),
    NumberProblem.NOT_DIGITS: N_("%(number)s is not a telephone number. Correct it."),
    NumberProblem.EXTENSION: N_(
        "%(number)s has an extension: the dialer cannot dial it. Enter another number or call by hand."
    ),
    NumberProblem.INTERNATIONAL: N_(
        "%(number)s is a number abroad, automatic calls there are forbidden. Call by hand."
    ),
    NumberProblem.WRONG_LENGTH: N_("%(number)s has too few or too many digits. Correct it."),
    NumberProblem.PAID: N_(
        "The number %(number)s costs extra, automatic calls are forbidden. Enter another number or call by hand."
    ),
    NumberProblem.TOLL_FREE: N_(
        "%(number)s is a toll-free number of a company. Enter the client's own number."
    ),
    NumberProblem.PERSONAL: N_(
        "%(number)s forwards at the caller's expense, automatic calls are forbidden. Enter another number."
    ),
    NumberProblem.KAZAKHSTAN: N_(
        "%(number)s is in Kazakhstan, automatic calls there are forbidden. Call by hand."
    ),
    NumberProblem.NOT_LISTED: N_(
        "%(number)s is not among the numbers that may be dialled. Enter another number or call by hand."
    ),
}
_PROBLEMS: Mapping[str, str] = {
    "callback.wrong_time": N_("Choose a time from now on, no further than two months away."),
    "callback.executor_without_phone": N_(
        "This person has no telephone: choose another, or ask the administrator."
    ),
    "required": N_("Say why: the next person will read it."),
    "too_long": N_("Too long."),
}
_EVIDENCE: Mapping[str, str] = {
    "source events": N_("seen in the PBX's events as it happened"),
    "source astdb": N_("from the PBX's own note of the call (AstDB)"),
    "source cel": N_("from the PBX's event log (CEL)"),
    "source cdr": N_("from the PBX's call log (CDR)"),
    "source nothing": N_("no record was found"),
    "executor answered": N_("the executor lifted the receiver"),
    "executor did not answer": N_("the executor did not lift the receiver"),
    "client dialled": N_("the client's number was dialled"),
    "DialState RINGING": N_("the client's telephone rang"),
    "DialState PROGRESS": N_("the network told of progress"),
    "client answered": N_("the client lifted the receiver"),
    "machine detected": N_("an answering machine was recognised"),
    "person_not_machine": N_("our person said that it was a person: the PBX had taken him for a machine"),
    "client first": N_("the client was to be rung first"),
    "Asterisk went down": N_("the PBX stopped"),
    "ringing is not recorded there": N_("that log does not tell of ringing"),
}
_EVIDENCE_BEGINS: Mapping[str, str] = {
    "the executor's phone is": N_("what the PBX said of the executor's telephone before the call"),
    "OriginateResponse Success": N_("the PBX connected the executor"),
    "OriginateResponse Failure": N_("the PBX did not connect the executor"),
    "AMD MACHINE": N_("the PBX recognised an answering machine and hung up (AMD)"),
    "AMD HUMAN": N_("the PBX heard a person and joined them (AMD)"),
    "AMD NOTSURE": N_("the PBX could not tell a machine from a person and joined them (AMD)"),
    "AMD BEGUN": N_("the PBX listened for a machine and was broken off (AMD)"),
    "AMD NOAPP": N_("this PBX cannot listen for machines: it has no app_amd"),
    "executor's cause": N_("why the executor's side ended (Q.850)"),
    "DialStatus": N_("the PBX's own word for the end"),
    "cause": N_("why the client's side ended (Q.850)"),
    "SIP": N_("the carrier's answer (SIP)"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CallbackWords:
    """Says values of callbacks in one language; `names` are people by id, the rest is as the dialer is set."""

    words: Words
    names: Mapping[int, str]
    policy: Policy = field(default_factory=Policy)

    @property
    def limit(self) -> int:
        """How many counted attempts end a series."""
        return self.policy.limit

    @property
    def gap(self) -> timedelta:
        """How long after a counted attempt the next one waits."""
        return timedelta(microseconds=self.policy.gap)

    @property
    def snooze(self) -> timedelta:
        """How long the executor may put a call off."""
        return timedelta(microseconds=self.policy.snooze)

    def state(self, series: Callback) -> str:
        """How a series stands."""
        return self.words(_STATES[series.state])

    def asked_by(self, series: Callback) -> str:
        """Who asked for it: a person's name, or that a rule did. Regulation: 2.9."""
        if series.origin is Origin.RULE:
            return self.words("by rule: a missed call")
        return self.names.get(series.asked_by, "?") if series.asked_by is not None else ""

    def missed_rule(self, rule: MissedCallRule) -> Sequence[str]:
        """What the rule for missed calls does, line by line; one line when it is off."""
        if not rule.enabled:
            return [
                self.words("Off: who calls missed callers back is decided by the moderators, in «Drafts».")
            ]
        names = ", ".join(sorted(rule.executors))
        reasons = ", ".join(say(each, self.words) for each in CallOutcome if each in rule.outcomes)
        return [
            self.words("For calls that ended so: %(reasons)s.", reasons=reasons),
            self.words(
                "%(delay)s after the call; not who hung up before %(wait)s, not calls older than %(hours)s h.",
                delay=say_duration(rule.delay, self.words),
                wait=say_duration(rule.shortest_wait, self.words),
                hours=rule.oldest // timedelta(hours=1),
            ),
            self.words("Who calls: %(names)s, whoever is on shift.", names=names)
            if names
            else self.words("Who calls: an executor on shift, as a ticket would be proposed."),
            self.words("Nobody on shift: the call stays in «Drafts» and is tried again."),
        ]

    def why(self, reason: str) -> str:
        """Why it stands so."""
        return self.words(_WHY[reason]) if reason in _WHY else reason

    def outcome(self, attempt: CallbackAttempt) -> str:
        """How an attempt ended, as people understand it; for one in flight, how far it has come."""
        if attempt.outcome is None:
            return self.words(_STAGES[attempt.stage])
        machine = attempt.machine_marked_at is not None
        return self.outcome_word(Outcome.ANSWERING_MACHINE if machine else attempt.outcome)

    def outcome_word(self, outcome: str) -> str:
        """The word for an outcome."""
        return self.words(OUTCOMES[outcome]) if outcome in OUTCOMES else outcome

    def counted(self, attempt: CallbackAttempt) -> bool:
        """Whether it counts against the client, as it is set."""
        return attempt.counts_by(self.policy.counted)

    def counts(self, attempt: CallbackAttempt) -> str:
        """Whether it counts against the client, and why. Regulation: 2.9, points 2 and 3."""
        if attempt.outcome is None:
            return ""
        if attempt.machine_marked_at is not None:
            by = self.names.get(attempt.machine_marked_by or 0, "?")
            return self.words("counted: %(person)s says that a machine answered", person=by)
        if attempt.outcome in CLIENT_UNAVAILABLE:
            if not self.counted(attempt):
                return self.words("not counted: the settings do not count this outcome")
            return self.words("counted: the client was unavailable")
        if attempt.outcome is Outcome.REACHED:
            return self.words("the series ends")
        if attempt.outcome is Outcome.EXECUTOR_MISSED and attempt.touched:
            return self.words("not counted: our side")
        return self.words(_WHY_NOT_COUNTED[attempt.outcome])

    def rule(self, attempt: CallbackAttempt) -> str:
        """What decided the outcome; empty where there are no words for it."""
        return self.words(_RULES[attempt.rule]) if attempt.rule in _RULES else ""

    def evidence(self, attempt: CallbackAttempt) -> Sequence[tuple[str, str]]:
        """Each line of evidence as the PBX put it, with what it means."""
        return [(line, self._meaning(line)) for line in attempt.seen]

    def _meaning(self, line: str) -> str:
        if line in _EVIDENCE:
            return self.words(_EVIDENCE[line])
        begun = next((said for start, said in _EVIDENCE_BEGINS.items() if line.startswith(start)), None)
        return "" if begun is None else self.words(begun)

    def number_problem(self, problem: NumberProblem, shown: str) -> str:
        """Why a number may not be dialled and what to do."""
        return self.words(_NUMBER_PROBLEMS[problem], number=shown)

    def refused(self, error: CallCenterError, typed_number: str) -> dict[str, str]:
        """A refusal by field; what belongs to no field stands under `""`."""
        if isinstance(error, InvalidInput):
            return {field: self._problem(why, typed_number) for field, why in error.problems.items()}
        return {"": self._conflict(error) if isinstance(error, Conflict) else self.words("Not accepted")}

    def _problem(self, why: str, typed_number: str) -> str:
        if why.startswith("number."):
            return self.number_problem(NumberProblem(why.removeprefix("number.")), typed_number)
        return self.words(_PROBLEMS.get(why) or N_("Not accepted"))

    def _conflict(self, error: Conflict) -> str:
        reason = error.details.get("reason")
        if reason == Why.OPTED_OUT:
            return self.words("The client asked not to be called at this number. Nothing was done.")
        if reason == "snoozed":
            return self.words("It was put off once already. Move it to another time instead.")
        state = error.details.get("state")
        if state in _STATES:
            return self.words(
                "This is not possible any more: %(state)s.", state=self.words(_STATES[str(state)])
            )
        if "status" in error.details:
            return self.words("The ticket is over, or nobody has accepted it yet. Nothing was done.")
        return self.words("Somebody else changed it first. Look at the present state and repeat.")

    def breaker(self, passage: Passage) -> str:
        """What the circuit breaker lets through."""
        if passage is Passage.FREE:
            return self.words("calls get out")
        if passage is Passage.PROBE:
            return self.words("one call is tried")
        return self.words("calls do not get out, nothing is placed")

    def actor(self, who: str) -> str:
        """Who did it: a person's name, or what it says."""
        key = who.removeprefix("person:")
        if who != key and key.isdigit():
            return self.names.get(int(key), who)
        return self.words("the dialer itself") if who == "dialer" else self._other(who)

    def _other(self, who: str) -> str:
        return self.words("the command line") if who == "command line" else who
