"""Amounts and counts by thousands, as banks print them; dates are Django's own."""

THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
