"""Explains imports that cannot work, with a sentence that says what to do instead."""

import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Never

from _rlm.advice import BLOCKED, NO_PROCESS, advice_on
from _rlm.packages import install_packages


class _Guide:
    """An import finder: first in sys.meta_path for blocked modules, and last for those that do not exist."""

    def __init__(self, is_last: bool) -> None:
        self._is_last = is_last

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        top = name.partition(".")[0]
        if top in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}: {BLOCKED[top]}", name=name)
        if self._is_last and path is None:
            raise ModuleNotFoundError(f"No module named {name!r}: {advice_on(top)}", name=name)


def _no_processes(*_arguments: object, **_options: object) -> Never:
    raise OSError(NO_PROCESS)


def install_import_guide() -> None:
    install_packages()
    os.system = os.popen = _no_processes
    sys.meta_path.insert(0, _Guide(False))
    sys.meta_path.append(_Guide(True))
    for name in list(sys.modules):
        if name.partition(".")[0] in BLOCKED:
            del sys.modules[name]
