"""`zerosum play` as a command: addresses, faults in words, and an end."""

from __future__ import annotations

import contextlib
import re
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import zerosum
from tests.workshop.asking import ask
from tests.workshop.conftest import playing
from zerosum.cli import terminal
from zerosum.errors import InputError
from zerosum.workshop import serve
from zerosum.workshop.serve import AddressError, listen


@contextlib.contextmanager
def occupied() -> Iterator[int]:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def test_a_port_that_is_taken_is_told() -> None:
    with occupied() as port:
        said = zerosum("play", "--no-browser", "--port", str(port), code=1).output
    assert f"--port {port}: something else is there" in said


def test_without_a_port_the_next_free_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with occupied() as port:
        monkeypatch.setattr(serve, "PORT", port)
        address = listen("127.0.0.1", None)
        with address.socket:
            assert address.moved
            assert address.socket.getsockname()[1] != port


def test_this_machine_needs_no_token_and_all_others_do() -> None:
    for host, wanted in (("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)):
        address = listen(host, None)
        with address.socket:
            assert (address.token is not None) == wanted
            assert (f"token={address.token}" in address.link) == wanted
            assert all("evil" not in name for name in address.hosts)
    assert len({listen("0.0.0.0", None).token for _ in range(3)}) == 3


@pytest.mark.parametrize("host", ["no.such.host.invalid", "203.0.113.7"])
def test_an_address_that_is_not_here_is_told(host: str) -> None:
    with pytest.raises(AddressError, match=f"--host {host}"):
        listen(host, None)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("no-such-scenario",), "there is no such file or shipped scenario"),
        (("--lesson", "kickof"), "did you mean 'kickoff'?"),
        (("kickoff", "--lesson", "kickoff"), "this scenario has none"),
        (("--port", "70000"), "70000"),
        (("--set", "market.saturation=2"), "market.saturation"),
    ],
)
def test_what_is_wrong_is_told_before_anything_starts(words: tuple[str, ...], said: str) -> None:
    assert said in zerosum("play", "--no-browser", *words, code=2).output


def test_something_is_said_before_anything_takes_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*_: object) -> None:
        raise InputError("as far as this")

    monkeypatch.setattr("zerosum.scenario.load_scenario", load)
    assert zerosum("play", "--no-browser", code=2).output.startswith("Starting the workshop …\n")


def test_who_waits_is_told_for_what_and_how_long(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(terminal, "A_WHILE", 0.01)
    with terminal.working("Compiling the engine"):
        time.sleep(0.1)
    first, second, *_ = capsys.readouterr().err.splitlines()
    assert first == "Compiling the engine …"
    assert re.fullmatch(r"Compiling the engine: \d+ s so far", second)


@pytest.mark.parametrize(
    ("sign", "code", "said"),
    [
        pytest.param(signal.SIGINT, 0, "The workshop is closed.", marks=pytest.mark.slow),
        (signal.SIGTERM, 143, "The workshop is closed by SIGTERM."),
        pytest.param(signal.SIGHUP, 129, "The workshop is closed by SIGHUP.", marks=pytest.mark.slow),
    ],
)
def test_it_ends_when_asked_and_leaves_nobody_behind(sign: signal.Signals, code: int, said: str) -> None:
    """One of them here; test_cli_process has each signal, and the wheel's test ends a workshop by Ctrl-C."""
    with playing("--lesson", "red-queen") as (link, child):
        assert link.endswith("?lesson=red-queen")
        assert ask(link, "/").status == 200
        engines = children(child.pid)
        assert engines
        child.send_signal(sign)
        assert child.wait(timeout=20) == code
        assert child.stderr is not None
        assert said in child.stderr.read()
        gone(engines)


def test_engines_end_with_their_parent_however_it_ends() -> None:
    with playing() as (_, child):
        engines = children(child.pid)
        assert engines
        child.kill()
        child.wait(timeout=20)
        gone(engines)


def children(parent: int) -> list[int]:
    """Processes of a process, where the system tells."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = status.read_text().rpartition(")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(status.parent.name))
    if not found and not Path("/proc/self/stat").exists():
        pytest.skip("this system doesn't tell which processes there are")
    return found


def gone(processes: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(alive(one) for one in processes):
        assert time.monotonic() < deadline, "processes were left behind"
        time.sleep(0.1)


def alive(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
