"""Limit connections: how many there may be, and how long a client may take.

uvicorn waits without limit for the rest of a request and for slow readers, and counts only connections that have sent
a request. So a thousand half-sent requests would block all other clients.
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Callable, Iterable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MOST = 1_000
"""Maximum connections, if the system allows as many files."""
MOST_OF_ADDRESS = 400
"""Maximum for one address. A class may share one: 40 browsers with six connections each are 240, plus second windows
for speakers' notes, and connections that browsers open in advance."""
FILES = 64
"""Files that the process needs besides connections."""
BACKLOG = 256
"""Connections that the system queues before the process accepts them."""

HEAD_PATIENCE = 10.0
"""Seconds within which a request's head must arrive, from its first byte or from the connection on."""
BODY_PATIENCE = 12.0
"""Seconds within which its body must arrive: a little longer than the application waits for it."""
REST_PATIENCE = 2.0
"""Seconds for the rest of a body after the answer, so that the client reads the answer before the close."""
READ_PATIENCE = 20.0
"""Seconds within which a full buffer of an answer must be read."""
CLOSE_PATIENCE = 10.0
"""Seconds within which the rest must be read, when the connection is closed."""
SWEEP = 0.5
"""Seconds between two checks of all connections."""


class Connection(H11Protocol):
    """A connection that is closed if the client takes too long.

    Parameters
    ----------
    connections : Connections
        those of this server
    config, server_state, app_state, _loop
        uvicorn's
    """

    def __init__(self, connections: Connections, *, app_state: dict[str, Any], **rest: Any) -> None:
        # Each request's state has its connection, so that the guard can mark it as accepted.
        super().__init__(app_state={**app_state, "connection": self}, **rest)
        self.connections_here = connections
        self.proven = False
        self.origin = ""
        self._owed: tuple[str, float] | None = None  # what the client must still send, and since when
        self._unread_since: float | None = None
        self._closing_since: float | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start; the client must send the head of a first request."""
        super().connection_made(transport)
        self.origin = origin_of(self.client[0] if self.client else "")
        self._owed = ("head", self.loop.time())
        self.connections_here.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.connections_here.remove(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Receive data, and note what the client must still send."""
        super().data_received(data)
        self._note()

    def on_response_complete(self) -> None:
        """Continue after an answer; the rest of the request's body is ignored."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY:
            self._owed = ("rest", self.loop.time())
        else:
            self._note()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._unread_since = self.loop.time()

    def resume_writing(self) -> None:
        """Continue: the client has read."""
        super().resume_writing()
        self._unread_since = None

    def prove(self) -> None:
        """Note that a request of this connection was accepted."""
        if not self.proven and self.connections_here.remove(self):
            self.proven = True
            self.connections_here.put(self)

    @property
    def idle(self) -> bool:
        """Whether no request is in progress."""
        return self._owed is None and self.conn.our_state is h11.IDLE

    def is_late(self, now: float) -> bool:
        """Return whether the client has taken too long."""
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
        """Note what the client must send now. For the same thing the start stays: sending slowly gains no time."""
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
    """All connections of a server, up to a limit; new ones replace the least useful.

    Parameters
    ----------
    most : int
        connections at a time; of one address fewer, see MOST_OF_ADDRESS
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.most_of_address = min(MOST_OF_ADDRESS, most * 3 // 4)
        # Address -> connections, oldest first: those without an accepted request so far, and the others.
        self._unproven: dict[str, dict[Connection, None]] = {}
        self._proven: dict[str, dict[Connection, None]] = {}
        self._count = 0
        self._sweeping = False

    def __len__(self) -> int:
        return self._count

    def protocol(self) -> Callable[..., Connection]:
        """Return the factory of connections for uvicorn."""
        return lambda **rest: Connection(self, **rest)

    def add(self, new: Connection) -> None:
        """Add a connection; if the limit is reached, drop the least useful one."""
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
        """Stop counting a connection; False if it was not counted, because it was dropped."""
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
        """Return the oldest without an accepted request, of the address with most of these; else the oldest idle."""
        origins = list(origins)
        unproven = [self._unproven[origin] for origin in origins if origin in self._unproven]
        if unproven:
            fullest = max(unproven, key=len)
            return next(iter(fullest))
        proven = (one for origin in origins for one in self._proven.get(origin, ()) if one.idle)
        return next(proven, None)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        """Close the connections whose client has taken too long."""
        now = loop.time()
        for kind in (self._unproven, self._proven):
            for one in [one for here in kind.values() for one in here if one.is_late(now)]:
                one.transport.abort()
        if self._count:
            loop.call_later(SWEEP, self._sweep, loop)
        else:
            self._sweeping = False


def origin_of(host: str) -> str:
    """Return what counts as one address; for IPv6 the network, because a client can have any number of addresses."""
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
    """Return the maximum of connections and of those that wait to be accepted; raise the file limit if needed."""
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
