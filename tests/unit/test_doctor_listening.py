"""What the doctor says of an Asterisk that is to listen for answering machines."""

import pytest

from ami.actions import module_loaded
from ami.errors import UnsafeHeader
from ami.session import Response
from callcenter.commands.doctor import heard_of_amd


@pytest.mark.parametrize(
    ("success", "value", "problem"),
    [(True, "1", None), (True, "0", "app_amd is not loaded"), (False, "", "does not tell of its modules")],
)
def test_doctor_says_whether_asterisk_can_listen(success: bool, value: str, problem: str | None) -> None:
    found = heard_of_amd("AMD", Response(success=success, message="No such", headers={"Value": value}))
    assert (found.problem is None) == (problem is None)
    assert problem is None or (problem in str(found.problem) and found.remedy)


def test_module_is_asked_for_by_a_name_of_its_form_only() -> None:
    assert module_loaded("app_amd.so").headers == (("Variable", "IFMODULE(app_amd.so)"),)
    with pytest.raises(UnsafeHeader):
        module_loaded("app_amd.so)${SHELL(id)}")
