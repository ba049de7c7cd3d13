"""A Django site with mozilla-django-oidc, as docs/services/django.md sets it up."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.clients.client import Client
from tests.support.clients.environments import program
from tests.support.markdown import blocks
from tests.support.paths import DOCS

# As `django-admin startproject` has them, less what a site of two pages does not need.
SETTINGS = """
from pathlib import Path
SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["localhost"]
ROOT_URLCONF = "urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(__file__).with_name("db.sqlite3")}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).parent]}]
"""
URLS = """
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import include, path

def who(request):
    if not request.user.is_authenticated:
        return JsonResponse({}, status=401)
    return JsonResponse({"sub": request.user.username, "email": request.user.email, "name": request.user.first_name})

urlpatterns = [path("", lambda request: render(request, "home.html")), path("who", who)]
"""
HOME = """
<!doctype html><html lang="en"><title>Library</title><h1>Library</h1>
<a href="{% url 'oidc_authentication_init' %}">Sign In</a>
<form action="{% url 'oidc_logout' %}" method="post">{% csrf_token %}<button>Sign Out</button></form>
"""
SERVE = """
import os, django
from django.core.management import call_command
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
django.setup()
call_command("migrate", verbosity=0)
call_command("runserver", "127.0.0.1:" + os.environ["PORT"], use_reloader=False, skip_checks=True)
"""


class DjangoApp(Client):
    PAGE, NAME = DOCS / "services" / "django.md", "library"
    SIGN_IN = "/oidc/authenticate/"
    CALLBACK = "/oidc/callback/"
    COOKIE = "sessionid"

    def command(self) -> list[str | Path]:
        return [program("django", "python"), "serve.py"]

    def prepare(self) -> None:
        settings, accounts, urls = blocks(self.PAGE, "python")
        files = {
            "settings.py": SETTINGS + self.filled(settings, self.NAME),
            "accounts.py": accounts,
            "urls.py": URLS + urls,
            "home.html": HOME,
            "serve.py": SERVE,
        }
        for name, text in files.items():
            (self.folder / name).write_text(text.lstrip())

    def who(self, cookie: str | None) -> dict[str, Any]:
        known: dict[str, Any] = self.get("/who", cookie).json()
        return known
