"""The most frequent questions and the staffing curve, built on one database."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from callcenter.clock import SystemClock
from callcenter.morphology import RussianMorphology
from callcenter.ports.statistics import Statistics
from callcenter.services.desk import Desk
from callcenter.services.question_grouping import GroupingRules, QuestionGrouping
from callcenter.services.questions import Questions
from callcenter.services.staffing_load import StaffingLoad
from callcenter.store import Database
from callcenter.web.question_room import QuestionRoom


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionParts:
    """`grouping.run()` goes on until cancelled."""

    room: QuestionRoom
    grouping: QuestionGrouping


def build_questions(database: Database, desk: Desk, statistics: Statistics, *, node: str) -> QuestionParts:
    """Questions and staffing of one node."""
    zone: ZoneInfo = desk.rules.zone
    calendar = desk.rules.terms.calendar
    rules = GroupingRules(zone=zone, calendar=calendar, morphology=RussianMorphology(), node=node)
    questions = Questions(database.uow, SystemClock(), rules)
    staffing = StaffingLoad(database.uow, statistics, calendar, zone)
    return QuestionParts(
        room=QuestionRoom(questions=questions, staffing=staffing), grouping=questions.grouping
    )
