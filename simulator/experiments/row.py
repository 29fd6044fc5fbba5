"""What every table of an experiment's file has in common: frozen and strict."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Row(BaseModel):
    """A table of the file: unknown keys, NaN and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
