"""A web process that is told to stop while it sends."""

from __future__ import annotations

import time
from pathlib import Path
from urllib.parse import urlsplit

from tests.support.crowd import add_number, desk_of
from tests.support.http_client import Visitor
from tests.support.kit import ALICE, MOBILE, PASSWORD
from tests.support.site import Site

SLOW = """
import time
from trustweb.transports import Transport, hookimpl

class Slow(Transport):
    name, label, method = "slow", "Slow", "text"

    def send(self, message):
        (self.context.folder / "begun").touch()
        time.sleep(0.7)
        return "arrived"

@hookimpl
def trustweb_transports():
    return [Slow]
"""


def test_a_send_that_is_under_way_ends_before_the_process_does(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "slow.py").write_text(SLOW)
    settings = {"TRUSTWEB_PLUGINS": str(tmp_path / "plugins"), "TRUSTWEB_COUNTRIES": "GB"}
    with Site(tmp_path / "instance", settings) as site, desk_of(site) as desk:
        link = site.cli("account", "invite", ALICE).stdout
        add_number(Visitor(site.url).get(urlsplit(link.strip()).path).submit("Continue", password=PASSWORD), MOBILE)
        while not (site.folder / "plugins" / "slow" / "begun").exists():
            time.sleep(0.01)
        site.stop()

        assert [(row.state, row.carrier_id) for row in desk.deliveries(MOBILE)] == [("sent", "arrived")]
