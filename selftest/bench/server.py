"""A server that answers each GET with its path after so many seconds: `python -m selftest.bench.server SECONDS`.

It prints its port, and at its end when the first request came (seconds since 1970).
"""

from __future__ import annotations

import asyncio
import sys
import time

DELAY = float(sys.argv[1]) if __name__ == "__main__" else 0.0
first: list[float] = []


async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if not first:
                first.append(time.time())
                print(first[0], flush=True)
            if DELAY:
                await asyncio.sleep(DELAY)
            path = head.split(b" ", 2)[1].decode()
            body = b'{"path": "%s", "state": "ready"}' % path.encode()
            start = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(start + body)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=512)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
