"""A name server on loopback with a zone of its own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset

ZONE = {
    ("www.acme.test.", "A"): [("www.acme.test.", "CNAME", "edge.acme.test."), ("edge.acme.test.", "A", "127.0.0.1")],
    ("www.acme.test.", "AAAA"): [("www.acme.test.", "CNAME", "edge.acme.test."), ("edge.acme.test.", "AAAA", "::1")],
    ("front.acme.test.", "A"): [("front.acme.test.", "A", "127.0.0.1")],
    ("dangling.acme.test.", "A"): [("dangling.acme.test.", "CNAME", "gone.acme.test.")],
    ("old.acme.test.", "A"): [("old.acme.test.", "A", "127.0.0.1"), ("old.acme.test.", "A", "127.0.0.2")],
}
CODES = {
    "missing.acme.test.": dns.rcode.NXDOMAIN,
    "dangling.acme.test.": dns.rcode.NXDOMAIN,  # the code is about the last name of the chain (RFC 6604, 3)
    "broken.acme.test.": dns.rcode.SERVFAIL,
}


@contextmanager
def name_server(*unknown: str) -> Iterator[str]:
    """A name server on UDP that knows `ZONE`, refuses as `CODES` says, and never answers for silent.acme.test.

    Of `unknown` names it says that there are none.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 0))
    address = sock.getsockname()

    def serve() -> None:
        while True:
            wire, client = sock.recvfrom(4096)
            if wire == b"end":
                return
            query = dns.message.from_wire(wire)
            name, kind = str(query.question[0].name), dns.rdatatype.to_text(query.question[0].rdtype)
            if name == "silent.acme.test.":
                continue
            response = dns.message.make_response(query)
            if name.rstrip(".") in unknown:
                response.set_rcode(dns.rcode.NXDOMAIN)
                sock.sendto(response.to_wire(), client)
                continue
            response.set_rcode(CODES.get(name, dns.rcode.NOERROR))
            for owner, rdtype, value in ZONE.get((name, kind), []):
                found = response.find_rrset(
                    response.answer,
                    dns.name.from_text(owner),
                    dns.rdataclass.IN,
                    dns.rdatatype.from_text(rdtype),
                    create=True,
                )
                found.add(dns.rdata.from_text("IN", rdtype, value), 60)
            sock.sendto(response.to_wire(), client)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"{address[0]}:{address[1]}"
    finally:
        sock.sendto(b"end", address)
        thread.join(5)
        sock.close()
