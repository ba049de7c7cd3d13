"""Passwords, sessions, signing in, and proving oneself again for a change."""
