# The bundled packages: compiled code, packed package by package, that lies in the memory of the snapshot.
import importlib.abc
import importlib.machinery
import importlib.metadata
import importlib.util
import marshal
import sys
import types
from compression import zstd

# Modules that libraries import for a part that cannot work here. While such a library is loaded, empty ones stand in.
_STAND_INS = {name: types.ModuleType(name) for name in ("subprocess", "urllib.request")}

# Imported already: much used, and slow to import for the patterns that they compile.
_IMPORTED = ("bs4", "yaml")


def _with_stand_ins(load):
    absent = {name: module for name, module in _STAND_INS.items() if name not in sys.modules}
    sys.modules.update(absent)
    try:
        load()
    finally:
        for name in absent:
            sys.modules.pop(name, None)


class _Bundle(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds and loads the bundled packages."""

    def __init__(self, packages):
        # Top-level module -> packed code.
        self._packed = {package["module"]: package["code"] for package in packages}
        self._distributions = {_normalized(package["name"]): _Distribution(package) for package in packages}
        # Name of a module -> (whether it is a package, its code), of the packages that were asked for.
        self._modules = {}

    def _module(self, name):
        top = name.partition(".")[0]
        if top not in self._modules and top in self._packed:
            self._modules.update(marshal.loads(zstd.decompress(self._packed[top])))
        return self._modules.get(name)

    def forget(self):
        """Gives back what was unpacked; it is unpacked again when something asks for it."""
        self._modules.clear()

    def find_spec(self, name, path=None, target=None):
        found = self._module(name)
        if found is None:
            return None
        origin = f"/lib/python3.14/site-packages/{name.replace('.', '/')}{'/__init__' if found[0] else ''}.py"
        spec = importlib.util.spec_from_loader(name, self, origin=origin, is_package=found[0])
        spec.has_location = True
        return spec

    def exec_module(self, module):
        _with_stand_ins(lambda: super(_Bundle, self).exec_module(module))

    def is_package(self, fullname):
        return self._module(fullname)[0]

    def get_code(self, fullname):
        return marshal.loads(self._module(fullname)[1])

    def get_source(self, fullname):
        return None

    def find_distributions(self, context=importlib.metadata.DistributionFinder.Context()):
        if context.name is None:
            return list(self._distributions.values())
        found = self._distributions.get(_normalized(context.name))
        return [] if found is None else [found]


class _Distribution(importlib.metadata.Distribution):
    """What importlib.metadata tells of a bundled package."""

    def __init__(self, package):
        self._texts = {
            "METADATA": f"Metadata-Version: 2.1\nName: {package['name']}\nVersion: {package['version']}\n",
            "top_level.txt": f"{package['module']}\n",
        }

    def read_text(self, filename):
        return self._texts.get(filename)

    def locate_file(self, path):
        raise FileNotFoundError(f"{path}: bundled packages have no files here")


def _normalized(name):
    return name.lower().replace("_", "-").replace(".", "-")


def _receive_packages():
    """The snapshot's builder sends them once; their code stays where it was received."""
    header, payload = receive()
    code = memoryview(payload).toreadonly()
    start = 0
    for package in header["packages"]:
        package["code"] = code[start : start + package["bytes"]]
        start += package["bytes"]
    return header["packages"]


bundled_packages = _receive_packages()


def install_packages():
    """Puts the bundle before the search of the library, which takes longer, and loads what is slow to load."""
    path_finder = sys.meta_path.index(importlib.machinery.PathFinder)
    bundle = _Bundle(bundled_packages)
    sys.meta_path.insert(path_finder, bundle)
    importlib.metadata.version(bundled_packages[0]["name"])
    _with_stand_ins(lambda: importlib.import_module("xml.sax.saxutils"))
    for name in _IMPORTED:
        importlib.import_module(name)
    bundle.forget()
