"""T15 to T19: a token that is not signed, not by the issuer, not for what it says, or not for now, is refused."""

from __future__ import annotations

from functools import partial

from stagecheck.exchange import Answers
from stagecheck.isolation.denial import Access, refused
from stagecheck.isolation.legs import OK, find, finds, search
from stagecheck.model import Identity, Step
from stagecheck.outcome import Finding, Reason, failed, inconclusive
from stagecheck.plan import Check
from stagecheck.procedure import Procedure, control
from stagecheck.setting import Setting

UNVERIFIED = "tokens are decoded without verifying the signature: anybody can be anybody"
KEY_OF_THE_CALLER = "the key that verifies a token is taken from the token itself: anybody can sign for anybody"
PUBLIC_SECRET = "the algorithm is taken from the token, so the public key serves as a secret: anybody can sign"  # noqa: S105
# What was accepted -> why that can be.
UNSIGNED = dict.fromkeys(("alg-none", "alg-None", "alg-nOnE"), UNVERIFIED)
EDITED = dict.fromkeys(("edited-tenant", "edited-role"), UNVERIFIED)
FOREIGN = {
    "own-key": UNVERIFIED,
    "unknown-kid": "a token whose key nobody knows is believed: the signature is skipped where no key is found",
    "kid-url": KEY_OF_THE_CALLER,
    "jku": KEY_OF_THE_CALLER,
    "embedded-jwk": KEY_OF_THE_CALLER,
    "kid-path": "the key's id is opened as a file, and an empty one is a secret that everybody knows",
}
# These need the issuer's public keys.
CONFUSED = dict.fromkeys(("public-key-as-secret", "public-key-as-line"), PUBLIC_SECRET)
STALE = {
    "expired": "the end of a token (exp) is not looked at: a token that leaked once is good for ever",
    "not_yet": "the begin of a token (nbf) is not looked at",
    "other_audience": "the audience of a token (aud) is not looked at: a token for another service opens this one",
    "other_issuer": "the issuer of a token (iss) is not looked at: whoever shares the key signs for everybody",
}

# -- what is made of the tenant's own token


def steps(forges: tuple[str, ...], check: Check, setting: Setting) -> tuple[Step, ...]:
    theirs = setting.tenant(check.victim).sentinel
    who = Identity(check.tenant, other=check.victim)
    asked = (
        search(check, setting, forge, theirs, identity=Identity(who.tenant, forge, who.other, _keys(forge)))
        for forge in forges
    )
    return (find(check, setting, check.tenant, "own"), *asked)


def foreign_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    if _serves_keys(check):
        return (keys_of(check, setting), *steps((*FOREIGN, *CONFUSED), check, setting))
    return steps(tuple(FOREIGN), check, setting)


def controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    what = f"the untouched token of {check.tenant} is accepted on this route"
    return finds(check, setting, answers, "find-own", what)


def keys_controls(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    found = controls(check, setting, answers)
    if found is None and _serves_keys(check):
        found = control(check, setting, answers, "keys", OK, "the issuer serves its public keys")
    return found


def holds(causes: dict[str, str], check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = "a token whose signature does not cover it is refused"
    return _all_refused(causes, check, answers, must_hold)


# -- what the issuer has signed itself


def stale_steps(check: Check, setting: Setting) -> tuple[Step, ...]:
    held = setting.tenant(check.tenant).stale.named()
    own = setting.tenant(check.tenant).sentinel
    asked = (
        search(check, setting, name, own, identity=Identity(check.tenant, name, keys=_KEYS, variable=variable))
        for name, variable in held.items()
    )
    return (find(check, setting, check.tenant, "own"), keys_of(check, setting), *asked)


def stale_holds(check: Check, setting: Setting, answers: Answers) -> Finding | None:
    must_hold = f"a token that the issuer has signed for {check.tenant}, and that is not for here and now, is refused"
    return _all_refused(STALE, check, answers, must_hold)


# -- what they share

_KEYS = "{issuer_keys}"


def keys_of(check: Check, setting: Setting) -> Step:
    """Fetches the issuer's public keys as nobody, and keeps them for the tokens that are made or checked with them."""
    assert check.whoami is not None
    assert check.whoami.keys is not None
    taken = (("issuer_keys", "$"),)
    return setting.step(check, "keys", check.whoami.keys, tenant="", service=check.issuer, capture=taken)


def _serves_keys(check: Check) -> bool:
    return check.whoami is not None and check.whoami.keys is not None


def _keys(forge: str) -> str:
    return _KEYS if forge in CONFUSED else ""


def _all_refused(causes: dict[str, str], check: Check, answers: Answers, must_hold: str) -> Finding | None:
    asked = [name for name in causes if name in answers]
    accepted = [name for name in asked if refused(answers[name]) is Access.GRANTED]
    if accepted:
        first, *others = accepted
        also = f", and so were {', '.join(others)}" if others else ""
        seen = f"'{first}' was accepted: {answers[first].status}{also}"
        return failed(Reason.FORGED_TOKEN, must_hold, seen, causes[first], first)
    for name in asked:
        if refused(answers[name]) is Access.UNCLEAR:
            seen = f"'{name}' was answered {answers[name].said}, which is no refusal"
            cause = f"nothing is proven: {check.service} did not refuse, something went wrong on the way"
            return inconclusive(Reason.CONTROL_FAILED, must_hold, seen, cause, name)
    return None


NONE = Procedure(partial(steps, tuple(UNSIGNED)), partial(holds, UNSIGNED), controls)
EDIT = Procedure(partial(steps, tuple(EDITED)), partial(holds, EDITED), controls)
FOREIGN_KEY = Procedure(foreign_steps, partial(holds, {**FOREIGN, **CONFUSED}), keys_controls)
STALE_TOKEN = Procedure(stale_steps, stale_holds, keys_controls)
