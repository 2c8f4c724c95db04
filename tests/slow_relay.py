#!/usr/bin/python3
"""Runs a command that reaches an address over a slow network.

  tests/slow_relay.py ADDRESS SECONDS COMMAND...

In the command, ADDRESS is replaced by that of a relay, which passes on what
comes from either side so much later. The exit status is the command's, which
ends with the relay.
"""
import asyncio
import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1


async def pass_on(reader, writer, delay):
    try:
        while data := await reader.read(1 << 16):
            await asyncio.sleep(delay)
            writer.write(data)
            await writer.drain()
    except OSError:
        pass  # the other side has gone
    writer.close()


async def run(address, delay, command):
    host, port = address.rsplit(':', 1)

    async def connect(reader, writer):
        try:
            other_reader, other_writer = await asyncio.open_connection(
                host, int(port))
        except OSError:
            writer.close()
            return
        await asyncio.gather(pass_on(reader, other_writer, delay),
                             pass_on(other_reader, writer, delay))

    server = await asyncio.start_server(connect, host, 0)
    relay = '%s:%d' % server.sockets[0].getsockname()[:2]
    child = await asyncio.create_subprocess_exec(
        *[word.replace(address, relay) for word in command],
        preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG,
                                                   signal.SIGKILL))
    return await child.wait()


if __name__ == '__main__':
    sys.exit(asyncio.run(run(sys.argv[1], float(sys.argv[2]), sys.argv[3:])))
