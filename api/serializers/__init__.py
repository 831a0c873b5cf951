"""The shape of what lenders send (`asked`) and get (`answered`). Shape only: nothing here does any work."""
