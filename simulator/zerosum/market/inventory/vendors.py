"""Vendors, their products, and what they pay."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from zerosum.market.declare import sources
from zerosum.market.declare.evidence import assumption, definition, second_hand
from zerosum.market.declare.rules import derived
from zerosum.market.declare.section import LEAST_PRICE, MONEY, MOST_PRICE, MUCH, Name, Section, quantity
from zerosum.market.state import ALWAYS


class Vendor(Section):
    """A company with reps in the market."""

    name: Name = quantity(..., "name", "Name of the vendor.", evidence=definition())
    reps: int = quantity(
        10,
        "reps",
        "Number of sales reps.",
        evidence=definition(
            "A size of the simulated team; what matters is accounts per rep, see market.buyers."
        ),
        ge=1,
        le=1_000_000,
    )
    share: float | None = quantity(
        None,
        "share",
        "Share of the buyers with an incumbent at the start; vendors without one split the rest equally.",
        evidence=definition("Equal shares, unless you know better."),
        ge=0,
        le=1,
    )
    service: float = quantity(
        0.0,
        "utility",
        "Service quality: the norm of its customers' satisfaction.",
        evidence=definition("The zero of satisfaction."),
        ge=-MUCH,
        le=MUCH,
    )
    presales: int = quantity(
        3,
        "engineers",
        "Presales engineers who can support a case.",
        evidence=second_hand(
            "Mastering Technical Sales (consultant) 2012: one firm has 1:1 for global accounts to 5:1 "
            "for small ones, "
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            ""
            "http://masteringtechnicalsales.blogspot.com/search?max-results=7&updated-max=2012-05-01T15%3A58%3A00-04%3A00",
            "3.3 reps to an engineer, within that range. One firm's figures, and the author says that no ratio "
            "holds in general.",
        ),
        ge=0,
        le=10_000,
    )
    territory: Literal["random", "balanced", "segment"] = quantity(
        "random",
        "rule",
        "How buyers are divided among reps: at random, balanced by value, or by segment (then balanced).",
        evidence=assumption(
            "Geography is the most common rule, and it is random by value; that it is as good as random is "
            "an assumption.",
            source=sources.BRIDGE_2017,
        ),
    )
    reps_by_segment: dict[str, Annotated[int, Field(ge=1, le=1_000_000)]] | None = quantity(
        None,
        "reps",
        'Reps of each segment under territory = "segment", such as { small = 8, large = 12 }; they add up to reps. '
        "Not given: in proportion to the segments' annual contract value, at least one each.",
        evidence=definition("In proportion to potential, as quotas are in part."),
    )
    strategy: Name | None = quantity(
        None, "name", "Strategy it follows in the warm-up; the baseline if not given.", evidence=definition()
    )


class Product(Section):
    """Something a vendor sells."""

    name: Name = quantity(..., "name", "Name of the product.", evidence=definition())
    vendor: Name = quantity(..., "name", "The vendor that sells it.", evidence=definition())
    quality: float = quantity(
        0.0,
        "utility",
        "Quality, the same for every buyer.",
        evidence=definition("The zero of quality: products alike."),
        ge=-MUCH,
        le=MUCH,
    )
    price: float = quantity(
        1.0,
        "index",
        "Price, 1 = market level.",
        evidence=definition("The market level is 1."),
        ge=LEAST_PRICE,
        le=MOST_PRICE,
    )
    launch_week: int | None = quantity(
        None,
        "weeks",
        "Week of its launch, counted from the start of the measured weeks; not given: always sold.",
        evidence=definition(),
        ge=-5200,
        le=5200,
    )

    @derived
    def read_vendor(self, scenario: Any) -> int:
        """Return the row of the vendor that sells it."""
        return [vendor.name for vendor in scenario.vendors].index(self.vendor)

    @derived
    def launch(self, scenario: Any) -> int:
        """Return the week of the run of its launch; ALWAYS if sold from the beginning."""
        return ALWAYS if self.launch_week is None else scenario.clock.warmup_weeks + self.launch_week


def check_currency(word: str) -> str:
    """Raise if a currency could be taken for a part of an amount."""
    if word and not all(sign.isalpha() or sign in CURRENCY_SIGNS for sign in word):
        raise ValueError(
            f"'{word}' is no currency; write a sign or letters, such as $ or EUR, or leave it out"
        )
    return word


CURRENCY_SIGNS = "$€£¥₹₩₪₺₽฿₫₴₦₱₲₡₵₸₼₾"
"""Beside letters, what a currency may have."""

Currency = Annotated[str, AfterValidator(check_currency)]


class Money(Section):
    """How money is counted: it changes what results say, and nothing that happens in the market."""

    currency: Currency = quantity(
        "",
        "text",
        "Shown with amounts, such as $ or EUR; not given: amounts have no currency. It converts nothing: all amounts "
        "of the file are in it.",
        evidence=definition("A word shown with amounts."),
        max_length=8,
    )
    margin: float = quantity(
        0.8,
        "share",
        "Gross margin: share of recurring revenue that is left after the cost of delivery.",
        evidence=assumption(
            "No source was read: enter your own. The order of magnitude of software firms; a firm that "
            "resells or builds has less."
        ),
        money_only=True,
        ge=0,
        le=1,
    )
    discount_rate: float = quantity(
        0.1,
        "share/year",
        "Yearly rate at which the present value discounts later money.",
        evidence=assumption(
            "A round number: enter your own. 0: later money is worth as much as money today."
        ),
        money_only=True,
        ge=0,
        le=1,
    )


class Pay(Section):
    """What the vendor pays. These are costs only: no behavior depends on them."""

    base_per_year: float = quantity(
        76_000.0,
        "money/year",
        "Base salary of a rep.",
        evidence=second_hand(
            sources.PROWI_RATES,
            "Half of 100 k to 140 k dollars for reps who sell to small firms; here a little more, so that quotas are "
            "3.5 to 6 times pay and a third to a half of it is variable.",
        ),
        money_only=True,
        ge=0,
        le=MONEY,
    )
    commission: float = quantity(
        0.1,
        "share",
        "Commission on credited revenue.",
        evidence=second_hand(sources.PROWI_RATES, "8 to 12 % for mid-sized, 5 to 8 % for large accounts."),
        money_only=True,
        ge=0,
        le=1,
    )
    accelerator: float = quantity(
        0.05,
        "share",
        "Extra commission on credited revenue above quota.",
        evidence=second_hand(
            "Pulse RevOps: 1.5 to 2.5 times the rate above quota, "
            "https://pulserevops.com/sales-trainings/q05",
            "1.5 times here, the low end.",
        ),
        money_only=True,
        ge=0,
        le=1,
    )
    presales_per_year: float = quantity(
        110_000.0,
        "money/year",
        "Cost of a presales engineer.",
        evidence=second_hand(
            "pay: median 98,720 dollars in the US, May 2017 (BLS, at "
            "https://www.nextstepplanningedu.com/sales/); full cost: some 150 k "
            "(http://salesengineering.com/resources/News_Letters/Volume06.php) to 250 k "
            "(https://www.jpatrick.com/our-blog/bid/113947/how-much-is-an-se-worth-what-s-your-roi)",
            "The default is pay, without overhead, as is a rep's.",
        ),
        money_only=True,
        ge=0,
        le=MONEY,
    )
