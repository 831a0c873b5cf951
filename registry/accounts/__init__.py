"""Sign-in, second factor, roles and API keys of staff and organisations' members."""
