"""The sellers' side of a scenario: vendors, products, reps, their hours, effort, quota and pay."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from zerosum.scenario import sources
from zerosum.scenario.evidence import assumption, computed, definition, read, second_hand
from zerosum.scenario.section import (
    AT_ONCE,
    HOURS_OF_A_WEEK,
    LEAST_HOURS,
    LEAST_PRICE,
    LEAST_RATIO,
    LEAST_WEEKS,
    MONEY,
    MOST_PRICE,
    MUCH,
    SHORTEST_WEEK,
    Name,
    Section,
    quantity,
)


class Vendor(Section):
    """A company with reps in the market."""

    name: Name = quantity(..., "name", "Name of the vendor.", evidence=definition())
    reps: int = quantity(
        20,
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
        "Share of the served buyers at the start; vendors without one split the rest equally.",
        evidence=definition("Equal shares, unless something is known."),
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
        4,
        "engineers",
        "Presales engineers who can support a case.",
        evidence=second_hand(
            "Mastering Technical Sales (consultant) 2012: one firm has 1:1 for global accounts to 5:1 "
            "for small ones, "
            "http://masteringtechnicalsales.blogspot.com/search?max-results=7&updated-max=2012-05-01T15%3A58%3A00-04%3A00",
            "5 reps to an engineer, the thin end. One firm's figures, and the author says that no ratio "
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
            "Geography leads, which is random by value; that it is as good as random is an assumption.",
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
        "Quality, felt by every buyer alike.",
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


class Reps(Section):
    """What a rep's week is made of, and how reps differ."""

    hours_per_week: float = quantity(
        45.0,
        "hours/week",
        "Working hours of a rep. With a strategy's extra_hours, no more than a week has.",
        evidence=second_hand(
            "Aaron Wallis (recruiters) 2009, 644 British salespeople, "
            "http://news.aaronwallis.co.uk/2009/10/sales-professionals-are-working-harder.html",
            "79 % work more than 40 hours, 8 % 60 or more; the mean is not given. Order of magnitude.",
        ),
        ge=0,
        above_zero=SHORTEST_WEEK,
        le=HOURS_OF_A_WEEK,
    )
    skill_sd: float = quantity(
        1.0,
        "skill units",
        "Spread of skill between reps; 0: all alike.",
        evidence=definition("Skill is in standard units; what a unit is worth is effort.skill_weight."),
        ge=0,
        le=MUCH,
    )
    slots: int = quantity(
        24,
        "opportunities",
        "Open opportunities a rep can work at once.",
        evidence=second_hand(
            "Chief, a vendor: 10 to 15 for contracts of 50 k dollars, more for smaller ones, "
            "https://www.getchief.com/sales-glossary-terms/open-opportunity",
            "Order of magnitude only; contracts here have a median of 20 k.",
        ),
        ge=1,
        le=1000,
    )
    admin_fixed_hours: float = quantity(
        7.85,
        "hours/week",
        "Record keeping and meetings, whatever is open.",
        evidence=second_hand(
            "16 % of time (Yankee Group 2004, "
            "https://www.sellingpower.com/2010/01/13/1236/how-to-manipulate-father-time) to 31 % "
            "(Proudfoot, measured, "
            "https://repsly.com/blog/field-team-management/how-a-field-rep-spends-his-day)",
            "The figure is for all administration: with ten opportunities open, 23 % here. Its division "
            "into fixed and per opportunity is an assumption.",
        ),
        ge=0,
        le=HOURS_OF_A_WEEK,
    )
    admin_hours_per_opportunity: float = quantity(
        0.392,
        "hours/week",
        "Record keeping per open opportunity.",
        evidence=assumption(
            "The sum with admin_fixed_hours is within 16 to 31 % of time; how it divides is not known."
        ),
        ge=0,
        le=HOURS_OF_A_WEEK,
    )
    habit_rate: float = quantity(
        0.08,
        "per week",
        "Share of the way from old habits to the strategy's plan that a rep goes in a week.",
        evidence=second_hand(
            "Lally et al. 2010, as told in the press, "
            "https://www.businessinsider.com/how-long-does-it-take-to-establish-good-habits-2011-11",
            "Simple personal habits: 66 days on average, 18 to some 250, to the plateau. 95 % of the way "
            "takes 252 days here, the slow end. Order of magnitude only.",
        ),
        ge=0,
        le=1,
    )
    conservatism: float = quantity(
        0.759,
        "share",
        "How far a rep at quota pace loses interest in trying a tool (0: not at all).",
        ge=0,
        le=1,
    )
    ramp_start: float = quantity(
        0.507,
        "share",
        "Share of a new rep's hours that are productive at first.",
        evidence=second_hand(
            "a vendor's curve of a complex sale: 20/30/50/65/70/95 % in the first six quarters",
            "First quarter 20 %; the default averages 47 % in it, for its whole ramp is shorter "
            "(ramp_weeks).",
        ),
        ge=0,
        le=1,
    )
    ramp_weeks: float = quantity(
        13.6,
        "weeks",
        "Time scale on which a new rep ramps.",
        evidence=second_hand(
            "Bridge Group 2024: median ramp 5 months",
            "77 % productive after 5 months here, 95 % after a year.",
        ),
        ge=LEAST_WEEKS,
        le=5200,
    )


