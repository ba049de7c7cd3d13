"""Verification codes and links: issuing, sending, checking and rate limits."""
