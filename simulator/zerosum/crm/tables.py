"""The tables of a team: their columns and types, checked whenever they are written and read.

Text columns have pandas' ``str`` type, dates ``datetime64[s]`` (days, without a time zone); what isn't known is
missing (NaN, NaT). Names of reps, accounts and competitors are pseudonyms.
"""

from __future__ import annotations

import datetime
import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd

from zerosum.errors import InputError
from zerosum.files import read_json

if TYPE_CHECKING:
    import pyarrow as pa
    from pandera.pandas import DataFrameSchema

    from zerosum.runs.outputs import Writer

IMPORTED = "import.json"
"""What was understood of the files, and why."""
OUTCOMES = ("open", "won", "lost", "no_decision", "disqualified")
DECIDED = ("won", "lost", "no_decision")
"""Outcomes of deals that count in win rates."""
TYPES = ("new", "renewal", "upgrade")
OWN = ("renewal", "upgrade")
"""Types of deals with own customers."""
SOURCE_KINDS = ("inbound", "outreach", "referral", "renewal")

FLAGS: Mapping[str, str] = MappingProxyType(
    {
        "amount_missing": "no amount was recorded",
        "amount_negative": "the amount was negative; it is taken as missing",
        "amount_placeholder": "the amount was 1; it is taken as missing",
        "amount_zero": "the amount was 0; it is taken as missing",
        "closed_after_export": "the deal was closed after the date of the export",
        "closed_same_day": "the deal was created and closed on the same day",
        "created_after_close": "the deal was created after it was closed",
        "created_missing": "no date of creation was recorded",
        "closed_missing": "the deal is closed, but no date was recorded",
        "lines_joined": "several product rows were joined into this deal",
        "merged": "stale copies of this deal were left out",
        "only_wins": "this rep records wins only",
        "overdue": "the deal is open, but its expected close has passed",
        "owner_inactive": "the owner had left, or is marked as inactive",
        "owner_missing": "no owner was recorded",
        "owner_queue": "the owner was a queue or a system user, not a person",
        "parked": "the deal is open, and expected on the last day of a quarter",
        "renewal_by_name": "it counts as a renewal because of its name",
        "reopened": "the deal was closed, and opened again",
        "repeated": "the same deal stood in the files more than once; the latest row was kept",
        "stage_unknown": "its stage is an id without a name, or one that was deleted",
    }
)
"""What can be odd about a deal."""

_TABLES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "opportunities": {
            "id": "text",
            "account": "text",
            "rep": "text",
            "segment": "text",
            "product": "text",
            "created": "date",
            "closed": "date",
            "expected_close": "date",
            "stage": "text",
            "outcome": "text",
            "amount": "number",
            "currency": "text",
            "type": "text",
            "source": "text",
            "source_kind": "text",
            "competitor": "text",
            "incumbent": "text",
            "flags": "texts",
        },
        "reps": {"rep": "text", "start": "date", "end": "date", "segment": "text", "base": "number"},
        "quotas": {"rep": "text", "period_start": "date", "period_end": "date", "quota": "number"},
        "accounts": {"account": "text", "rep": "text", "segment": "text", "potential": "number"},
        "stages": {"id": "text", "stage": "text", "entered": "date", "left": "date"},
        "prices": {"product": "text", "price": "number"},
    }
)
"""Tables, their columns and kinds."""

TABLES = tuple(_TABLES)
"""Tables in a team's folder, each a Parquet file; only the first must be there."""

_REQUIRED = {
    "opportunities": ("id", "outcome", "flags"),
    "reps": ("rep",),
    "quotas": ("rep", "period_start", "period_end", "quota"),
    "accounts": ("account",),
    "stages": ("id", "stage"),
    "prices": ("product", "price"),
}
_UNIQUE = {"opportunities": "id", "accounts": "account", "prices": "product"}
_WORDS = {"outcome": OUTCOMES, "type": TYPES, "source_kind": SOURCE_KINDS}
_POSITIVE = ("amount", "price")
_AT_LEAST_0 = ("base", "potential", "quota")

TEXT = pd.StringDtype(na_value=float("nan"))


