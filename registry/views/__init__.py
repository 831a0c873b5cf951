"""Pages that belong to no portal alone: language, errors, the collection of parts."""
