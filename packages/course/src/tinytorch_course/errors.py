"""What the tool says when it cannot do what was asked: one paragraph and an exit code, never a traceback."""

from __future__ import annotations

PASS, NOT_YET, ENVIRONMENT, OUR_BUG = 0, 1, 2, 3


class ToolError(Exception):
    """A problem that the reader can solve; `help` says how."""

    code = ENVIRONMENT

    def __init__(self, message: str, help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.help = help


class NotYet(ToolError):
    """The learner's work is not there yet: nothing is wrong with the machine or the arguments."""

    code = NOT_YET
