"""Runs the installed az many times without starting Python for each.

Every line of stdin is a command, `{"id", "argv"}`; every line of stdout tells how one ended,
`{"id", "code", "out", "err"}`, in the order in which they end. What az imports is imported once, and each command runs
in a fork of that: there it is `python -m azure.cli` as ever, through Causeway's own launcher. Nothing of az is changed
or replaced; what is saved is the second of starting.
"""

import importlib
import importlib.util
import json
import os
import pathlib
import selectors
import sys
import tempfile

MODULES = [
    "azure.cli.core.commands.client_factory",
    "azure.cli.core.commands.arm",
    "azure.cli.core.auth.identity",
    "azure.cli.core.aaz",
    "azure.cli.command_modules.network.custom",
    "azure.cli.command_modules.network.commands",
    "azure.cli.command_modules.network._params",
    "azure.cli.command_modules.network._validators",
    "azure.cli.command_modules.network.aaz.latest.network",
    "azure.cli.command_modules.resource.custom",
    "azure.cli.command_modules.resource._params",
    "azure.cli.command_modules.profile.custom",
    "azure.cli.command_modules.util.custom",
    "azure.mgmt.network.v2022_07_01",
    "azure.mgmt.network.operations",
    "azure.mgmt.resource",
    "msal",
    "requests",
]


def launcher():
    path = pathlib.Path(__file__).parents[2] / "clients" / "az-launcher.py"
    spec = importlib.util.spec_from_file_location("az_launcher", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(az, command, others):
    """The fork's pid, what it prints, and a pipe that closes with it."""
    out, err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        for one in others:
            os.close(one)
        null = os.open(os.devnull, os.O_RDONLY)
        for fd, number in ((null, 0), (out.fileno(), 1), (err.fileno(), 2)):
            os.dup2(fd, number)
        sys.argv = ["az", *command["argv"]]
        code = 1
        try:
            az.run()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
        except BaseException:
            sys.excepthook(*sys.exc_info())
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    os.close(writing)
    return {"command": command, "pid": pid, "out": out, "err": err, "pipe": reading}


def tell(running):
    _, status = os.waitpid(running["pid"], 0)
    answer = {"id": running["command"]["id"], "code": os.waitstatus_to_exitcode(status)}
    for name in ("out", "err"):
        running[name].seek(0)
        answer[name] = running[name].read().decode()
        running[name].close()
    os.close(running["pipe"])
    print(json.dumps(answer), flush=True)


def main():
    az = launcher()
    az.mend_network()
    for name in MODULES:
        # Another build of az has other modules; what is missing is imported by the fork that needs it.
        try:
            importlib.import_module(name)
        except ImportError:
            pass
    ready = selectors.DefaultSelector()
    ready.register(sys.stdin.fileno(), selectors.EVENT_READ)
    unread, pipes = b"", {}
    while True:
        for key, _ in ready.select():
            if key.data is not None:
                ready.unregister(key.fd)
                tell(pipes.pop(key.fd))
                continue
            chunk = os.read(key.fd, 65536)
            if chunk == b"":
                return
            *lines, unread = (unread + chunk).split(b"\n")
            for line in lines:
                running = start(az, json.loads(line), list(pipes))
                pipes[running["pipe"]] = running
                ready.register(running["pipe"], selectors.EVENT_READ, True)


main()
