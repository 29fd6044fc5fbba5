"""What every table of an experiment's file has in common: frozen and strict."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from zerosum.market.declare.section import check_file_name

FileName = Annotated[
    str, Field(max_length=60, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$|^$"), AfterValidator(check_file_name)
]
"""Name of a question, by which the folder of its results is called; empty: that of its file."""


class Row(BaseModel):
    """A table of the file: unknown keys, NaN and wrong types are refused, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
