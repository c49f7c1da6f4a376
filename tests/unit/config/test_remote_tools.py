"""Programs for remote administration are named in the settings; a link can only open a program."""

import pytest
from pydantic import ValidationError

from config.settings import Desk, RemoteTool


def test_a_program_is_named_with_the_link_that_opens_it() -> None:
    desk = Desk(remote_tools={"assist": RemoteTool(name="Ассистент", url="assistant://connect/{id}")})
    assert desk.remote_tools["assist"].url == "assistant://connect/{id}"


@pytest.mark.parametrize(
    "url",
    ["javascript:alert({id})", "JavaScript:{id}", "data:{id}", "anydesk:1", "{id}", "", "any desk:{id}"],
)
def test_a_link_that_is_no_programs_link_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        RemoteTool(name="?", url=url)
