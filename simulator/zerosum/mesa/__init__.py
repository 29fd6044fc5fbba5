"""The market as a Mesa model, whose agents are views of its columns.

>>> from zerosum.mesa import MarketModel
>>> model = MarketModel("workshop")
>>> model.step()
"""

from zerosum.mesa.agents import Buyer, Rep, Vendor
from zerosum.mesa.model import MarketModel

__all__ = ["Buyer", "MarketModel", "Rep", "Vendor"]
