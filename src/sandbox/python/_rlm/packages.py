"""The bundled packages: compiled code in the memory of the snapshot, packed separately for each package."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import marshal
import sys
import types
from collections.abc import Callable, Sequence
from compression import zstd
from typing import Never, TypedDict

from _rlm.channel import receive


class Package(TypedDict):
    """The format that `snapshot/compile_packages.py` writes."""

    name: str
    version: str
    module: str
    isNamed: bool
    bytes: int


bundled_packages: list[Package] = []

# Modules that libraries import for a part that cannot work here. Empty ones replace them while a library is loaded.
_STAND_INS = {name: types.ModuleType(name) for name in ("subprocess", "urllib.request")}

# Already imported: they are used often, and slow to import because of the patterns that they compile.
_IMPORTED = ("bs4", "markdown_it", "packaging.requirements", "yaml")


def _with_stand_ins(load: Callable[[], object]) -> None:
    absent = {name: module for name, module in _STAND_INS.items() if name not in sys.modules}
    sys.modules.update(absent)
    try:
        load()
    finally:
        for name in absent:
            sys.modules.pop(name, None)


_ANY_DISTRIBUTION = importlib.metadata.DistributionFinder.Context()


class _Bundle(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the bundled packages."""

    def __init__(self, packages: Sequence[Package], packed: Sequence[memoryview]) -> None:
        # Top-level module -> packed code.
        self._packed = {package["module"]: code for package, code in zip(packages, packed, strict=True)}
        self._distributions = {_normalized(package["name"]): _Distribution(package) for package in packages}
        # Name of a module -> (whether it is a package, its code), for the packages that were used.
        self._modules: dict[str, tuple[bool, bytes]] = {}

    def _module(self, name: str) -> tuple[bool, bytes] | None:
        top = name.partition(".")[0]
        if top not in self._modules and top in self._packed:
            self._modules.update(marshal.loads(zstd.decompress(self._packed[top])))
        return self._modules.get(name)

    def _known(self, name: str) -> tuple[bool, bytes]:
        found = self._module(name)
        if found is None:
            raise ImportError(f"{name} is not bundled", name=name)
        return found

    def forget(self) -> None:
        """Drops the unpacked code; it is unpacked again when needed."""
        self._modules.clear()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        found = self._module(fullname)
        if found is None:
            return None
        origin = f"/lib/python3.14/site-packages/{fullname.replace('.', '/')}{'/__init__' if found[0] else ''}.py"
        spec = importlib.util.spec_from_loader(fullname, self, origin=origin, is_package=found[0])
        if spec is not None:
            spec.has_location = True
        return spec

    def exec_module(self, module: types.ModuleType) -> None:
        _with_stand_ins(lambda: super(_Bundle, self).exec_module(module))

    def is_package(self, fullname: str) -> bool:
        return self._known(fullname)[0]

    def get_code(self, fullname: str) -> types.CodeType:
        return marshal.loads(self._known(fullname)[1])

    def get_source(self, fullname: str) -> None:
        return None

    def find_distributions(
        self, context: importlib.metadata.DistributionFinder.Context = _ANY_DISTRIBUTION
    ) -> Sequence[importlib.metadata.Distribution]:
        if context.name is None:
            return list(self._distributions.values())
        found = self._distributions.get(_normalized(context.name))
        return [] if found is None else [found]


class _Distribution(importlib.metadata.Distribution):
    """What importlib.metadata reports about a bundled package."""

    def __init__(self, package: Package) -> None:
        self._texts = {
            "METADATA": f"Metadata-Version: 2.1\nName: {package['name']}\nVersion: {package['version']}\n",
            "top_level.txt": f"{package['module']}\n",
        }

    def read_text(self, filename: str) -> str | None:
        return self._texts.get(filename)

    def locate_file(self, path: object) -> Never:
        raise FileNotFoundError(f"{path}: bundled packages have no files here")


def _normalized(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _receive_packages() -> list[memoryview]:
    """Receives the bundle. The snapshot's builder sends it once; the code stays where it was received."""
    header, payload = receive()
    code = memoryview(payload).toreadonly()
    packed: list[memoryview] = []
    start = 0
    for package in header["packages"]:
        packed.append(code[start : start + package["bytes"]])
        start += package["bytes"]
    bundled_packages.extend(header["packages"])
    return packed


def install_packages() -> None:
    """Puts the bundle before the slower search of the library, and loads what is slow to load."""
    path_finder = sys.meta_path.index(importlib.machinery.PathFinder)
    packed = _receive_packages()
    bundle = _Bundle(bundled_packages, packed)
    sys.meta_path.insert(path_finder, bundle)
    importlib.metadata.version(bundled_packages[0]["name"])
    _with_stand_ins(lambda: importlib.import_module("xml.sax.saxutils"))
    for name in _IMPORTED:
        importlib.import_module(name)
    bundle.forget()
