"""A carrier's own table of causes: what is told moves, what is not told stays, and where a 5xx ends."""

from dataclasses import fields

import pytest

from dialer.attempt import Outcome
from dialer.outcome import CauseTable, Evidence, Source

USUAL = CauseTable()
SETS = {
    Outcome.WRONG_NUMBER: "wrong_number",
    Outcome.BUSY: "busy",
    Outcome.DECLINED: "declined",
    Outcome.UNREACHABLE: "away",
    Outcome.TRUNK_FAILED: "trunk",
}
NOBODYS = 499
"""A code and a cause that the usual table does not name."""


def changed(table: CauseTable) -> dict[str, tuple[frozenset[int], frozenset[int]]]:
    """Field to what was taken out of it and what was put in, where anything was."""
    told = {}
    for each in fields(CauseTable):
        before, after = getattr(USUAL, each.name), getattr(table, each.name)
        if before != after:
            told[each.name] = (before - after, after - before)
    return told


def failed(sip: int, table: CauseTable = USUAL) -> bool:
    return table.trunk(Evidence(source=Source.EVENTS, client_dialled=True, client_sip=sip))


def test_carrier_that_tells_nothing_has_the_usual_table() -> None:
    assert USUAL.but({}, {}) == USUAL


@pytest.mark.parametrize("meaning", SETS)
def test_code_nobody_names_means_what_the_carrier_says_and_nothing_else_changes(meaning: Outcome) -> None:
    name, added = SETS[meaning], (frozenset(), frozenset({NOBODYS}))
    assert changed(USUAL.but({NOBODYS: meaning}, {})) == {f"{name}_sip": added}
    assert changed(USUAL.but({}, {NOBODYS: meaning})) == {f"{name}_causes": added}


@pytest.mark.parametrize("name", SETS.values())
@pytest.mark.parametrize("kind", ["sip", "causes"])
def test_code_with_a_new_meaning_loses_its_old_one(name: str, kind: str) -> None:
    code = min(getattr(USUAL, f"{name}_{kind}"))
    meaning = Outcome.BUSY if name != "busy" else Outcome.DECLINED
    table = USUAL.but({code: meaning}, {}) if kind == "sip" else USUAL.but({}, {code: meaning})
    taken, put = (frozenset({code}), frozenset()), (frozenset(), frozenset({code}))
    assert changed(table) == {f"{name}_{kind}": taken, f"{SETS[meaning]}_{kind}": put}


def test_codes_and_causes_are_two_tables() -> None:
    table = USUAL.but({17: Outcome.TRUNK_FAILED}, {486: Outcome.UNREACHABLE})
    assert 17 in table.busy_causes
    assert 486 in table.busy_sip
    assert (table.trunk_sip - USUAL.trunk_sip, table.away_causes - USUAL.away_causes) == ({17}, {486})


def test_words_of_the_dialplan_for_a_dead_trunk_stay_with_the_table_that_had_them() -> None:
    words = frozenset({"CHANUNAVAIL"})
    assert CauseTable(trunk_statuses=words).but({480: Outcome.BUSY}, {}).trunk_statuses == words


def test_every_answer_of_a_broken_server_is_the_trunks_and_none_beside() -> None:
    assert [sip for sip in (499, 500, 501, 598, 599, 600) if failed(sip)] == [500, 501, 598, 599]
    assert not failed(600, CauseTable(busy_sip=frozenset({486})))


@pytest.mark.parametrize("sip", [500, 599])
@pytest.mark.parametrize("meaning", [each for each in SETS if each is not Outcome.TRUNK_FAILED])
def test_broken_servers_answer_by_which_the_carrier_means_the_client_is_the_clients(
    sip: int, meaning: Outcome
) -> None:
    table = USUAL.but({sip: meaning}, {})
    assert not failed(sip, table)
    assert failed(501, table)
    assert failed(sip, USUAL.but({}, {sip: meaning}))
