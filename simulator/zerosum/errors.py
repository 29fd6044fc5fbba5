"""Every error that zerosum raises on purpose: one base, and two kinds that call for different things.

`InputError` is for what you wrote: change it. `RunError` is for what could not be finished: the disk, a process, a
damaged file; what was finished is kept. Commands end with exit code 2 after the first, 1 after the second.
"""

from __future__ import annotations


class ZerosumError(Exception):
    """Anything that zerosum refuses or can't finish; the message says what, where, and what would help.

    Parameters
    ----------
    *said
        the message
    python : str
        what would help in Python, where that isn't what helps on the command line; ends the message
    typed : str
        what would help on the command line

    Attributes
    ----------
    typed : str
        the message for whoever typed a command; ``str(error)`` is the one for Python

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
        """The message for whoever typed a command."""
        return str(self).removesuffix(self._python) + self._typed


class InputError(ZerosumError, ValueError):
    """What was given can't be used: a file, a key, a value, a name, a folder of something else."""


class RunError(ZerosumError):
    """It could not be finished, or what is there is not as it was written."""


class StoreError(RunError):
    """The results can't be written, or what is there can't be read; the message says where and why."""


class ExecutorError(RunError):
    """The processes that make the runs can't be started, can't be reached, or died."""


class Interrupted(RunError):
    """The user stopped the whole.

    Parameters
    ----------
    done, wanted : int
        runs finished, and asked for
    what : str
        what was counted
    """

    def __init__(self, done: int, wanted: int, what: str = "replications") -> None:
        super().__init__(done, wanted, what)
        self.done, self.wanted, self.what = done, wanted, what

    def __str__(self) -> str:
        return f"stopped after {self.done:,} of {self.wanted:,} {self.what}"
