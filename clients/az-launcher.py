"""Starts the az command line, with what Debian's build of 2.45 lacks put in its place.

That build asks for the network API of 2022-01-01, which Debian's SDK no longer carries; it carries
2022-07-01, with its operations one package higher. Nothing that is installed is changed, and an az
whose SDK is whole starts as it is.
"""

import importlib
import importlib.abc
import importlib.util
import runpy
import sys

SDK = "azure.mgmt.network"
CARRIED = "2022-07-01"


def folder_of(version):
    return f"{SDK}.v{version.replace('-', '_')}"


class OperationsAlias(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The operations of the carried version, under the name by which az looks for them."""

    name = f"{folder_of(CARRIED)}.operations"

    def find_spec(self, name, path, target=None):
        return importlib.util.spec_from_loader(name, self) if name == self.name else None

    def create_module(self, spec):
        return importlib.import_module(f"{SDK}.operations")

    def exec_module(self, module):
        pass


def mend_network():
    from azure.cli.core.profiles import _shared as shared

    versions = shared.AZURE_API_PROFILES["latest"]
    asked = versions[shared.ResourceType.MGMT_NETWORK]
    if importlib.util.find_spec(folder_of(asked)) is not None:
        return
    versions[shared.ResourceType.MGMT_NETWORK] = CARRIED
    sys.meta_path.insert(0, OperationsAlias())


def run():
    """As `python -m azure.cli`, with the arguments of this process."""
    sys.argv[0] = "az"
    runpy.run_module("azure.cli", run_name="__main__")


if __name__ == "__main__":
    mend_network()
    run()
