"""Secrets are found before anything is written: what goes into the memory passes through `Redactor.redact` first."""
