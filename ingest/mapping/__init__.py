"""Which column of a partner's table is which field: found from headers and cells, kept, applied to rows.

Pure. A header that says what it is, is believed; only where it says nothing do the cells below it propose a
field, and such a proposal says so.
"""

from ingest.mapping.columns import HOWS, IGNORED, Mapping, Match, Problem
from ingest.mapping.forbidden import forbidden_columns
from ingest.mapping.guessing import guess

__all__ = ("HOWS", "IGNORED", "Mapping", "Match", "Problem", "forbidden_columns", "guess")
