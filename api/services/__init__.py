"""The work behind the views and the report: requests to residents, kept reports, notices, single use."""
