"""Where the page stands outlives a reload, follows Back, and can be sent; what an address says wrongly is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.workshop.browser.conftest import SIZES, Opened, shown
from tests.workshop.browser.test_flow import fast, press


def reload(page: Page) -> None:
    page.reload()
    shown(page)


def query(page: Page) -> str:
    return str(page.evaluate("location.search"))


def bets(page: Page) -> list[str]:
    return page.locator("#vote-dialog .number").all_inner_texts()


def test_a_reload_loses_nothing_of_a_lesson(opened: Opened) -> None:
    page = opened("?lesson=kickoff")
    fast(page)
    press(page, "PageDown", "a", "a", "b")
    expect(page.locator("#vote-dialog .number")).to_have_text(["2", "1"])
    # While the room bets.
    reload(page)
    expect(page.locator("#lesson-step")).to_contain_text("step 2 of 7")
    expect(page.locator("#vote-dialog .number")).to_have_text(["2", "1"])
    assert page.locator("#speed").input_value() == "8"
    press(page, "Enter")
    # While it is asked again.
    expect(page.locator("#vote-dialog .over")).to_have_text("Week 12: change your bet?")
    press(page, "b")
    reload(page)
    expect(page.locator("#lesson-step")).to_contain_text("step 3 of 7")
    expect(page.locator("#vote-dialog .over")).to_have_text("Week 12: change your bet?")
    expect(page.locator("#vote-dialog .number")).to_have_text(["2", "2"])
    press(page, "Escape", "End")
    board = page.inner_text("#board")
    assert re.search(r"2 of 3 called it|1 of 3 called it", board)
    # And once it is over.
    reload(page)
    expect(page.locator("#week-number")).to_have_text("52")
    assert page.inner_text("#board") == board


def test_what_is_hidden_stays_hidden(opened: Opened) -> None:
    page = opened()
    press(page, "End", "h")
    page.wait_for_timeout(400)
    reload(page)
    expect(page.locator("#week-number")).to_have_text("52")
    assert page.evaluate("document.getElementById('stage').classList.contains('hidden')")
    expect(page.locator("#verdict")).to_be_hidden()


def test_other_settings_are_not_taken_for_those_that_were_bet_on(opened: Opened, server: str) -> None:
    page = opened()
    press(page, "v", "a", "Escape", "End")
    expect(page.locator("#board .called")).to_have_count(1)
    page.goto(f"{server}#A=usual&B=shots&adopters=focal&year=4")
    expect(page.locator("#week-number")).to_have_text("0")
    press(page, "End")
    expect(page.locator("#board h3")).to_have_text("Bets on earlier settings")
    expect(page.locator("#board .called")).to_have_count(0)


def test_a_lesson_and_its_step_are_in_the_address(opened: Opened) -> None:
    page = opened()
    press(page, "n")
    page.locator(".lessons button").nth(1).click()
    expect(page.locator("#lesson-step")).to_contain_text("step 1 of 6")
    assert query(page) == "?lesson=red-queen&step=1"
    press(page, "PageDown", "Escape", "PageDown")
    assert query(page) == "?lesson=red-queen&step=3"
    expect(page.locator("#stage")).to_have_attribute("data-state", re.compile("usual"))
    state = page.get_attribute("#stage", "data-state")
    other = opened(query(page) + str(page.evaluate("location.hash")))
    expect(other.locator("#lesson-step")).to_contain_text("step 3 of 6")
    assert other.get_attribute("#stage", "data-state") == state
    press(page, *["PageDown", "Escape"] * 4)
    expect(page.locator("#lesson")).to_be_hidden()
    assert query(page) == ""


def test_back_turns_pages_back_and_asks_before_it_leaves(opened: Opened) -> None:
    page = opened()
    press(page, "n")
    page.locator(".lessons button").first.click()
    expect(page.locator("#lesson-step")).to_contain_text("step 1 of")
    press(page, "PageDown")
    expect(page.locator("#vote-dialog")).to_be_visible()
    press(page, "a", "Escape")
    expect(page.locator("#vote-dialog")).to_be_hidden()
    press(page, "PageDown", "Escape")
    expect(page.locator("#lesson-step")).to_contain_text("step 3 of")
    page.go_back()
    expect(page.locator("#lesson-step")).to_contain_text("step 2 of")
    # The bets of that step still stand.
    expect(page.locator("#vote-dialog .number")).to_have_text(["1", "0"])
    page.go_back()
    expect(page.locator("#vote-dialog")).to_be_hidden()
    expect(page.locator("#lesson-step")).to_contain_text("step 1 of")
    page.go_forward()
    expect(page.locator("#lesson-step")).to_contain_text("step 2 of")
    page.go_back()
    page.go_back()
    expect(page.locator("#lesson")).to_be_hidden()
    page.go_back()
    expect(page.locator("#notice")).to_contain_text("Once more Back leaves the workshop")
    expect(page.locator("#stage")).to_be_visible()
    # Whoever goes on is asked again the next time.
    press(page, "ArrowRight")
    page.go_back()
    expect(page.locator("#notice")).to_contain_text("Once more Back leaves the workshop")
    expect(page.locator("#week-number")).to_have_text("1")


WRONG = {
    "#year=1e9": "year=1e9: years are whole numbers from 0 to 9999",
    "#year=-1": "year=-1: years are whole numbers from 0 to 9999",
    "#year=NaN": "year=NaN: years are whole numbers from 0 to 9999",
    "#year=10000": "year=10000: years are whole numbers from 0 to 9999",
    "#year=1.5": "year=1.5: years are whole numbers from 0 to 9999",
    "#year=": "year=: years are whole numbers from 0 to 9999",
    "#adopters=mars": "adopters=mars: there is no such choice; there are focal, competitors, all and head-to-head",
    "#equal=2": "equal=2: it is 0 or 1",
    "#B=": "B=: there is no such strategy; there are usual, shots and social-and-preparation",
    "#A.tools.dialler.boost=3": "A.tools.dialler.boost=3: it goes from 0 to 2",
    "#A.tools.dialler.boost=Infinity": "A.tools.dialler.boost=Infinity: it goes from 0 to 2",
    "#tools.dialler.boost=1": "tools.dialler.boost=1: there is no such setting; there are A, B, adopters, year, equal, "
    "and the sliders of “What if…”",
    "#A.label=" + "x" * 29: "A.label=" + "x" * 29 + ": a name has 1 to 28 letters",
    "#year=1&year=2": "year=2: it is said twice; the first counts",
    "#" + "x" * 99 + "=1": "x" * 40 + "…: there is no such setting; there are A, B, adopters, year, equal, "
    "and the sliders of “What if…”",
    "?lesson=nope": "lesson=nope: there is no such lesson; there are kickoff, red-queen, chance-or-skill and "
    "if-it-aint-broke",
    "?lesson=kickoff&lesson=red-queen": "lesson=red-queen: it is said twice; the first counts",
    "?lesson=kickoff&step=99": "step=99: this lesson has steps 1 to 7",
    "?lesson=kickoff&step=0": "step=0: this lesson has steps 1 to 7",
    "?lesson=kickoff&step=-1": "step=-1: this lesson has steps 1 to 7",
    "?lesson=kickoff&step=two": "step=two: this lesson has steps 1 to 7",
    "?step=2": "step=2: a step belongs to a lesson",
    "?lessen=kickoff": "lessen=kickoff: there is no such word; there are lesson and step",
}
READ = """async (wrong) => {
    const { readAddress } = await import("/static/address.js");
    const setup = await (await fetch("/api/setup")).json();
    return wrong.map((one) => {
        const { search, hash } = new URL(one, location.href);
        const { problems, state, step } = readAddress({ search, hash }, setup);
        const strategies = [state.left.strategy, state.right.strategy];
        const told = problems.map((one) => one.join(": "));
        return { problems: told, step, year: state.year, adopters: state.adopters, strategies };
    });
}"""


def test_whatever_an_address_says_wrongly_is_named_with_what_is_right(opened: Opened) -> None:
    found = opened().evaluate(READ, list(WRONG))
    assert [one["problems"] for one in found] == [[told] for told in WRONG.values()]
    assert {one["year"] for one in found} == {0, 1}
    assert {(one["adopters"], *one["strategies"]) for one in found} == {
        ("focal", "shots", "social-and-preparation")
    }
    assert {one["step"] for one in found} == {0}
    right = [
        "#",
        "?token=x&lesson=kickoff&step=7#A=usual&A.label=Us&A.strategies.plan.preparation=0.3&year=9999",
    ]
    assert [one["problems"] for one in opened().evaluate(READ, right)] == [[], []]


@pytest.mark.parametrize("address", ["#year=1e9", "?lesson=nope", "?lesson=kickoff&step=99"])
def test_what_was_wrong_is_told_and_the_stage_is_not_empty(opened: Opened, address: str) -> None:
    page = opened(address)
    # It stays after the first year has come.
    page.wait_for_timeout(400)
    expect(page.locator("#notice")).to_contain_text(WRONG[address])
    assert "%" in page.inner_text(".left .share")
    expect(page.locator("#lesson")).to_be_visible(visible="kickoff" in address)
    # The address is mended, too.
    assert address.lstrip("#?") not in page.url


def test_a_flood_of_unknown_words_is_told_in_few(opened: Opened) -> None:
    size = SIZES["phone"]
    page = opened("#" + "&".join(f"k{n}=<b>{n}" for n in range(3_000)), size=size)
    notice = page.locator("#notice")
    expect(notice).to_contain_text(
        "k0=<b>0, k1=<b>1, k2=<b>2 and 2,997 more: there is no such setting; there are A, B,"
    )
    assert page.evaluate("document.querySelector('#notice b')") is None
    box = notice.bounding_box()
    assert box is not None
    assert box["height"] < size[1] / 3
    page.wait_for_url(lambda url: len(url) < 300)


def test_settings_that_no_engine_can_have_leave_no_empty_stage(opened: Opened) -> None:
    """The page can't know every rule; what the engine refuses at the start is told, too."""

    def refuse(route: object, request: object) -> None:
        if '"year":7' in request.post_data:  # type: ignore[attr-defined]
            route.fulfill(status=400, json={"error": "strategies.plan: it comes to 1.3"})  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page = opened("#year=7", year=refuse, complains="Failed to load resource")
    expect(page.locator("#notice")).to_contain_text(
        "strategies.plan: it comes to 1.3 The stage has the scenario's own"
    )
    assert "%" in page.inner_text(".left .share")


