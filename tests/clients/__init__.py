"""Other people's programs sign people in with a real site, end to end."""
