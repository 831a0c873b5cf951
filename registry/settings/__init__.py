"""Settings: `base` is already safe; `local`, `test` and `production` say only what differs."""
