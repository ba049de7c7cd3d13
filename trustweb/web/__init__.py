"""The web layer: thin views over the domain, put together in ``pages``. Nothing below it knows of requests."""
