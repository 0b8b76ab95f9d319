"""What the processes of nodes and of the entrypoint have in common."""

import os
import sys

import nats

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "..", "examples"))  # for fake_runner


class Surroundings:
    """A container's environment, its files, and the way to the hosts it names: `ROOT HOST:PORT=HOST:PORT`."""

    def __init__(self, arguments):
        self.root, route = arguments
        self.named, self.actual = route.split("=")

    def __getitem__(self, name):
        """Runners end when a variable is absent."""
        if name not in os.environ:
            sys.exit("%s is not set" % name)
        return os.environ[name]

    def path(self, path):
        return os.path.join(self.root, path.lstrip("/"))

    async def connect(self):
        if self["KRT_NATS_SERVER"] != self.named:
            sys.exit("KRT_NATS_SERVER is %s, and nothing of this name is there" % self["KRT_NATS_SERVER"])
        return await nats.connect("nats://" + self.actual, allow_reconnect=False)


def say(line):
    print(line, flush=True)
