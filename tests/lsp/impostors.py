"""What says that it is an engine."""

from diffgem_engine import wire
from diffgem_engine.protocol import Welcome


class Impostor:
    """A server that answers each connection's Hello with one frame and counts them."""

    def __init__(self, *frames):
        self.frames = frames
        self.connections = 0

    async def __call__(self, socket):
        self.connections += 1
        await socket.recv()
        for frame in self.frames:
            await socket.send(frame)
        await socket.wait_closed()


def welcome(protocol):
    return wire.encode(Welcome(protocol, "9", "m", "cpu", "float32", 256, 1024, 512))
