"""The web layer: thin views over the domain, registered in ``pages``. Nothing below it knows of requests."""
