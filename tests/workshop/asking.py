"""Questions to a workshop as anybody could send them, well or ill."""

from __future__ import annotations

import http.client
import json
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from zerosum.workshop.state import State


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> str:
        return str(self.json["error"])


def ask(
    server: str,
    path: str,
    body: bytes | str | None = None,
    method: str | None = None,
    **headers: str | None,
) -> Answer:
    """Send a request; a header given as None is left out. A body is JSON, unless it is said to be something else."""
    where = urlsplit(server)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    sent: dict[str, str | None] = {"Host": where.netloc}
    if body is not None:
        body = body.encode() if isinstance(body, str) else body
        sent |= {"Content-Type": "application/json", "Content-Length": str(len(body))}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        verb = method or ("GET" if body is None else "POST")
        connection.putrequest(verb, path, skip_host=True, skip_accept_encoding=True)
        for name, value in sent.items():
            if value is not None:
                connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def year(server: str, state: State, **headers: str | None) -> Answer:
    """Ask for a year."""
    return ask(server, "/api/year", state.model_dump_json(), **headers)
