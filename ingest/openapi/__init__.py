"""The OpenAPI 3.1 document of the partner's addresses.

What there is comes from the site's own addresses and views: path, methods, what a method does (its
docstring), its scope. What goes in and out stands in `operations` and `shapes`; a view without an entry
there is an error, so that none can be forgotten.
"""

from ingest.openapi.document import document

__all__ = ("document",)
