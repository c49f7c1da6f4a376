"""The services behind the screens of frequent questions and of staffing, handed over as one value."""

from dataclasses import dataclass

from callcenter.services.questions import Questions
from callcenter.services.staffing_load import StaffingLoad


@dataclass(frozen=True, kw_only=True, slots=True)
class QuestionRoom:
    """What people ask most, and how many operators their calls need."""

    questions: Questions
    staffing: StaffingLoad