@dataclass(frozen=True)
class TeamData:
    """The tables of a team, as ``zerosum import`` writes them.

    Attributes
    ----------
    opportunities : DataFrame
        a row per deal: ``id account rep segment product created closed expected_close stage outcome amount currency
        type source source_kind competitor incumbent flags``. ``outcome`` is one of `OUTCOMES`; ``closed`` is missing
        while a deal is open; ``amount`` is the annual value in the folder's currency, above 0 or missing; ``rep`` is
        missing if a queue or nobody owned the deal; ``flags`` is a tuple of names in `FLAGS`, mostly empty
    currency : str
        of every amount; empty if none is known
    as_of : date
        the date of the export: what is open was open then
    about : mapping
        content of ``import.json``: what was understood, and why
    reps, quotas, accounts, stages, prices : DataFrame or None
        what else was imported: ``rep start end segment base`` (a row per employment), ``rep period_start period_end
        quota``, ``account rep segment potential``, ``id stage entered left``, ``product price``
    """

    opportunities: pd.DataFrame
    currency: str
    as_of: datetime.date
    about: Mapping[str, Any] = field(default_factory=dict)
    reps: pd.DataFrame | None = None
    quotas: pd.DataFrame | None = None
    accounts: pd.DataFrame | None = None
    stages: pd.DataFrame | None = None
    prices: pd.DataFrame | None = None

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are there, by name."""
        found = {name: getattr(self, name) for name in TABLES}
        return {name: table for name, table in found.items() if table is not None}


def load_team(folder: str | Path) -> TeamData:
    """Load what ``zerosum import`` wrote to a folder.

    Raises
    ------
    InputError
        if there is no such folder, a file is missing or can't be read, or a table isn't as it was written
    """
    folder = Path(folder)
    about = _read_about(folder)
    written = about.get("written")
    named = [f"{name}.parquet" for name in TABLES]
    names = [name for name in named if name in written] if isinstance(written, dict) else named
    tables = {}
    for file in names:
        if (folder / file).exists():
            _check_intact(folder / file, written)
            tables[file.removesuffix(".parquet")] = _read_table(folder, file.removesuffix(".parquet"))
        elif isinstance(written, dict):
            raise InputError(f"{folder}: {file} is missing; run 'zerosum import' again")
    if "opportunities" not in tables:
        raise InputError(f"{folder}: opportunities.parquet is missing; run 'zerosum import' again")
    try:
        as_of = datetime.date.fromisoformat(about["as_of"])
        currency = str(about["currency"] or "")
    except (KeyError, TypeError, ValueError):
        raise InputError(
            f"{folder / IMPORTED}: 'as_of' or 'currency' is missing; import the files again"
        ) from None
    return TeamData(currency=currency, as_of=as_of, about=about, **tables)


def save_team(folder: str | Path, team: TeamData, others: Mapping[str, Writer] | None = None) -> list[Path]:
    """Check a team's tables and write them to a folder: all files or none.

    Parameters
    ----------
    folder : str or Path
    team : TeamData
    others : mapping of file name to its writer
        what else is written with them

    Returns
    -------
    list of Path

    Raises
    ------
    InputError
        if a table has a wrong column or value
    StoreError
        if the folder can't be written
    """
    from zerosum.runs import outputs

    content = {
        f"{name}.parquet": _as_bytes(check_table(name, table, name), name)
        for name, table in team.tables.items()
    }
    files: dict[str, Writer] = {name: _writer(data) for name, data in content.items()}
    written = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    about = {**team.about, "as_of": team.as_of.isoformat(), "currency": team.currency, "written": written}
    return outputs.write_all(Path(folder), {**files, IMPORTED: outputs.document(about), **(others or {})})


def make_table(name: str, columns: Mapping[str, Any]) -> pd.DataFrame:
    """Make one of a team's tables: all its columns, in order and typed; what isn't given is missing."""
    columns = {column: values for column, values in columns.items() if values is not None}
    length = max((len(column) for column in columns.values()), default=0)
    made = {}
    for column, kind in _TABLES[name].items():
        values = columns.get(column)
        made[column] = _typed(values, kind) if values is not None else _missing(kind, length)
    return pd.DataFrame(made)


def check_table(name: str, table: pd.DataFrame, source: str) -> pd.DataFrame:
    """Check one of a team's tables; return it with its columns in order.

    Raises
    ------
    InputError
        names the source, the column, the first wrong value and its row
    """
    from pandera.errors import SchemaError, SchemaErrors

    try:
        checked = schema_of(name).validate(table)
    except (SchemaError, SchemaErrors) as error:
        raise InputError(f"{source}: {_explain(error)}") from None
    if name == "opportunities":
        is_open = checked["outcome"] == "open"
        if (is_open & checked["closed"].notna()).any():
            row = int((is_open & checked["closed"].notna()).to_numpy().argmax())
            raise InputError(f"{source}: row {row}: the outcome is 'open', so 'closed' must be empty")
    return checked[list(_TABLES[name])]


def schema_of(name: str) -> DataFrameSchema:
    """Return the pandera schema of one of a team's tables."""
    from pandera.pandas import Check, Column, DataFrameSchema

    kinds: dict[str, Any] = {"text": TEXT, "date": "datetime64[s]", "number": "float64", "texts": object}

    def checks(column: str, kind: str) -> list[Check]:
        if column in _WORDS:
            return [Check.isin(_WORDS[column])]
        if column in _POSITIVE:
            return [Check.gt(0), Check.lt(float("inf"))]
        if column in _AT_LEAST_0:
            return [Check.ge(0), Check.lt(float("inf"))]
        return [Check(_known_flags, name="flags")] if kind == "texts" else []

    columns = {
        column: Column(
            kinds[kind],
            checks(column, kind),
            nullable=column not in _REQUIRED[name],
            unique=_UNIQUE.get(name) == column,
        )
        for column, kind in _TABLES[name].items()
    }
    return DataFrameSchema(columns, strict=True, name=name)


