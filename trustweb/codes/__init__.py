"""Verification codes: issuing, sending, checking, and how often."""
