"""The partner's views: the desk's pages for people, the API for machines."""