def _known_flags(flags: pd.Series) -> bool:
    distinct = set(flags)
    return all(isinstance(one, tuple) and FLAGS.keys() >= set(one) for one in distinct)


def _explain(error: Any) -> str:
    """Say what pandera found first, in a sentence."""
    first = (getattr(error, "schema_errors", None) or [error])[0]
    column, reason = getattr(first.schema, "name", ""), getattr(first.reason_code, "name", "")
    case = first.failure_cases
    value, row = case, None
    if isinstance(case, pd.DataFrame):
        value, row = case["failure_case"].tolist()[0], case["index"].iloc[0]
    allowed = f"; allowed: {', '.join(_WORDS[column])}" if column in _WORDS else ""
    at = f" (row {row})" if row is not None else ""
    return {
        "COLUMN_NOT_IN_DATAFRAME": f"the column '{value}' is missing",
        "COLUMN_NOT_IN_SCHEMA": f"the column '{value}' isn't one of this table's",
        "WRONG_DATATYPE": f"the column '{column}' has another type than {getattr(first.schema, 'dtype', '')}",
        "SERIES_CONTAINS_NULLS": f"the column '{column}' must have no gaps",
        "SERIES_CONTAINS_DUPLICATES": f"the column '{column}' must have each value once",
    }.get(reason, f"the column '{column}' has a wrong value, {value!r}{at}{allowed}")


# --- On disk --------------------------------------------------------------------------------------------------------


def _arrow_schema(name: str) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        "text": pa.string(),
        "date": pa.date32(),
        "number": pa.float64(),
        "texts": pa.list_(pa.string()),
    }
    return pa.schema([(column, kinds[kind]) for column, kind in _TABLES[name].items()])


def _as_bytes(table: pd.DataFrame, name: str) -> bytes:
    """Return a table as a Parquet file: the same table gives the same bytes."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _arrow_schema(name)
    columns = [pa.Array.from_pandas(table[one.name], type=one.type) for one in schema]
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), buffer, compression="zstd")
    return buffer.getvalue()


def _writer(data: bytes) -> Writer:
    return lambda path: path.write_bytes(data) and None  # type: ignore[return-value]


def _read_table(folder: Path, name: str) -> pd.DataFrame:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = folder / f"{name}.parquet"
    try:
        found = pq.read_table(path)
        wanted = _arrow_schema(name)
        lacking = [one.name for one in wanted if one.name not in found.column_names]
        if lacking:
            raise InputError(f"{path}: the column '{lacking[0]}' is missing; import the files again")
        found = found.select(wanted.names).cast(wanted)
    except InputError:
        raise
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{path}: this can't be read as Parquet ({_first_line(error)}); import again"
        ) from None
    return check_table(
        name, make_table(name, {one: _from_arrow(found[one]) for one in wanted.names}), str(path)
    )


def _check_intact(path: Path, written: Any) -> None:
    """Raise an error if a file isn't the one that was written with ``import.json``."""
    if not isinstance(written, dict):
        return
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != written.get(path.name):
            raise InputError(
                f"{path}: this was changed, or an import was interrupted; run 'zerosum import' again"
            )


def _from_arrow(column: pa.ChunkedArray) -> Any:
    import pyarrow as pa

    if pa.types.is_list(column.type):
        return column.to_pylist()
    if pa.types.is_date32(column.type):
        return column.cast(pa.timestamp("s")).to_pandas()
    return column.to_pandas()


def _read_about(folder: Path) -> Mapping[str, Any]:
    path = folder / IMPORTED
    if not path.is_file():
        what = "there is no such folder" if not folder.exists() else f"there is no {IMPORTED} in it"
        raise InputError(f"{folder}: {what}; 'zerosum import FILE… --out {folder}' makes one of a CRM export")
    found = read_json(path, "what 'zerosum import' wrote")
    if not isinstance(found, dict):
        raise InputError(f"{path}: this is not what 'zerosum import' wrote; import the files again")
    return found


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:100]


# --- Types ----------------------------------------------------------------------------------------------------------


def _typed(values: Any, kind: str) -> Any:
    make: dict[str, Callable[[], Any]] = {
        "text": lambda: pd.Series(values).reset_index(drop=True).astype(TEXT),
        "date": lambda: pd.Series(values).reset_index(drop=True).astype("datetime64[s]"),
        "number": lambda: pd.Series(values).reset_index(drop=True).astype("float64"),
        "texts": lambda: pd.Series([tuple(one) for one in values], dtype=object),
    }
    return make[kind]()


def _missing(kind: str, length: int) -> Any:
    if kind == "texts":
        return pd.Series([()] * length, dtype=object)
    return _typed(pd.Series([None] * length, dtype=object), kind)
