"""What if a value were another? Paired differences from today, on the same random events.

>>> from zerosum.studies.whatif import ask, Answer
"""

from zerosum.studies.whatif.answer import Answer
from zerosum.studies.whatif.branch import changes_at_branch
from zerosum.studies.whatif.change import Change, format_choice, parse_change
from zerosum.studies.whatif.question import TODAY, WhatIf, WhatIfStudy, ask, check_points

__all__ = [
    "TODAY",
    "Answer",
    "Change",
    "WhatIf",
    "WhatIfStudy",
    "ask",
    "changes_at_branch",
    "check_points",
    "format_choice",
    "parse_change",
]
