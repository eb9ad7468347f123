"""Runs the installed az again and again without starting Python for each command.

Every line of stdin is a command, `{"argv"}`; every line of stdout tells how it ended, `{"code", "out", "err"}`. Each is
`python -m azure.cli` as ever, through Causeway's own launcher. Nothing of az is changed or replaced; what is saved is
the second of starting, for what az imports stays imported.
"""

import importlib.util
import json
import os
import pathlib
import sys
import tempfile


def launcher():
    path = pathlib.Path(__file__).parents[2] / "clients" / "az-launcher.py"
    spec = importlib.util.spec_from_file_location("az_launcher", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ended(az, argv):
    """How the command ended: its exit code."""
    sys.argv = ["az", *argv]
    try:
        az.run()
    except SystemExit as ending:
        return ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1
    return 0


def answer(az, argv):
    files = {"out": tempfile.TemporaryFile(), "err": tempfile.TemporaryFile()}
    os.dup2(files["out"].fileno(), 1)
    os.dup2(files["err"].fileno(), 2)
    code = ended(az, argv)
    sys.stdout.flush()
    sys.stderr.flush()
    texts = {}
    for name, file in files.items():
        file.seek(0)
        texts[name] = file.read().decode()
        file.close()
    return {"code": code, **texts}


def main():
    commands, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    # What az reads is nothing, as when it runs in a script.
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    az = launcher()
    az.mend_network()
    for line in commands:
        answers.write(json.dumps(answer(az, json.loads(line)["argv"])) + "\n")
        answers.flush()


main()
