"""Every error that zerosum raises on purpose: a base class and two kinds.

`InputError`: your input is invalid; change it. `RunError`: a run can't finish, because of the disk, a process or a
damaged file; finished runs are kept. Commands end with exit code 2 after the first, 1 after the second.
"""

from __future__ import annotations


class ZerosumError(Exception):
    """Base of all errors; the message says what is wrong, where, and how to fix it.

    Parameters
    ----------
    *said
        the message
    python : str
        the fix in Python, if it differs from that on the command line; ends the message
    typed : str
        the fix on the command line

    Attributes
    ----------
    typed : str
        the message for the command line; ``str(error)`` is that for Python

    Examples
    --------
    >>> from zerosum import ZerosumError, load_scenario
    >>> try:
    ...     load_scenario("workshop", {"market.saturation": 55})
    ... except ZerosumError as error:
    ...     print("can't be used" if "saturation" in str(error) else error)
    can't be used
    """

    def __init__(self, *said: object, python: str = "", typed: str = "") -> None:
        super().__init__(*said)
        self._python, self._typed = python, typed

    def __str__(self) -> str:
        return super().__str__() + self._python

    @property
    def typed(self) -> str:
        """The message for the command line."""
        return str(self).removesuffix(self._python) + self._typed


class InputError(ZerosumError, ValueError):
    """The input is invalid: a file, a key, a value, a name, a folder with other content."""


class RunError(ZerosumError):
    """A run can't finish, or stored data were changed or damaged."""


class StoreError(RunError):
    """Results can't be written or read; the message says where and why."""


class ExecutorError(RunError):
    """Worker processes can't be started, can't be reached, or died."""


class Interrupted(RunError):
    """The user stopped the command.

    Parameters
    ----------
    done, wanted : int
        runs finished and requested
    what : str
        the unit that is counted
    """

    def __init__(self, done: int, wanted: int, what: str = "replications") -> None:
        super().__init__(done, wanted, what)
        self.done, self.wanted, self.what = done, wanted, what

    def __str__(self) -> str:
        return f"stopped after {self.done:,} of {self.wanted:,} {self.what}"
