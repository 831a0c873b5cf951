"""Commands of the lender's app."""