class Effort(Section):
    """What a rep's work on an opportunity is worth to the buyer."""

    preparation_weight: float = quantity(
        0.946,
        "utility",
        "A fully prepared case.",
        evidence=assumption(
            "Direction only.", source="Fudge & Lodish 1977, a trial: planned calls +8.1 % of sales"
        ),
        ge=0,
        le=MUCH,
    )
    selling_weight: float = quantity(
        0.55,
        "utility",
        "Full selling time on a full case.",
        evidence=assumption(
            "The elasticity is a check on all effort weights together; their division is an assumption.",
            source=(
                "Albers, Mantrala & Sridhar 2010, mean elasticity 0.34, as cited at "
                "http://what-when-how.com/Tutorial/topic-4f3uq/Innovation-and-Marketing-in-the-Pharmaceutical-Industry-532.html"
            ),
        ),
        ge=0,
        le=MUCH,
    )
    support_weight: float = quantity(0.499, "utility", "Presales support delivered.", ge=0, le=MUCH)
    skill_weight: float = quantity(
        0.317,
        "utility per skill unit",
        "A standard deviation of skill.",
        evidence=computed(
            sources.BOHANEC,
            "Intra-class correlation of sellers .155 overall, .082 with new and .035 with current "
            "clients, much of it account mix: an upper bound. The default amounts to .019, beside the "
            "choice's own noise.",
        ),
        ge=0,
        le=MUCH,
    )
    trust_weight: float = quantity(0.849, "utility", "Full trust in the rep's territory.", ge=0, le=MUCH)
    preparation_hours: float = quantity(
        3.1, "hours", "Preparation that makes 63 % of a full case (k0).", ge=LEAST_HOURS, le=MUCH
    )
    selling_hours: float = quantity(
        10.7, "hours", "Selling that makes 63 % of its full effect (f0).", ge=LEAST_HOURS, le=MUCH
    )
    unprepared_share: float = quantity(
        0.186,
        "share",
        "What selling time is worth without any preparation (iota): an assumption.",
        ge=0,
        le=1,
    )


