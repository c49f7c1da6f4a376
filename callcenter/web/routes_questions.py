"""Addresses of the most frequent questions and of staffing; without a help desk they answer 404."""

from callcenter.domain.people import Action
from callcenter.web.pages import frequent_questions, staffing_curve
from callcenter.web.route import Route, get, post

_QUESTION = "/reports/questions/{question_id:[0-9]+}"

QUESTIONS: tuple[Route, ...] = (
    get("/reports/questions", Action.SEE_STATISTICS, frequent_questions.questions),
    get("/reports/questions.csv", Action.SEE_STATISTICS, frequent_questions.export),
    post("/reports/questions/refresh", Action.SEE_STATISTICS, frequent_questions.refresh),
    get("/reports/questions/rules", Action.SEE_STATISTICS, frequent_questions.rules),
    post("/reports/questions/rules/{rule_id:[0-9]+}/undo", Action.EDIT_QUESTIONS, frequent_questions.undo),
    get(_QUESTION, Action.SEE_STATISTICS, frequent_questions.question),
    post(f"{_QUESTION}/rename", Action.EDIT_QUESTIONS, frequent_questions.rename),
    post(f"{_QUESTION}/merge", Action.EDIT_QUESTIONS, frequent_questions.merge),
    post(f"{_QUESTION}/split", Action.EDIT_QUESTIONS, frequent_questions.split),
    get("/reports/staffing", Action.SEE_STATISTICS, staffing_curve.staffing),
    get("/reports/staffing.csv", Action.SEE_STATISTICS, staffing_curve.export),
)
