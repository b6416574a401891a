"""Names to addresses, within a deadline: by the environment's resolver, or by the system's."""

from __future__ import annotations

import ipaddress
import queue
import socket
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stagecheck.exchange import Trouble, Troubled
from stagecheck.outcome import Reason

if TYPE_CHECKING:
    import dns.resolver

# One question to one server, in seconds: lost UDP is asked again well within an ordinary deadline.
_ONE_TRY = 2.0


@dataclass(frozen=True)
class Found:
    """The addresses of a name, IPv4 first, and the names that the way there went through, the asked one first."""

    addresses: tuple[str, ...]
    names: tuple[str, ...]


def is_address(host: str) -> bool:
    """Whether the host is an IP address already, with or without brackets."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def split(address: str) -> tuple[str, int]:
    """`ADDRESS:PORT` in two; IPv6 stands in brackets."""
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def ask(host: str, resolver: str, ends: float) -> Found:
    """Ask the DNS itself: at `resolver` (ADDRESS:PORT), or at the system's servers when it is empty.

    `ends` is on the clock of `time.monotonic`. Raises `Troubled`: reason timeout when nothing answered, else dns.
    """
    if is_address(host):
        return Found((host.strip("[]"),), (host,))
    import dns.exception  # here, since most runs ask no DNS themselves
    import dns.name
    import dns.resolver

    asker = _asker(resolver)
    addresses: list[str] = []
    names = [host]
    for kind in ("A", "AAAA"):
        try:
            answer = asker.resolve(f"{host}.", kind, lifetime=max(ends - time.monotonic(), 0.001), search=False)
        except dns.resolver.NoAnswer:
            continue
        except dns.resolver.NXDOMAIN as error:
            last = error.canonical_name
            way = f"its CNAME leads to {str(last).rstrip('.')}, " if last != dns.name.from_text(host) else ""
            raise _troubled(f"{host}: {way}NXDOMAIN, no such name") from None
        except dns.resolver.LifetimeTimeout:
            raise Troubled(Trouble(Reason.TIMEOUT, f"{host}: no DNS server answered in time")) from None
        except dns.resolver.NoNameservers as error:
            raise _troubled(f"{host}: {_refusal(error)}") from None
        except (dns.exception.DNSException, ValueError) as error:
            raise _troubled(f"{host}: {type(error).__name__}: {_line(error)}") from None
        addresses += [str(record) for record in answer]
        names += [name for name in _chain(answer) if name not in names]
    if not addresses:
        raise _troubled(f"{host}: no answer, the name has neither A nor AAAA records")
    return Found(tuple(addresses), tuple(names))


def addresses(host: str, resolver: str, ends: float) -> tuple[str, ...]:
    """The addresses to dial for a host: by `resolver` when there is one, else as every program of this machine does."""
    if is_address(host):
        return (host.strip("[]"),)
    if resolver:
        return ask(host, resolver, ends).addresses
    answers: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            answers.put([str(info[4][0]) for info in infos])
        except (OSError, UnicodeError) as error:
            answers.put(error if isinstance(error, OSError) else OSError(str(error)))

    # getaddrinfo knows no deadline; a thread that is not waited for does no harm when the process ends.
    threading.Thread(target=look, name=f"look up {host}", daemon=True).start()
    try:
        found = answers.get(timeout=max(ends - time.monotonic(), 0.001))
    except queue.Empty:
        raise Troubled(Trouble(Reason.TIMEOUT, f"{host}: the system's resolver did not answer in time")) from None
    if isinstance(found, OSError):
        raise _troubled(f"{host}: {found.strerror or found}")
    return tuple(dict.fromkeys(found))


def _asker(resolver: str) -> dns.resolver.Resolver:
    import dns.exception
    import dns.resolver

    if not resolver:
        try:
            asker = dns.resolver.Resolver()
        except dns.exception.DNSException as error:
            raise _troubled(f"this machine has no resolver configured: {_line(error)}") from None
    else:
        asker = dns.resolver.Resolver(configure=False)
        host, port = split(resolver)
        asker.nameservers = [host]
        asker.port = port
    asker.timeout = _ONE_TRY
    return asker


def _chain(answer: dns.resolver.Answer) -> list[str]:
    """The names after the asked one: the targets of the CNAMEs, in order."""
    names = [str(cname.target) for rrset in answer.chaining_result.cnames for cname in rrset]
    return [name.rstrip(".") for name in names]


def _refusal(error: dns.resolver.NoNameservers) -> str:
    """What the servers answered: SERVFAIL, REFUSED and the like."""
    import dns.message
    import dns.rcode

    codes = []
    for *_, problem, response in error.kwargs.get("errors", []):
        if isinstance(response, dns.message.Message):
            codes.append(dns.rcode.to_text(response.rcode()))
        else:
            codes.append(str(problem))
    return ", ".join(dict.fromkeys(codes)) or "no DNS server gave an answer"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())


def _troubled(detail: str) -> Troubled:
    return Troubled(Trouble(Reason.DNS, detail))
