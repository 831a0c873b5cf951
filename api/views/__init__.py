"""The lender's addresses. A view turns the request into objects, makes one call, and answers."""
