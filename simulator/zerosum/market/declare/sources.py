"""Sources that several defaults cite; a source cited once is written at its default."""

BASS = "Bass 1969, A new product growth model for consumer durables"
BOHANEC = "Bohanec, Kljajic Borstnar & Robnik-Sikonja 2017, 448 real B2B opportunities (CC BY 4.0)"
BRIDGE_2017 = "Bridge Group, 2017 SaaS AE Metrics (384 firms), http://www.forentrepreneurs.com/2017-saas-ae-metrics-report/"
CSO_2011 = (
    "CSO Insights 2011 (2,000 firms), in Selling Power, "
    "https://sellingpower.com/2011/03/08/9392/how-much-time-do-your-salespeople-spend-selling"
)
CSO_QUOTA = "CSO Insights 2004-2017, surveys of firms"
BRIEF = "the project's brief"
DAWES = (
    "Dawes 2021 (Ehrenberg-Bass for LinkedIn's B2B Institute), as cited at "
    "https://minimba.com/b2b-brand-building-95-5-rule"
)
DOORN = (
    "van Doorn & Verhoef, Critical incidents and the impact of satisfaction on customer share, "
    "http://businessdocbox.com/Marketing/73009176-In-business-markets-the-link-between-satisfaction-and.html"
)
LARKIN = "Larkin 2014, The cost of high-powered incentives, https://ssrn.com/abstract=2221896"
OLIST = "Olist marketing funnel, a public data set"
OYER = (
    "Oyer 1998, Fiscal year ends and nonlinear incentive contracts, QJE 113(1), "
    "https://www.econbiz.de/Record/"
    "fiscal-year-ends-and-nonlinear-incentive-contracts-the-effect-on-business-seasonality-oyer-paul/10005814861"
)
PROWI_RATES = "Prowi, a vendor of commission software, https://prowi.io/en/post/commission-rates-by-role"
SPEIER = (
    "Speier & Venkatesh 2002, 454 salespeople of two firms, "
    "http://www.vvenkatesh.com/abstract/the-hidden-minefields-in-the-adoption-of-sales-force-automation-technologies/"
)