class Prospecting(Section):
    """Shots on goal: how many, how often they find somebody, what they leave behind."""

    attempts_per_hour: float = quantity(
        0.946,
        "attempts/hour",
        "Contact attempts per prospecting hour.",
        evidence=second_hand(
            "Vozah, a vendor, citing Bridge Group 2025: 45 calls a day, 8 tries to reach somebody, "
            "https://vozah.com/blog/cold-call-statistics",
            "Order of magnitude only. An attempt is a campaign for one account, not one dial: 45 dials "
            "in 8 hours, 8 to an attempt, are 0.7 an hour.",
        ),
        ge=0,
        le=200,
    )
    contact: float = quantity(
        0.259,
        "share",
        "Attempts that reach somebody, with fresh goodwill and no trust.",
        evidence=second_hand(
            "Belkins, a vendor, 175,000 dials in 2025, https://belkins.io/blog/cold-calling-benchmarks",
            "24.5 % of prospects reached over all attempts, 9.9 % of single dials. Order of magnitude.",
        ),
        ge=0,
        le=1,
    )
    trust_gain: float = quantity(
        0.5, "share", "Rise of the contact probability with full trust.", ge=0, le=MUCH
    )
    provoke_customer: float = quantity(
        0.0376,
        "share",
        "Contacts that make a thoroughly dissatisfied customer of a rival evaluate.",
        ge=0,
        le=1,
    )
    provoke_unserved: float = quantity(
        0.352, "share", "Contacts that make a buyer without a supplier evaluate.", ge=0, le=1
    )
    goodwill_burn: float = quantity(
        0.15, "share", "Goodwill lost by a contact that comes to nothing.", ge=0, le=1
    )
    goodwill_recovery: float = quantity(
        0.02, "per week", "Share of the lost goodwill that returns in a week.", ge=0, le=1
    )


class Invitations(Section):
    """Who hears of an evaluation when it opens."""

    coverage: float = quantity(
        0.608, "share", "Evaluations of its own customers that the incumbent's rep learns of.", ge=0, le=1
    )
    inbound: float = quantity(
        0.683,
        "share",
        "Evaluations to which another vendor is invited.",
        evidence=assumption(
            "Direction only: buyers start from a short list. Of three rivals 1.65 are invited here, on "
            "average.",
            source="6sense 2025, a vendor, as told at https://coommit.com/blog/vendor-shortlist-effect-2026-b2b",
        ),
        ge=0,
        le=1,
    )
    coverage_social_gain: float = quantity(
        0.4, "share", "Part of the missed coverage that full service listening recovers.", ge=0, le=1
    )
    inbound_social_gain: float = quantity(
        0.5,
        "share",
        "Rise of the inbound rate with marketing fully social.",
        evidence=assumption(
            "How many leads social presence brings is not known; those that came from it converted less "
            "often than leads from search (5.6 against 12 %).",
            source=sources.OLIST,
        ),
        ge=0,
        le=MUCH,
    )


class Trust(Section):
    """A rep's reputation in the territory, built by social hours."""

    social_hours: float = quantity(
        120.0, "hours", "Social hours that close 63 % of the gap to full trust.", ge=LEAST_HOURS, le=MUCH
    )
    decay: float = quantity(0.01, "per week", "Share of trust that fades in a week.", ge=0, le=1)
    sales_social_gain: float = quantity(
        0.5,
        "share",
        "Rise of what a social hour is worth with the sales department fully social.",
        ge=0,
        le=MUCH,
    )


class Department(Section):
    """How one department takes up social media: a Bass curve of its own."""

    innovation_per_year: float = quantity(
        0.3,
        "per year",
        "Take-up unaided.",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=52,
    )
    imitation_per_year: float = quantity(
        2.0,
        "per year",
        "Take-up from those who have.",
        evidence=assumption("Form only.", source=sources.BASS),
        ge=0,
        le=52,
    )
    delay_weeks: int = quantity(
        0,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=definition(
            "The clock starts with marketing, which most often owns social media.",
            source=(
                "Useful Social Media 2013, in "
                "https://www.cmswire.com/cms/social-business/got-social-new-report-from-useful-social-media-says-most-companies-do-020251.php"
            ),
        ),
        ge=0,
        le=5200,
    )

    @model_validator(mode="after")
    def _the_weekly_hazard_is_a_probability(self) -> Self:
        if self.innovation_per_year + self.imitation_per_year > 52:
            raise ValueError("innovation_per_year + imitation_per_year must not exceed 52 (one a week)")
        return self


