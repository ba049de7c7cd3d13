"""The settings that limit codes, mails, passwords and sessions in number, rate and lifetime."""

from __future__ import annotations

from dataclasses import dataclass

from trustweb.config.values import Rates, setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Limits:
    # Codes
    code_life: int = setting("Seconds that a code is good.", 600, floor=60, ceiling=600)
    code_tries: int = setting("Tries a code.", 5, floor=1, ceiling=10)
    cool_downs: tuple[int, ...] = setting("Seconds before each new code.", (30, 60, 120, 300), floor=10)
    code_failures: Rates = setting(
        "Wrong codes an account, known browsers and strangers apart.",
        ((5, 300), (20, 3600), (50, 86400)),
        floor=1,
        ceiling=100,
    )
    factor_failures: int = setting("Failures in a row that disable a factor.", 100, floor=5, ceiling=100)
    device_code_life: int = setting("Seconds that a code on trusted devices is good.", 300, floor=60, ceiling=600)
    prompts: Rates = setting(
        "Sign-ins shown on the trusted devices, an account, known browsers and strangers apart.",
        ((3, 600), (20, 86400)),
        floor=1,
        ceiling=20,
    )
    proved_sends: Rates = setting(
        "Codes to one number of one account, known browsers and strangers apart.",
        ((3, 600), (10, 86400)),
        floor=1,
        ceiling=100,
    )
    account_codes: Rates = setting(
        "Codes to all numbers of one account, known browsers and strangers apart.",
        ((30, 86400),),
        floor=1,
        ceiling=1000,
    )
    unproved_sends: Rates = setting(
        "Codes to one number that is being added, all accounts together.", ((3, 86400),), floor=1, ceiling=20
    )
    account_sends: Rates = setting("Codes to numbers being added, an account.", ((10, 3600), (20, 86400)), floor=1)
    address_sends: Rates = setting(
        "Codes to numbers being added by new accounts where anybody may make one, a network address.",
        ((20, 3600),),
        floor=1,
    )
    daily_sends: int = setting(
        "Codes a day for the whole site, to proved and to new numbers apart, and links by e-mail; "
        "half is kept for known browsers.",
        5000,
        floor=1,
    )
    notices: Rates = setting(
        "Messages about changes to one number; what happens meanwhile is collected.",
        ((1, 600), (6, 86400)),
        floor=1,
        ceiling=100,
    )
    mail_link_life: int = setting("Seconds that a link to a mailbox is good.", 86400, floor=600, ceiling=604800)
    reset_link_life: int = setting(
        "Seconds that a link for a forgotten password is good.", 3600, floor=600, ceiling=3600
    )
    mail_links: Rates = setting(
        "Links by e-mail that an account asks for, and to one mailbox.",
        ((3, 3600), (10, 86400)),
        floor=1,
        ceiling=100,
    )
    address_links: Rates = setting("Links by e-mail that a network address asks for.", ((20, 3600),), floor=1)
    freeze_life: int = setting(
        "Seconds that nothing is removed after somebody said that a change was not theirs.", 86400, floor=3600
    )
    changes: Rates = setting("Changes to an account by whoever is signed in.", ((100, 3600),), floor=1, ceiling=1000)
    # Passwords and sessions
    wrong_passwords: Rates = setting(
        "Wrong passwords a network address.", ((20, 300), (100, 3600)), floor=1, ceiling=10000
    )
    wrong_app_passwords: Rates = setting(
        "Wrong app-specific passwords a network address.", ((20, 300), (100, 3600)), floor=1, ceiling=10000
    )
    wrong_client_secrets: Rates = setting(
        "Wrong secrets of services a network address.", ((20, 300), (100, 3600)), floor=1, ceiling=10000
    )
    argon2_memory: int = setting("KiB of memory of one password check.", 19456, floor=19456)
    argon2_time: int = setting("Passes of one password check.", 2, floor=2)
    hash_queue: int = setting("Password checks that may wait, a process; strangers: half its threads.", 32, floor=2)
    password_stage: int = setting("Seconds between the password and the code.", 900, floor=60, ceiling=3600)
    session_idle: int = setting("Seconds until an unused session ends.", 3600, floor=60, ceiling=86400)
    session_life: int = setting("Seconds until every session ends.", 86400, floor=60, ceiling=2592000)
    service_requests: Rates = setting(
        "Ways to a service that are begun with a sign-in or another question, a network address.",
        ((300, 300), (2000, 3600)),
        floor=1,
    )
    service_session_idle: int = setting(
        "Seconds until an unused sign-in at a service ends.", 86400, floor=600, ceiling=2592000
    )
    service_session_life: int = setting(
        "Seconds until every sign-in at a service ends.", 604800, floor=300, ceiling=7776000
    )
    step_up_life: int = setting("Seconds that a fresh proof is good for changes.", 600, floor=30, ceiling=3600)
