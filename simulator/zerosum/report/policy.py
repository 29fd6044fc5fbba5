"""The content security policy of a one-file page: it loads nothing and runs only its own scripts and styles."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable


def write_policy(scripts: Iterable[str] = (), styles: Iterable[str] = ()) -> str:
    """Return the policy of a page with these scripts and styles, for a ``meta`` element in its head.

    Parameters
    ----------
    scripts, styles : iterable of str
        exact texts of its ``script`` and ``style`` elements; the policy lists their hashes

    Returns
    -------
    str
        a policy under which attributes such as ``onclick`` and ``style`` do nothing

    Examples
    --------
    >>> write_policy().split("; ")[:3]
    ["default-src 'none'", "script-src 'none'", "style-src 'none'"]
    """
    return (
        f"default-src 'none'; script-src {_hashes(scripts)}; style-src {_hashes(styles)}; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _hashes(texts: Iterable[str]) -> str:
    found = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{one}'" for one in found) or "'none'"
