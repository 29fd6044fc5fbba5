"""Serve the workshop: its address, socket, and token for clients on other machines."""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from zerosum.errors import RunError
from zerosum.workshop.connections import Connections, places
from zerosum.workshop.guard import Guard

PORT = 8765
"""Default port, if it is free."""
TRIED = 20
"""Further ports to try."""
GRACE = 2
"""Seconds for running answers to end."""
TOKEN_BYTES = 16


class AddressError(RunError):
    """There can be no server at this address; the message says why."""


@dataclass(frozen=True)
class Address:
    """A listening socket and its address.

    Attributes
    ----------
    link : str
        for a browser, with the token if one is required
    hosts : frozenset
        allowed names of this server
    token : str or None
    moved : bool
        another port than the default one, which is taken
    """

    socket: socket.socket
    link: str
    hosts: frozenset[str]
    token: str | None
    moved: bool


def listen(host: str, port: int | None) -> Address:
    """Open a listening socket.

    Parameters
    ----------
    host : str
        name or address; all except loopback require a token
    port : int, optional
        if not given, the default port, or the next free one

    Raises
    ------
    AddressError
    """
    wanted = [port] if port is not None else [*range(PORT, PORT + TRIED), 0]
    for number in wanted:
        try:
            bound = _bound(host, number)
        except OSError as error:
            if error.errno == errno.EADDRINUSE and number != wanted[-1]:
                continue
            raise AddressError(_why_not(host, number, error)) from None
        break
    address, got = bound.getsockname()[:2]
    local = _is_loopback(address)
    token = None if local else secrets.token_urlsafe(TOKEN_BYTES)
    names = _names(host, address)
    link = f"http://{_in_link(names[0])}:{got}/" + (f"?token={token}" if token else "")
    hosts = frozenset(f"{_in_link(name).lower()}:{got}" for name in names)
    if got == 80:
        hosts |= {_in_link(name).lower() for name in names}
    return Address(bound, link, hosts, token, port is None and got != PORT)


def serve(app: ASGIApp, address: Address, on_ready: Callable[[], None]) -> None:
    """Answer until Ctrl-C, or until a signal whose handler raises ``KeyboardInterrupt``.

    Raises
    ------
    KeyboardInterrupt
        on Ctrl-C, once all is closed
    """
    most, backlog = places()
    config = uvicorn.Config(
        Guard(app, address.hosts, address.token),
        http=Connections(most).protocol(),  # type: ignore[arg-type]  # any factory of protocols works
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="error",
        server_header=False,
        date_header=False,
        proxy_headers=False,
        backlog=backlog,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=16_384,
    )
    address.socket.listen(config.backlog)
    on_ready()
    uvicorn.Server(config).run([address.socket])


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    found = socket.socket(family, kind, protocol)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows would let two servers share a port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(where)
        found.listen()
    except OSError:
        found.close()
        raise
    return found


def _why_not(host: str, port: int | None, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"--host {host}: there is no such name or address here"
    if error.errno == errno.EADDRINUSE:
        return f"--port {port}: something else is there; name another port, or none"
    if error.errno == errno.EACCES:
        return f"--port {port}: this system lets not everybody have it; name one from 1024 to 65535"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"--host {host}: this is not an address of this machine"
    return f"--host {host} --port {port}: {(error.strerror or str(error)).lower()}"


def _is_loopback(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_loopback


def _names(host: str, address: str) -> list[str]:
    """Return the allowed names of this server, the best one first. Never just any name: see ``guard.py``."""
    if _is_loopback(address):
        return list(dict.fromkeys([address, "127.0.0.1", "localhost", "::1"]))
    if not ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        return list(dict.fromkeys([host, address]))
    own = socket.gethostname()
    return list(dict.fromkeys([*_own_addresses(), own, f"{own}.local", "127.0.0.1", "localhost", "::1"]))


def _own_addresses() -> list[str]:
    """Return the addresses by which others reach this machine, the one of the network first."""
    found = []
    for family, target in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((target, 9))  # sends nothing, only finds the route
                found.append(probe.getsockname()[0])
        except OSError:
            continue
    with contextlib.suppress(OSError):
        found += [info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None)]
    return [str(address) for address in dict.fromkeys(found) if not _is_loopback(str(address))]


def _in_link(name: str) -> str:
    return f"[{name}]" if ":" in name else name
