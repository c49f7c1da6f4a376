"""What our AMI account may do, read from Asterisk itself, so that a dangerous one can be refused.

`ListCommands` lists only what the account may write: `Name: Synopsis (Priv: class,class,all)`. An action whose
classes all lie among the dangerous ones proves that the account has one of them. Source: main/manager.c.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ami.errors import DangerousAccount

DANGEROUS: Final = frozenset({"command", "config", "system"})
_PRIVILEGES: Final = re.compile(r"\(Priv: ([a-z,<>]+)\)\s*\Z", re.ASCII)


def dangerous_privileges(commands: Mapping[str, str | list[str]]) -> frozenset[str]:
    """The dangerous classes that the answer to ListCommands proves, empty for an account of least privilege.

    >>> sorted(dangerous_privileges({"Command": "Execute Asterisk CLI Command.  (Priv: command,all)"}))
    ['command']
    >>> sorted(dangerous_privileges({"CoreStatus": "Show PBX core status variables. (Priv: system,reporting,all)"}))
    []
    """
    proven: set[str] = set()
    for described in commands.values():
        found = _PRIVILEGES.search(described) if isinstance(described, str) else None
        if found is None:
            continue
        classes = frozenset(found[1].split(",")) - {"all"}
        if classes and classes <= DANGEROUS:
            proven |= classes
    return frozenset(proven)


def refuse_dangerous(commands: Mapping[str, str | list[str]]) -> None:
    """Raise DangerousAccount when the account may run commands or change configuration."""
    proven = dangerous_privileges(commands)
    if proven:
        raise DangerousAccount(proven)
