"""Connections: how many there may be, and how long the other end may take over each.

uvicorn waits without limit for the rest of a request and for whoever reads an answer slowly, and counts only those
connections that have sent a request. So half a request, sent a thousand times, would shut everybody out.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 1_000
"""Connections at a time, where the system allows as many files."""
MOST_OF_ADDRESS = 400
"""Of one address. A class may sit behind one: 40 browsers with six connections each are 240; a second window for each
speaker's notes, and connections that browsers open beforehand, come on top."""
FILES = 64
"""Files that the process needs for anything else."""
BACKLOG = 256
"""Connections that the system accepts before the process has seen them."""

HEAD_PATIENCE = 10.0
"""Seconds within which a request's head must have come, from its first byte or from the connection on."""
BODY_PATIENCE = 12.0
"""Seconds within which its body must have come: a little longer than the application waits for it."""
REST_PATIENCE = 2.0
"""Seconds that are left to a body that nobody wants any more, so that the answer is read before the end."""
READ_PATIENCE = 20.0
"""Seconds within which a full buffer of an answer must have been read."""
CLOSE_PATIENCE = 10.0
"""Seconds within which what was left must have been read, when the connection is closed."""
SWEEP = 0.5
"""Seconds between two looks at all connections."""


class Connection(H11Protocol):
    """A connection that is closed when the other end takes too long.

    Parameters
    ----------
    connections : Connections
        those of this server
    config, server_state, app_state, _loop
        uvicorn's
    """

    def __init__(self, connections: Connections, *, app_state: dict[str, Any], **rest: Any) -> None:
        # Each request's state names its connection, so that the guard can tell whom it has let in.
        super().__init__(app_state={**app_state, "connection": self}, **rest)
        self.connections_here = connections
        self.proven = False
        self.origin = ""
        self._owed: tuple[str, float] | None = None  # what the other end owes, and since when
        self._unread_since: float | None = None
        self._closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; the head of a first request is owed."""
        super().connection_made(transport)
        self.origin = origin_of(self.client[0] if self.client else "")
        self._owed = ("head", self.loop.time())
        self.connections_here.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.connections_here.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what has come, and note what is still owed."""
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        """Go on after an answer; what is left of the request's body is wanted no more."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._owed = ("rest", self.loop.time())
        else:
            self._note()

    def pause_writing(self) -> None:
        """Wait for a reader."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """Go on: it has read."""
        super().resume_writing()
        self._unread_since = None

    def prove(self) -> None:
        """Note that a request of this connection was let in."""
        if not self.proven and self.connections_here.remove(self):
            self.proven = True
            self.connections_here.put(self)

    @property
    def idle(self) -> bool:
        """Whether no request is under way."""
        return self._owed is None and self.conn.our_state is h11.IDLE

    def is_late(self, now: float) -> bool:
        """Tell whether the other end has taken too long."""
        if self.transport.is_closing():
            self._closing_since = self._closing_since or now
            return now - self._closing_since > CLOSE_PATIENCE
        if self._unread_since is not None and now - self._unread_since > READ_PATIENCE:
            return True
        if self._owed is None:
            return False
        what, since = self._owed
        return now - since > {"head": HEAD_PATIENCE, "body": BODY_PATIENCE, "rest": REST_PATIENCE}[what]

    def _note(self) -> None:
        """Note what is owed now. What goes on being owed is owed since it was first: a trickle gains no time."""
        if self.conn.their_state is h11.SEND_BODY:
            owed = "body"
        elif self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            owed = "head"
        else:
            self._owed = None
            return
        before = self._owed[0] if self._owed else ""
        if before != owed and (before, owed) != ("rest", "body"):
            self._owed = (owed, self.loop.time())


class Connections:
    """All connections of a server: they have places, and give them up to others.

    Parameters
    ----------
    most : int
        connections at a time; of one address fewer, see MOST_OF_ADDRESS
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.most_of_address = min(MOST_OF_ADDRESS, most * 3 // 4)
        # Address -> connections, oldest first: those of which no request was let in yet, and the others.
        self._unproven: dict[str, dict[Connection, None]] = {}
        self._proven: dict[str, dict[Connection, None]] = {}
        self._count = 0
        self._sweeping = False

    def __len__(self) -> int:
        return self._count

    def protocol(self) -> Callable[..., Connection]:
        """Return what makes connections, as uvicorn calls it."""
        return lambda **rest: Connection(self, **rest)

    def add(self, new: Connection) -> None:
        """Give a connection a place; where there is none left, the least useful one loses its own."""
        of_address = len(self._unproven.get(new.origin, ())) + len(self._proven.get(new.origin, ()))
        if of_address >= self.most_of_address:
            gone = self._least_useful([new.origin])
        elif self._count >= self.most:
            gone = self._least_useful({*self._unproven, *self._proven})
        else:
            gone = None
        if gone is None and (of_address >= self.most_of_address or self._count >= self.most):
            new.transport.abort()
            return
        if gone is not None:
            self.remove(gone)
            gone.transport.abort()
        self.put(new)
        if not self._sweeping:
            self._sweeping = True
            new.loop.call_later(SWEEP, self._sweep, new.loop)

    def put(self, connection: Connection) -> None:
        """Count a connection."""
        kind = self._proven if connection.proven else self._unproven
        kind.setdefault(connection.origin, {})[connection] = None
        self._count += 1

    def remove(self, connection: Connection) -> bool:
        """Count a connection no more; False if it was not counted, because it had to give up its place."""
        kind = self._proven if connection.proven else self._unproven
        here = kind.get(connection.origin, {})
        if connection not in here:
            return False
        del here[connection]
        self._count -= 1
        if not here:
            del kind[connection.origin]
        return True

    def _least_useful(self, origins: Iterable[str]) -> Connection | None:
        """Return the oldest that has shown nothing, of the address with most of these; else the oldest that is idle."""
        origins = list(origins)
        unproven = [self._unproven[origin] for origin in origins if origin in self._unproven]
        if unproven:
            fullest = max(unproven, key=len)
            return next(iter(fullest))
        proven = (one for origin in origins for one in self._proven.get(origin, ()) if one.idle)
        return next(proven, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the connections whose other end has taken too long."""
        now = loop.time()
        for kind in (self._unproven, self._proven):
            for one in [one for here in kind.values() for one in here if one.is_late(now)]:
                one.transport.abort()
        if self._count:
            loop.call_later(SWEEP, self._sweep, loop)
        else:
            self._sweeping = False


def origin_of(host: str) -> str:
    """Return what counts as one address: an IPv6 network hands out as many as one likes."""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host


def places() -> tuple[int, int]:
    """Return how many connections there can be, and how many may wait to be accepted; allow more files if need be."""
    wanted = MOST + BACKLOG + FILES
    limit = _files_allowed(wanted)
    if limit >= wanted:
        return MOST, BACKLOG
    backlog = max(8, min(BACKLOG, limit // 4))
    return max(8, min(MOST, limit - backlog - FILES)), backlog


def _files_allowed(wanted: int) -> int:
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted
    more = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if more <= soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
    except (OSError, ValueError):
        return soft
    return more
