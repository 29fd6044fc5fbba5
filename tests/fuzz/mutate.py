"""From a good TOML text to a bad one, as hands, editors and copying spoil files."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

EXTREMES = (
    *(
        "0",
        "-1",
        "1",
        "2",
        "0.0",
        "-0.0",
        "0.5",
        "1.0",
        "1e-300",
        "1e300",
        "-1e300",
        "1e308",
        "1e400",
        "5e-324",
    ),
    *("nan", "-nan", "inf", "-inf", "9223372036854775807", "-9223372036854775808", "9223372036854775808"),
    *(
        "9" * 400,
        "9" * 5000,
        "0x" + "f" * 600,
        "1_000_000",
        "1000000000000",
        "0o7",
        "0b1",
        "1979-05-27",
        "07:32:00",
    ),
)
WRONG = (
    *(
        "true",
        "false",
        "True",
        "None",
        "null",
        "'0.5'",
        '"3"',
        '""',
        "''",
        "'x'",
        "[]",
        "{}",
        "[1]",
        "[[1]]",
        "[nan]",
    ),
    *(
        "{ a = 1 }",
        "[{ a = 1 }]",
        "[{ name = 'a' }]",
        "{ name = 'a', name = 'b' }",
        "1979-05-27T07:32:00Z",
        "yes",
    ),
    *(
        "[" * 300 + "]" * 300,
        "[" * 5000,
        "{a=" * 400 + "1" + "}" * 400,
        ".5",
        "1,000",
        "50%",
        "“x”",
        "x",
        "1 2",
    ),
    *(
        "'" + "x" * 5000 + "'",
        "'\u202e\u0000'",
        "'\\u0000'",
        '"\\u0000"',
        '"\\ud800"',
        "'🦜'",
        "'a\tb'",
        '"../../etc/passwd"',
    ),
)
KEYS = (
    "name",
    "scenario",
    "key",
    "a.b.c",
    "'q q'",
    '""',
    "é",
    "a." * 80 + "b",
    "__class__",
    "market",
    "vendors",
    "set",
)

LINE = re.compile(r"^(\s*)([\w.\"'-]+)(\s*=\s*)(.*)$")
NUMBER = re.compile(r"(?<![\w.])-?\d[\d_]*(?:\.\d+)?(?![\w.])")

Change = Callable[[random.Random, str], str]


def _lines(change: Callable[[random.Random, list[str]], None]) -> Change:
    def changed(rng: random.Random, text: str) -> str:
        lines = text.split("\n")
        change(rng, lines)
        return "\n".join(lines)

    return changed


def _pairs(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if LINE.match(line)]


def _heads(lines: list[str]) -> list[int]:
    return [i for i, line in enumerate(lines) if line.startswith("[")]


def _delete(rng: random.Random, lines: list[str]) -> None:
    del lines[rng.randrange(len(lines))]


def _double(rng: random.Random, lines: list[str]) -> None:
    i = rng.randrange(len(lines))
    lines.insert(rng.choice((i, rng.randrange(len(lines)))), lines[i])


def _swap(rng: random.Random, lines: list[str]) -> None:
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]


def _value(choices: tuple[str, ...]) -> Callable[[random.Random, list[str]], None]:
    def change(rng: random.Random, lines: list[str]) -> None:
        if pairs := _pairs(lines):
            i = rng.choice(pairs)
            lines[i] = LINE.sub(lambda m: f"{m[1]}{m[2]}{m[3]}", lines[i]) + rng.choice(choices)

    return change


def _key(rng: random.Random, lines: list[str]) -> None:
    """Spell a key otherwise: a letter lost, capitals, blanks, quotes, dots, or another word."""
    if pairs := _pairs(lines):
        i = rng.choice(pairs)
        m = LINE.match(lines[i])
        assert m is not None
        key = m[2]
        at = rng.randrange(len(key))
        spelled = rng.choice(
            (
                key[:at] + key[at + 1 :],
                key.upper(),
                f'"{key}"',
                f" {key} ",
                f"{key}.x",
                f"x.{key}",
                rng.choice(KEYS),
            )
        )
        lines[i] = f"{m[1]}{spelled}{m[3]}{m[4]}"


def _brackets(rng: random.Random, lines: list[str]) -> None:
    if heads := _heads(lines):
        i = rng.choice(heads)
        inner = lines[i].strip("[] ")
        lines[i] = rng.choice(
            (
                f"[{inner}]",
                f"[[{inner}]]",
                f"[{inner}",
                f"{inner}]",
                f"[{inner}.{inner}]",
                f"[ {inner} ]",
                "[]",
                f"({inner})",
            )
        )


def _number(rng: random.Random, text: str) -> str:
    found = list(NUMBER.finditer(text))
    if not found:
        return text
    m = rng.choice(found)
    return text[: m.start()] + rng.choice(EXTREMES) + text[m.end() :]


def _character(rng: random.Random, text: str) -> str:
    at = rng.randrange(len(text) + 1)
    return (
        text[:at]
        + rng.choice(
            (
                '"',
                "'",
                "[",
                "]",
                "{",
                "}",
                "=",
                "#",
                ",",
                ".",
                "\n",
                "\0",
                "\t",
                "é",
                "\u00a0",
                "\u202e",
                "\r",
            )
        )
        + text[at + rng.randint(0, 1) :]
    )


def _append(rng: random.Random, text: str) -> str:
    more = rng.choice(
        (
            "\n[[extra]]\nx = 1\n",
            "\nextends = 'kickoff'\n",
            "\n[market]\nbuyers = 70\n",
            "\nzzz = 1\n",
            f"\n{rng.choice(KEYS)} = 1\n",
            "\n[" + "a." * 60 + "a]\n",
        )
    )
    return rng.choice((text + more, more.strip() + "\n" + text))


TEXT: tuple[Change, ...] = (
    *(_lines(_value(EXTREMES)), _lines(_value(WRONG)), _number, _number),
    *(_lines(_delete), _lines(_double), _lines(_swap), _lines(_key), _lines(_key), _lines(_brackets)),
    *(_character, _character, _append),
)


def _flip(rng: random.Random, content: bytes) -> bytes:
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ (1 << rng.randrange(8))]) + content[at + 1 :]


def _cut(rng: random.Random, content: bytes) -> bytes:
    return content[: rng.randrange(len(content))]


BYTES: tuple[Callable[[random.Random, bytes], bytes], ...] = (
    *(_flip, _flip, _cut),
    lambda _, content: b"\xef\xbb\xbf" + content,
    lambda _, content: content.decode("utf-8", "replace").encode("utf-16"),
    lambda _, content: content.replace(b"\n", b"\r\n"),
    lambda rng, content: content + rng.choice((b"\0", b"\xff\xfe", b"\x1b[31m")),
)


def spoil(rng: random.Random, text: str) -> bytes:
    """Return the text with one to three things wrong in it; now and then with none."""
    for _ in range(rng.choice((0, 1, 1, 1, 1, 2, 2, 3))):
        text = rng.choice(TEXT)(rng, text)
    content = text.encode("utf-8", "surrogatepass")
    if content and rng.random() < 0.2:
        content = rng.choice(BYTES)(rng, content)
    return content


def spoil_override(rng: random.Random) -> str:
    """Return an argument of ``--set``."""
    key = rng.choice(
        (
            "market.buyers",
            "market.saturation",
            "vendors.Alder.reps",
            "vendors.0.reps",
            "vendors.9.reps",
            "segments",
            "market",
            "vendors",
            "comparison.adopters",
            "clock.weeks",
            "market . saturation",
            '"market".buyers',
            "reps.max_open_opportunities",
            "strategies.usual.plan",
            "extends",
            "uncertain",
            "tools",
            "products.Alder.price",
            "quota.stretch",
            "",
            "a.b",
            *KEYS,
        )
    )
    value = rng.choice((*EXTREMES, *WRONG))
    whole = rng.choice(
        (f"{key}={value}",) * 6
        + (key, f"{key}={value}\n{key}={value}", f"={value}", f"{key} = {value} # x", f"{key}=={value}")
    )
    return whole.replace("\0", "")
