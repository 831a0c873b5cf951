"""The desk: a furnisher's clerk sends files, sees what became of them, and keeps keys and colleagues."""
