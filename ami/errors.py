"""What can go wrong between us and Asterisk, on one screen. Expected outcomes (busy, no answer) are not here."""

from __future__ import annotations


class AmiError(Exception):
    """Any failure of the telephony link; `code` is stable."""

    code = "ami"


class UnsafeHeader(AmiError):
    """A value that must not be sent to Asterisk: control characters, too long, or not of the fixed form."""

    code = "ami_unsafe_header"


class NotLive(AmiError):
    """The link is not LIVE: nothing was sent, and nothing will be sent later."""

    code = "ami_not_live"


class ActionTimeout(AmiError):
    """Asterisk did not confirm in time. The action may or may not have happened; it is never sent again."""

    code = "ami_action_timeout"


class LinkLost(AmiError):
    """The link broke before Asterisk confirmed. The action may or may not have happened; it is never sent again."""

    code = "ami_link_lost"


class LoginRefused(AmiError):
    """Asterisk refused the account's name or secret."""

    code = "ami_login_refused"


class DangerousAccount(AmiError):
    """The account may do what this program must never be able to do; `privileges` names what."""

    code = "ami_dangerous_account"

    def __init__(self, privileges: frozenset[str]) -> None:
        super().__init__(
            f"the AMI account may write {', '.join(sorted(privileges))}: "
            "take these out of its `write` line in manager.conf"
        )
        self.privileges = privileges