class Service(Department):
    """Service follows marketing."""

    delay_weeks: int = quantity(
        13,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=assumption(
            "The order (marketing, service, sales) is the brief's; that it takes a quarter is an assumption.",
            source=sources.BRIEF,
        ),
        ge=0,
        le=5200,
    )


class Sales(Department):
    """Sales comes last."""

    delay_weeks: int = quantity(
        26,
        "weeks",
        "Weeks after the strategy's start at which it begins.",
        evidence=assumption(
            "The order (marketing, service, sales) is the brief's; that it takes two quarters is an "
            "assumption.",
            source=sources.BRIEF,
        ),
        ge=0,
        le=5200,
    )


class Social(Section):
    """Departments in their usual order: marketing first, then service, sales last."""

    marketing: Department = quantity(Department(), "table", "Marketing's presence raises the inbound rate.")
    service: Service = quantity(Service(), "table", "Service that listens raises the coverage.")
    sales: Sales = quantity(Sales(), "table", "Sales makes a social hour build more trust.")


class Support(Section):
    """Presales: a finite group of engineers serves prepared opportunities."""

    threshold: float = quantity(
        0.6, "share", "Preparation G (0..1) at which an opportunity asks for support.", ge=0, le=1
    )
    service_weeks: float = quantity(
        0.5,
        "weeks",
        "Mean time an engineer gives to a request (exponential).",
        evidence=assumption(
            "A pilot takes 2 to 8 weeks by the calendar; how much of it is an engineer's work is not known.",
            source="https://resumegeni.com/blog/sales-engineer/proof-of-concept",
        ),
        ge=AT_ONCE,
        le=5200,
    )
    order: Literal["first-come", "value"] = quantity(
        "first-come", "rule", "Which waiting request is served next."
    )


class Quota(Section):
    """How quotas are set, and how they follow results."""

    stretch: float = quantity(
        0.636,
        "ratio",
        "Quota over the expected revenue.",
        evidence=assumption(
            "Chosen for the share of reps at quota, 49 to 63 % there. Below 1, since revenue is skewed: "
            "the median rep sells less than the mean.",
            source=sources.CSO_QUOTA,
        ),
        ge=LEAST_RATIO,
        le=1000,
    )
    team_weight: float = quantity(
        0.5, "share", "Weight of the team average; the rest follows territory potential.", ge=0, le=1
    )
    ratchet: float = quantity(
        0.3,
        "share",
        "Weight of last year's own revenue in next year's quota (rho).",
        evidence=assumption(
            "Direction and form only: quotas ratchet, as a weighted average of last year's quota and "
            "sales. The weight is an assumption.",
            source=(
                "Misra & Nair 2011, https://ideas.repec.org/a/kap/qmktec/v9y2011i3p211-257.html; Leone, "
                "Misra & Zimmerman 2004, "
                "https://documents.pub/document/investigating-dynamic-sales-quotas-simon-business-simon-s-compensation-and.html"
            ),
        ),
        ge=0,
        le=1,
    )
    growth: float = quantity(
        1.0,
        "ratio",
        "Factor on every later year's quota.",
        evidence=definition("A market that doesn't grow."),
        ge=0.1,
        le=10,
    )
    renewal_credit: float = quantity(
        0.25,
        "share",
        "Share of a renewal's value that counts for the rep.",
        evidence=second_hand(
            "Prowi, a vendor of commission software: 8 to 12 % on new, 1 to 3 % on renewed contracts, "
            "https://www.prowi.io/en/virksomhedstype/saas",
            "A ratio of rates, 0.08 to 0.4; that quota credit has the same ratio is an assumption.",
        ),
        ge=0,
        le=1,
    )