@pytest.mark.parametrize(
    ("lesson", "names"),
    [
        ("if-it-aint-broke", ["No training", "Full training"]),
        ("chance-or-skill", ["First team", "Second team"]),
    ],
)
def test_sides_with_one_strategy_have_names_that_differ(
    opened: Opened, lesson: str, names: list[str]
) -> None:
    page = opened(f"?lesson={lesson}&step=2")
    expect(page.locator("#vote-dialog .choice span")).to_have_text(names)
    press(page, "a", "b", "Escape")
    expect(page.locator(".strategy b")).to_have_text(names)
    expect(page.locator(".bets span")).to_have_text(names)
    press(page, "m")
    ends = page.locator("#many-dialog .ends span").all_inner_texts()
    assert [ends[0].split(":")[0], ends[-1].split(":")[0]] == [f"A {names[0]}", f"B {names[1]}"]
    press(page, "Escape", "End")
    expect(page.locator("#lines")).to_have_attribute("aria-label", re.compile(f"{names[0]} .*{names[1]} "))
    told = page.inner_text("#verdict")
    assert told == "They end level." or any(told.startswith(f"{name} ") for name in names)
    # A link says them, too; and once a side is changed they may no longer be true.
    other = opened(str(page.evaluate("location.hash")))
    expect(other.locator(".strategy b")).to_have_text(names)
    press(other, "t")
    other.locator(".left .slider input").first.press("ArrowRight")
    expect(other.locator(".strategy b").first).to_contain_text("(A)")


def test_the_hand_out_calls_sides_by_names_that_differ(opened: Opened, server: str) -> None:
    page = opened()
    page.goto(f"{server}handout/if-it-aint-broke")
    expect(page.locator(".strategies h2")).to_have_text(["A  No training", "B  Full training"])
    expect(page.locator(".bet").first).to_contain_text("No training")
