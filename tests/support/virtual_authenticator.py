"""The authenticator that Chromium plays, and a person who has a passkey on it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Browser, expect

from tests.support.carrier import Carrier
from tests.support.person import Person
from tests.support.site import Site
from tests.support.story import MOBILE, PASSWORD, Story


class VirtualAuthenticator:
    """Keeps the passkeys that a browser can reach; options as in WebAuthn's VirtualAuthenticatorOptions."""

    def __init__(self, person: Person, **how: bool) -> None:
        self.cdp = person.context.new_cdp_session(person.page)
        self.cdp.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
            "isUserVerified": True, "automaticPresenceSimulation": True,
        }  # fmt: skip
        self.id = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options | how})["authenticatorId"]

    def willing(self, willing: bool) -> None:
        """Say whether its owner gives the PIN or the finger that it asks for."""
        self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.id, "isUserVerified": willing})

    def patient(self, patient: bool) -> None:
        """Let it wait for ever, or answer at once."""
        self.cdp.send("WebAuthn.setAutomaticPresenceSimulation", {"authenticatorId": self.id, "enabled": not patient})

    def all(self) -> list[dict[str, Any]]:
        return list(self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.id})["credentials"])

    def rewind(self) -> None:
        """Count from zero again, as a copy does that was made before the first use."""
        for each in self.all():
            self.cdp.send(
                "WebAuthn.removeCredential", {"authenticatorId": self.id, "credentialId": each["credentialId"]}
            )
            self.cdp.send("WebAuthn.addCredential", {"authenticatorId": self.id, "credential": each | {"signCount": 0}})


class PasskeyOwner(Person):
    """Somebody with a number and a passkey."""

    def __init__(self, browser: Browser, site: Site, name: str, **how: Any) -> None:
        super().__init__(browser, site.url, **how)
        self.name = name
        self.keys = VirtualAuthenticator(self)

    def signs_in(self, carrier: Carrier) -> None:
        carrier.forget()
        self.opens("/sign-in")
        self.fills(Account=self.name, Password=PASSWORD)
        self.presses("Sign In")
        self.fills(Verification_Code=Story(self, carrier).code(MOBILE))
        self.presses("Continue")

    def asks_for_a_passkey(self) -> None:
        self.opens("/security")
        self.presses("Manage passkeys")
        expect(self.button("Done with passkeys")).to_be_visible()  # the page has the next button before, too
        self.presses("Add a Passkey")
        self.sees(
            "Your browser asks where to keep it: on this device, on your phone, or on a security key that you plug in."
        )

    def adds(self) -> None:
        self.asks_for_a_passkey()
        self.fills(Name="My laptop")
        self.presses("Continue")
        self.sees("The passkey is added. You can sign in with it from now on.")

    def signs_out(self) -> None:
        self.keys.patient(True)  # or the next page would take what the browser offers at once
        self.presses("Sign out")
        self.sees("You are signed out.")

    def gives_the_password(self) -> None:
        self.fills(Account=self.name, Password=PASSWORD)
        self.presses("Sign In")
        self.sees("Or with a code")
        self.keys.patient(False)
