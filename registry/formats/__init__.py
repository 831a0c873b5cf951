"""How dates read in languages where Django's own form is not the plain one (settings.FORMAT_MODULE_PATH)."""
