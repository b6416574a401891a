"""A DNS server on loopback, UDP and TCP, that knows the platform's public names only and asks nobody."""

from __future__ import annotations

import asyncio
import socket
import struct

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from replica import switch
from replica.serving import HOST, HOST6, IPV6_ONLY, bound
from replica.storefront.brands import BRANDS

TTL = 60
NAMES = frozenset(dns.name.from_text(brand.host) for brand in BRANDS)
ZONES = frozenset(name.parent() for name in NAMES)
THRILLRING = dns.name.from_text("stg.thrillring.com")
FORMER_EDGE = "edge-1.thrillring.com."  # what the platform once had, and no longer has
NOBODY_6 = "::1"  # likewise
NOBODY = "127.0.0.9"  # loopback, where nothing of ours listens


def answer(query: dns.message.Message) -> dns.message.Message | None:
    """The answer under the faults that are on; None is silence.

    An A record for a known name, an empty answer for its other types, NXDOMAIN for other names of its zone, REFUSED
    for all else.
    """
    if switch.is_on("dns-silent"):
        return None
    response = dns.message.make_response(query)
    response.flags &= ~dns.flags.RA
    if len(query.question) != 1 or query.question[0].rdclass != dns.rdataclass.IN:
        response.set_rcode(dns.rcode.REFUSED)
        return response
    question = query.question[0]
    name = question.name.canonicalize()
    zone = next((zone for zone in ZONES if name.is_subdomain(zone)), None)
    if switch.is_on("dns-servfail"):
        response.set_rcode(dns.rcode.SERVFAIL)
    elif zone is None:
        response.set_rcode(dns.rcode.REFUSED)
    elif (name not in NAMES and name != zone) or (switch.is_on("dns-nxdomain-thrillring") and name == THRILLRING):
        response.flags |= dns.flags.AA
        response.set_rcode(dns.rcode.NXDOMAIN)
        response.authority.append(_soa(zone))
    elif name == THRILLRING and switch.is_on("dns-cname-dangling"):
        response.flags |= dns.flags.AA
        response.set_rcode(dns.rcode.NXDOMAIN)  # about the last name of the chain (RFC 6604, section 3)
        response.answer.append(dns.rrset.from_text(question.name, TTL, "IN", "CNAME", FORMER_EDGE))
        response.authority.append(_soa(zone))
    elif name in NAMES and question.rdtype in (_kind(), dns.rdatatype.ANY):
        response.flags |= dns.flags.AA
        response.answer.append(dns.rrset.from_text(question.name, TTL, "IN", _kind(), *_addresses(name)))
    elif name == THRILLRING and question.rdtype == dns.rdatatype.AAAA and switch.is_on("dns-ipv6-dead"):
        response.flags |= dns.flags.AA
        response.answer.append(dns.rrset.from_text(question.name, TTL, "IN", "AAAA", NOBODY_6))
    else:
        response.flags |= dns.flags.AA
        response.authority.append(_soa(zone))
    return response


def _kind() -> dns.rdatatype.RdataType:
    """The kind of the addresses that the names have."""
    return dns.rdatatype.AAAA if switch.is_on(IPV6_ONLY) else dns.rdatatype.A


def _addresses(name: dns.name.Name) -> list[str]:
    here = HOST6 if _kind() == dns.rdatatype.AAAA else HOST
    if name == THRILLRING and switch.is_on("dns-wrong-address"):
        return [NOBODY]
    return [here, NOBODY] if name == THRILLRING and switch.is_on("dns-second-address-dead") else [here]


def _soa(zone: dns.name.Name) -> dns.rrset.RRset:
    return dns.rrset.from_text(zone, TTL, "IN", "SOA", f"ns.{zone} hostmaster.{zone} 1 3600 600 86400 {TTL}")


def _reply(wire: bytes) -> bytes | None:
    try:
        response = answer(dns.message.from_wire(wire))
    except dns.exception.DNSException:
        return None
    return None if response is None else response.to_wire()


class DnsPart:
    """The server as a part of a process; it is gone while `dns-down` is on."""

    name = "dns"

    def __init__(self, port: int) -> None:
        self.port = port
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Nothing to prepare."""

    def mode(self) -> str:
        return "down" if switch.is_on("dns-down") else "up"

    async def open(self, mode: str) -> None:
        loop = asyncio.get_running_loop()
        self._tcp = await asyncio.start_server(self._serve, sock=bound(self.port))
        self._udp, _ = await loop.create_datagram_endpoint(_Udp, sock=bound(self.port, socket.SOCK_DGRAM))

    async def close(self) -> None:
        if self._tcp is not None:
            self._tcp.close()
        if self._udp is not None:
            self._udp.abort()
        for writer in list(self._writers):
            writer.transport.abort()
        self._tcp = self._udp = None
        # The loop closes an aborted datagram socket on its next turn, and its port must be free for `open`.
        await asyncio.sleep(0)

    async def stop(self) -> None:
        await self.close()

    async def tick(self) -> None:
        """Nothing to renew."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                (length,) = struct.unpack("!H", await reader.readexactly(2))
                reply = _reply(await reader.readexactly(length))
                if reply is not None:
                    writer.write(struct.pack("!H", len(reply)) + reply)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            self._writers.discard(writer)
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        reply = _reply(data)
        if reply is not None:
            self._transport.sendto(reply, addr)  # type: ignore[attr-defined]


def part(port: int) -> DnsPart:
    """The DNS server on that port."""
    return DnsPart(port)
