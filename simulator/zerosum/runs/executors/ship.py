"""Pack a worker process's work, with the rules, effects and metrics that are registered here.

Code in a script or a notebook is sent by value, because a worker doesn't run it; code in a module is sent by name.
"""

from __future__ import annotations

import io
import pickle
from typing import Any

from zerosum.errors import ExecutorError
from zerosum.market.jit import Kernel
from zerosum.scenario.extend import MAIN, add, registered


def ship(payload: Any) -> bytes:
    """Pack a payload for a worker process, with all that is registered here.

    Parameters
    ----------
    payload : object

    Returns
    -------
    bytes
        for :func:`receive`

    Raises
    ------
    ExecutorError
        if a registered extension can't be packed
    """
    extensions = registered()
    for known in extensions:
        try:
            _pickled(known)
        except Exception as error:
            name = f"{known.extension.kind} '{known.extension.name}'"
            raise ExecutorError(
                f"the {name} can't be given to worker processes ({' '.join(str(error).split())[:200]}). Write its "
                "function at the top of a module, without objects such as open files or locks; or make runs in this "
                "process: ",
                python="workers=0",
                typed="--workers 0",
            ) from None
    return _pickled((extensions, payload)) if extensions else pickle.dumps(((), payload))


def receive(content: bytes) -> Any:
    """Unpack what :func:`ship` packed, and register the extensions in it.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    object
        the payload
    """
    known, payload = pickle.loads(content)
    for extension, package in known:
        add(extension, package)
    return payload


def _pickled(payload: Any) -> bytes:
    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, found: Any) -> Any:
            if isinstance(found, Kernel) and found.__module__ in MAIN:
                return Kernel, (found.py_func, found.inline)
            return super().reducer_override(found)

    buffer = io.BytesIO()
    Pickler(buffer).dump(payload)
    return buffer.getvalue()
