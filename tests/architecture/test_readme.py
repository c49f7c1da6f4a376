"""What the README says of the program is what the program is."""

import re
from pathlib import Path

import pytest

from callcenter.domain.lifecycle import TRANSITIONS

ROOT = Path(__file__).parents[2]
ARROW = re.compile(r"^\s+(\w+) --> (\w+): (\w+)$", re.MULTILINE)
LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def test_the_drawn_life_of_a_ticket_is_the_table_in_the_code() -> None:
    drawing = (ROOT / "README.md").read_text(encoding="utf-8")
    drawn = {(start, step, end) for start, end, step in ARROW.findall(drawing)}
    table = {(start.name, step.value, end.name) for (start, step), end in TRANSITIONS.items()}
    assert drawn == table


@pytest.mark.parametrize("document", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*.md")))
def test_links_in_the_documents_lead_somewhere(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    broken = [target for target in LINK.findall(text) if not (ROOT / target.strip()).exists()]
    assert not broken


def test_every_command_the_readme_names_exists() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = set(re.findall(r"(?:`|^)make ([a-z-]+)", readme, re.MULTILINE))
    assert commands
    assert {name for name in commands if not re.search(rf"^{name}:", makefile, re.MULTILINE)} == set()
