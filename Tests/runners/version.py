"""Runs a version's containers as processes over a real nats-server, and calls it.

The folder given holds `version.json`:

    {"server": the address by which the containers know NATS,
     "setup": [{"words": of a program, "environment": {name: value}}]: what is run before they start, with NATS' own program,
     "writer": the subject on which documents are taken,
     "nodes": [{"name", "root": its files, in this folder, "environment": {name: value}}],
     "entrypoint": the same,
     "calls": [see entrypoint.py]}

Prints {"answers": [of each call], "documents": [{"coll", "doc"}]}. Ends with status 1 and the words of whoever failed.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile

import nats

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE = 60


class Failed(Exception):
    pass


async def until(condition, what):
    for _ in range(DEADLINE * 50):
        found = condition()
        if found is not None:
            return found
        await asyncio.sleep(0.02)
    raise Failed(what)


async def serve(folder):
    """A server with JetStream on a free port: the process and its address."""
    server = subprocess.Popen(
        ["nats-server", "--addr", "127.0.0.1", "--port", "-1", "--jetstream", "--store_dir", folder, "--ports_file_dir", folder],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    path = os.path.join(folder, "nats-server_%d.ports" % server.pid)

    def address():
        if server.poll() is not None:
            raise Failed("nats-server ended with %d" % server.returncode)
        try:
            with open(path, encoding="utf-8") as file:
                return json.load(file)["nats"][0].removeprefix("nats://")
        except (OSError, ValueError):
            return None

    return server, await until(address, "nats-server did not start")


async def furnish(program, server, address):
    """With exactly the environment of the container, but for where NATS is and where programs are."""
    environment = {name: address if value == server else value for name, value in program["environment"].items()}
    environment["PATH"] = os.path.join(HERE, "..", "Support", "nats") + ":/usr/bin:/bin"
    process = await asyncio.create_subprocess_exec(
        *program["words"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output, _ = await asyncio.wait_for(process.communicate(), DEADLINE)
    if process.returncode != 0:
        raise Failed("what is run first: " + output.decode())


async def start(program, container, folder, route, **more):
    """With exactly the environment of the container."""
    return await asyncio.create_subprocess_exec(
        sys.executable, "-B", os.path.join(HERE, program), os.path.join(folder, container["root"]), route,
        env=container["environment"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


async def ready(process, name):
    line = await asyncio.wait_for(process.stdout.readline(), DEADLINE)
    if line != b"ready\n":
        raise Failed("%s: %s%s" % (name, line.decode(), (await process.stderr.read()).decode()))


async def run(folder, version, storage):
    server, address = await serve(storage)
    processes = []
    try:
        connection = await nats.connect("nats://" + address)
        for program in version["setup"]:
            await furnish(program, version["server"], address)
        documents = []

        async def write(message):
            documents.append(json.loads(message.data))
            await message.respond(b"{}")

        await connection.subscribe(version["writer"], cb=write)
        route = "%s=%s" % (version["server"], address)
        for node in version["nodes"]:
            processes.append(await start("node.py", node, folder, route))
        for process, node in zip(list(processes), version["nodes"]):
            await ready(process, node["name"])
        caller = await start("entrypoint.py", version["entrypoint"], folder, route, stdin=subprocess.PIPE)
        processes.append(caller)
        calls = "".join(json.dumps(call) + "\n" for call in version["calls"])
        output, errors = await asyncio.wait_for(caller.communicate(calls.encode()), DEADLINE * 2)
        if caller.returncode != 0:
            raise Failed("the entrypoint: " + errors.decode())
        return {"answers": [json.loads(line) for line in output.splitlines()], "documents": documents}
    finally:
        for process in processes:
            if process.returncode is None:
                process.kill()
                await process.wait()
        server.kill()
        server.wait()


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "version.json"), encoding="utf-8") as file:
        version = json.load(file)
    with tempfile.TemporaryDirectory() as storage:
        try:
            print(json.dumps(asyncio.run(run(folder, version, storage))))
        except Failed as failure:
            sys.exit(str(failure))


main()
