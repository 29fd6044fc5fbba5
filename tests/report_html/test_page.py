"""The page as a file: it stands alone, holds no one's script, is the same each time, and is built as HTML should be."""

from __future__ import annotations

import html.parser
import itertools
import re
from collections import Counter

import pytest

from tests.report_html.conftest import HOSTILE, LONG, Made, run
from zerosum.report.policy import write_policy

VOID = {"meta", "link", "br", "wbr", "img", "hr", "input"}
MOST = 1_000_000
"""Bytes."""


class Tree(html.parser.HTMLParser):
    """All elements with what encloses them, all attributes, and what was closed where nothing was open."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, int, dict[str, str]]] = []
        self.words: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.amiss: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, len(self.open), {name: value or "" for name, value in attributes}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, len(self.open), {name: value or "" for name, value in attributes}))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.amiss.append(f"</{tag}> at {self.getpos()}")

    def handle_data(self, data: str) -> None:
        if self.open:
            self.words.append((self.open[-1], data))

    def named(self, *tags: str) -> list[dict[str, str]]:
        return [attributes for tag, _, attributes in self.elements if tag in tags]


@pytest.fixture(scope="module")
def tree(awkward: Made) -> Tree:
    return Tree(awkward.text)


def test_refers_to_nothing_but_itself(tree: Tree, awkward: Made) -> None:
    targets = {attributes["id"] for _, _, attributes in tree.elements if "id" in attributes}
    for _, _, attributes in tree.elements:
        for name in ("src", "srcset", "href", "xlink:href", "action", "poster", "data", "background"):
            address = attributes.get(name)
            if address is not None and address != "data:,":  # an empty icon, so that no browser asks for one
                assert address.startswith("#")
                assert address[1:] in targets
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert all(inner.startswith("#") for inner in re.findall(r"url\(([^)]*)\)", value))
            assert set(re.findall(r"url\(#([^)]*)\)", value)) <= targets
    style = "".join(words for tag, words in tree.words if tag == "style")
    assert style
    assert "@import" not in style
    assert "url(" not in style
    assert not tree.named("script", "iframe", "object", "embed", "img", "audio", "video", "form", "base")
    assert "//" not in re.sub(r"docs/\w+", "", awkward.text.replace("</title></style>", "")).replace(
        "http://", "?"
    )


def test_its_policy_names_its_own_style_and_no_script(tree: Tree) -> None:
    (policy,) = (meta["content"] for meta in tree.named("meta") if "http-equiv" in meta)
    (style,) = (words for tag, words in tree.words if tag == "style")
    assert policy == write_policy(styles=[style])
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy
    assert [tag for tag, _, attributes in tree.elements if "style" in attributes] == []


def test_is_small(awkward: Made, plain: Made) -> None:
    assert len(awkward.text.encode()) < MOST
    assert len(plain.text.encode()) < MOST / 4


def test_every_element_is_closed_where_it_was_opened(tree: Tree) -> None:
    assert tree.amiss == []
    assert tree.open == []


def test_ids_are_given_once(tree: Tree) -> None:
    ids = Counter(attributes["id"] for _, _, attributes in tree.elements if "id" in attributes)
    assert [name for name, times in ids.items() if times > 1] == []


def test_what_the_user_wrote_is_text(tree: Tree, awkward: Made) -> None:
    assert "<script" not in awkward.text
    titles = ["".join(w for t, w in tree.words if t == tag) for tag in ("title", "h1")]
    assert all(HOSTILE in title for title in titles)
    command = "".join(words for tag, words in tree.words if tag == "code")
    assert "a scenario & more.toml" in command


def test_says_language_and_viewport(tree: Tree, awkward: Made) -> None:
    assert awkward.text.startswith("<!DOCTYPE html>\n<html")
    assert tree.named("html") == [{"lang": "en"}]
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in tree.named("meta")
    assert tree.named("meta")[0] == {"charset": "utf-8"}


def test_headings_follow_each_other(tree: Tree) -> None:
    levels = [int(tag[1]) for tag, _, _ in tree.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert max(levels) == 3
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_every_figure_can_be_heard(tree: Tree) -> None:
    drawings = tree.named("svg")
    assert len(drawings) > 20
    for attributes in drawings:
        if attributes.get("aria-hidden") == "true":
            assert attributes["class"] == "mark"
            continue
        assert attributes["role"] == "img"
        assert len(attributes["aria-label"]) > 40
    assert len(tree.named("figure")) == len(tree.named("figcaption"))


def test_every_table_has_a_caption_and_headings(tree: Tree) -> None:
    tables, captions = tree.named("table"), tree.named("caption")
    assert len(tables) == len(captions) > 8
    heads = tree.named("th")
    assert {attributes["scope"] for attributes in heads} == {"row", "col"}


def test_sections_come_in_the_order_of_a_meeting(tree: Tree) -> None:
    sections = [attributes["id"] for attributes in tree.named("section")]
    assert sections == [
        "answer",
        "strategies",
        "money",
        "figures",
        "helped",
        "misses",
        "why",
        "decision",
        "assumed",
        "again",
        "words",
    ]
    linked = [attributes["href"][1:] for attributes in tree.named("a")]
    assert set(sections) <= set(linked)


def test_all_strategies_and_adopters_are_there(tree: Tree) -> None:
    words = " ".join(words for _, words in tree.words)
    for name in ("usual", "shots", "social-and-preparation", LONG, "large.accounts"):
        assert name in words
    assert "Adopters 'head-to-head'" in words
    assert words.count("What each strategy is worth") == 2
    names = {attributes.get("id", "") for attributes in tree.named("figure")}
    assert {"differences-focal", "gains"} | {
        "quota-focal",
        "quantiles-focal",
        "share-focal",
        "hours-focal",
        "money-focal",
    } <= names
    assert {"thirds-focal", "segments-focal"} <= names


def test_tells_why_or_how_to_ask(awkward: Made, plain: Made) -> None:
    assert 'id="causes"' in plain.text
    assert "with a different result" in plain.text
    assert "zerosum deals" in awkward.text.split('id="again"')[1]


def test_no_command_stands_in_an_answer(awkward: Made, plain: Made) -> None:
    for made in (awkward, plain):
        answer = made.text.split('id="answer"')[1].split("<nav")[0]
        before, after = made.text.split("</head>")[1].split('id="again"')
        assert not re.search(r"zerosum|--|\s-[a-z]", re.sub("<svg.*?</svg>", "", answer))
        assert not re.search("zerosum (compare|deals|report|map)", before)
        assert "zerosum compare" in after


def test_says_how_it_was_made(awkward: Made) -> None:
    assert "zerosum compare" in awkward.text
    assert "zerosum results verify" in awkward.text
    assert "seed 2013" in awkward.text


def test_same_results_same_bytes(plain: Made) -> None:
    other = plain.folder / "again" / "page.html"
    run("report", plain.folder, "--out", other)
    assert other.read_bytes() == plain.page.read_bytes()


def test_no_line_ends_between_a_number_and_its_unit(tree: Tree) -> None:
    shown = [words for tag, words in tree.words if tag not in ("style", "code", "title", "text")]
    assert not [words for words in shown if re.search(r"\d (%|pp|k|M)(?![A-Za-z])", words)]
