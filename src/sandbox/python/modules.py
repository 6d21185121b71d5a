# Imports that cannot work get a sentence that says what to do instead.
import os
import sys


class _Guide:
    """Stands first in sys.meta_path for what is blocked, and last for what does not exist."""

    def __init__(self, is_last):
        self._is_last = is_last

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}: {BLOCKED[top]}", name=name)
        if self._is_last and path is None:
            raise ModuleNotFoundError(f"No module named {name!r}: {advice_on(top)}", name=name)
        return None


def _no_processes(*_arguments, **_options):
    raise OSError(_NO_PROCESS)


def install_import_guide():
    install_packages()
    os.system = os.popen = _no_processes
    sys.meta_path.insert(0, _Guide(False))
    sys.meta_path.append(_Guide(True))
    for name in list(sys.modules):
        if name.partition(".")[0] in BLOCKED:
            del sys.modules[name]
