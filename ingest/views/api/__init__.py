"""The partner's machines: uploads and their results, single records, signed consents, the catalogue."""
