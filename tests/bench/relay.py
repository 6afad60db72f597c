"""python -m tests.bench.relay PORT TO_PORT MS: carries bytes to another port, and each direction takes so long.

What the distance to a real exchange does to an order. Opening a connection costs a round trip, as it would there.
"""

import asyncio
import sys

HOST = "127.0.0.1"


class Side(asyncio.Protocol):
    """One end of a connection; `other` is where its bytes go."""

    def __init__(self, delay):
        self.delay, self.other = delay, None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.later(lambda: self.other.transport.write(data))

    def connection_lost(self, error):
        self.later(lambda: self.other.transport.close())

    def later(self, action):
        asyncio.get_running_loop().call_later(self.delay, action)


class Near(Side):
    """The client's end. Nothing of it leaves before its connection would have been open."""

    def __init__(self, delay, to_port):
        super().__init__(delay)
        self.to_port = to_port

    def connection_made(self, transport):
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self.open_at = loop.time() + 2 * self.delay
        self.other = Side(self.delay)
        self.other.other = self
        self.connecting = loop.create_task(loop.create_connection(lambda: self.other, HOST, self.to_port))

    def later(self, action):
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self.open_at) + self.delay, action)


async def serve(port, to_port, delay):
    """Until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Near(delay, to_port), HOST, port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    port, to_port, milliseconds = map(int, sys.argv[1:])
    asyncio.run(serve(port, to_port, milliseconds / 1000))
