"""Passwords, sessions, sign-in, and step-up: a fresh proof before a change."""
