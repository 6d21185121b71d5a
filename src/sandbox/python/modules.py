# Imports that cannot work get a sentence that says what to do instead.
import importlib.machinery
import os
import sys

_ModuleSpec = importlib.machinery.ModuleSpec

_NO_NETWORK = "there is no network here; all data is in `context` and `files`"
_NO_HOST = "Python runs alone here, without a JavaScript host"
_NO_PROCESS = "there are no other processes here"
_ADVICE = {
    "numpy": "use the modules statistics, math and array, or plain lists",
    "pandas": "use csv, sqlite3, collections and statistics",
    "scipy": "use statistics and math",
    "sklearn": "use statistics and collections, or ask a model with llm_query",
    "matplotlib": "nothing can be drawn here; print figures as text",
    "tiktoken": "estimate tokens as len(text) / 4",
    "nltk": "use re and collections, or ask a model with llm_query",
    "spacy": "use re and collections, or ask a model with llm_query",
    "regex": "use re, or grep(...) for the whole corpus",
    "yaml": "use json, or parse the lines you need with re",
    "bs4": "use html.parser or re",
    "lxml": "use xml.etree.ElementTree",
    "openai": "use llm_query and llm_query_batched",
    "anthropic": "use llm_query and llm_query_batched",
    "micropip": "nothing can be installed; the standard library, sqlite3 included, is there",
    "pip": "nothing can be installed; the standard library, sqlite3 included, is there",
    **dict.fromkeys(("requests", "httpx", "aiohttp", "urllib3"), _NO_NETWORK),
}
_BLOCKED = {
    **dict.fromkeys(("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core"), _NO_HOST),
    **dict.fromkeys(("ctypes", "_ctypes", "cffi"), "compiled code cannot be loaded here"),
    **dict.fromkeys(("subprocess", "_posixsubprocess", "multiprocessing", "_multiprocessing"), _NO_PROCESS),
    **dict.fromkeys(("socket", "_socket", "ssl", "_ssl", "ftplib", "smtplib", "webbrowser"), _NO_NETWORK),
    "_rlm": "its functions are already here as ordinary names",
}
_FALLBACK = "only the standard library is here, and nothing can be installed"


class _Guide:
    """Stands first in sys.meta_path for what is blocked, and last for what does not exist."""

    def __init__(self, is_last):
        self._is_last = is_last

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in _BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}: {_BLOCKED[top]}", name=name)
        if self._is_last and path is None:
            raise ModuleNotFoundError(f"No module named {name!r}: {_ADVICE.get(top, _FALLBACK)}", name=name)
        return None


def _no_processes(*_arguments, **_options):
    raise OSError(_NO_PROCESS)


def install_import_guide():
    os.system = os.popen = _no_processes
    sys.meta_path.insert(0, _Guide(False))
    sys.meta_path.append(_Guide(True))
    for name in list(sys.modules):
        if name.partition(".")[0] in _BLOCKED:
            del sys.modules[name]