class Pay(Section):
    """What the vendor pays: costs only, no behaviour hangs on it."""

    base_per_year: float = quantity(
        60_000.0,
        "money/year",
        "Base salary of a rep.",
        evidence=second_hand(
            sources.PROWI_RATES, "Half of 100 k to 140 k dollars for reps who sell to small firms."
        ),
        cost_only=True,
        ge=0,
        le=MONEY,
    )
    commission: float = quantity(
        0.08,
        "share",
        "Commission on credited revenue.",
        evidence=second_hand(sources.PROWI_RATES, "8 to 12 % for mid-sized, 5 to 8 % for large accounts."),
        cost_only=True,
        ge=0,
        le=1,
    )
    accelerator: float = quantity(
        0.04,
        "share",
        "Extra commission on credited revenue above quota.",
        evidence=second_hand(
            "Pulse RevOps: 1.5 to 2.5 times the rate above quota, "
            "https://pulserevops.com/sales-trainings/q05",
            "1.5 times here, the low end.",
        ),
        cost_only=True,
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
        cost_only=True,
        ge=0,
        le=MONEY,
    )


class Turnover(Section):
    """Who leaves at a year's end."""

    below: float = quantity(
        0.5,
        "attainment",
        "Attainment under which a rep is at risk.",
        evidence=assumption(
            "A consultant puts reps consistently below 85 % at risk; half of quota is stricter.",
            source="CustomerThink, https://customerthink.com/the-secret-to-predicting-sales-rep-turnover/",
        ),
        ge=0,
        le=MUCH,
    )
    leave_below: float = quantity(
        0.587,
        "share",
        "Probability that a rep at risk leaves.",
        evidence=assumption(
            "Chosen for 20 to 35 % turnover a year in all. That study found average reps likeliest to "
            "quit, and those who miss quotas to stay until they are fired.",
            source=(
                "Sunder et al. 2017, in "
                "https://neeley.tcu.edu/News_and_Events/Top_Stories/Articles/2017/Three_Reasons_Salespeople_Leave,_and_How_to_Prevent_It.aspx"
            ),
        ),
        ge=0,
        le=1,
    )
    leave_other: float = quantity(
        0.19,
        "share",
        "Probability that any other rep leaves.",
        evidence=second_hand(
            "all turnover: 13.9 % a year (Alexander Group, "
            "https://alexandergroup.com/insights/why-are-your-reps-leaving), 27 % (HBR 2017, in "
            "https://sbigrowth.com/insights/blog/sales-rep-turnover-why-it-happens-and-how-to-reduce-it), "
            "35 % (https://optymyze.com/blog/high-turnover-how-heavy-a-price-are-you-paying/)",
            "The figures are for all reps, those at risk included; the two rates together should come to "
            "20 to 35 %.",
        ),
        ge=0,
        le=1,
    )


class Push(Section):
    """What reps behind quota do at a quarter's end, where their strategy says so."""

    weeks: int = quantity(
        3,
        "weeks",
        "Length of the window before the quarter ends.",
        evidence=assumption("Direction only: deals crowd at the quarter's end.", source=sources.LARKIN),
        ge=1,
        le=12,
    )
    below: float = quantity(
        1.0,
        "attainment",
        "Quota pace under which a rep pushes.",
        evidence=definition("Behind quota is a pace under 1."),
        ge=0,
        le=MUCH,
    )
    hours_shift: float = quantity(
        0.3, "share", "Share of other customer-related hours moved to selling.", ge=0, le=1
    )
    discount: float = quantity(
        0.1,
        "share",
        "Discount on decisions within the window.",
        evidence=read(
            sources.LARKIN,
            "Order of magnitude only: lower prices for the sake of timing cost one software vendor 6 to "
            "8 % of revenue; how deep each discount was is not in the abstract.",
        ),
        ge=0,
        lt=1,
    )
    pull_forward: float = quantity(
        0.3,
        "share",
        "Open opportunities due soon after the quarter that are pulled into it.",
        evidence=assumption(
            "Direction only: sales are higher at a fiscal year's end and lower at its beginning.",
            source=sources.OYER,
        ),
        ge=0,
        le=1,
    )
    pull_weeks: int = quantity(
        6,
        "weeks",
        "How far after the quarter's end a decision can be pulled from.",
        evidence=assumption("Direction only.", source=sources.OYER),
        ge=0,
        le=5200,
    )
