"""What to do instead of importing what is not here: a sentence for the model, by top-level module."""

import sys

from _rlm.packages import bundled_packages

_NO_NETWORK = "there is no network here; all data is in `context` and `files`"
_NO_HOST = "Python runs alone here, without a JavaScript host"
NO_PROCESS = "there are no other processes here"
_NO_INSTALL = "nothing can be installed"
_NO_WINDOW = "nothing can be drawn here; print figures as text, tables with tabulate"
_READ_TEXT = "use re and collections, or ask a model with llm_query"
_MODELS = "use llm_query and llm_query_batched"
_GRAPHS = "use dicts and collections.deque, or graphlib for an order of dependencies"
_TABLES = "use csv, sqlite3 and collections; print tables with tabulate"
_NUMBERS = "use statistics, math, fractions and array, or plain lists"
_LEARNING = "use statistics and collections, or ask a model with llm_query"
_DISTANCE = "use difflib"
_PYTHON_CODE = "use ast and tokenize, or outline(path)"
_OTHER_CODE = "use outline(path), grep(...) and re"
_TIME_ZONES = "use datetime.timezone with an offset, or dateutil"
_OFFICE_FILES = "contexts are text here; read `context` and `files`"

# Importing them is refused even if the library has a file of that name.
BLOCKED: dict[str, str] = {
    **dict.fromkeys(("js", "pyodide", "pyodide_js", "_pyodide", "_pyodide_core"), _NO_HOST),
    **dict.fromkeys(("ctypes", "_ctypes", "cffi"), "compiled code cannot be loaded here"),
    **dict.fromkeys(("subprocess", "_posixsubprocess", "multiprocessing", "_multiprocessing"), NO_PROCESS),
    **dict.fromkeys(("socket", "_socket", "ssl", "_ssl", "ftplib", "smtplib", "webbrowser"), _NO_NETWORK),
    "_rlm": "its functions are already here as ordinary names",
}

_ADVICE: dict[str, str] = {
    **dict.fromkeys(("numpy", "scipy", "sympy", "numba", "cupy"), _NUMBERS),
    **dict.fromkeys(("pandas", "polars", "pyarrow", "duckdb", "dask"), _TABLES),
    **dict.fromkeys(("sklearn", "torch", "tensorflow", "xgboost", "gensim", "faiss"), _LEARNING),
    **dict.fromkeys(("nltk", "spacy", "textblob", "snowballstemmer", "stanza"), _READ_TEXT),
    **dict.fromkeys(("matplotlib", "seaborn", "plotly", "bokeh", "altair", "PIL", "cv2"), _NO_WINDOW),
    **dict.fromkeys(("networkx", "igraph", "rustworkx", "graph_tool"), _GRAPHS),
    **dict.fromkeys(("rapidfuzz", "fuzzywuzzy", "thefuzz", "Levenshtein", "jellyfish"), _DISTANCE),
    **dict.fromkeys(("openai", "anthropic", "ollama", "litellm", "langchain", "transformers", "dspy"), _MODELS),
    **dict.fromkeys(("sentence_transformers", "chromadb", "rank_bm25", "whoosh"), "use search(query, k) or llm_query"),
    **dict.fromkeys(("requests", "httpx", "aiohttp", "urllib3", "selenium", "playwright", "boto3"), _NO_NETWORK),
    **dict.fromkeys(
        ("psycopg2", "psycopg", "pymysql", "sqlalchemy", "pymongo", "redis"), f"use sqlite3; {_NO_NETWORK}"
    ),
    **dict.fromkeys(("parso", "libcst", "jedi", "astroid"), _PYTHON_CODE),
    **dict.fromkeys(("tree_sitter", "tree_sitter_languages", "pygments", "javalang", "esprima", "clang"), _OTHER_CODE),
    **dict.fromkeys(("pytz", "tzdata", "tzlocal"), _TIME_ZONES),
    **dict.fromkeys(("arrow", "pendulum", "dateparser", "maya"), "use datetime and dateutil.parser"),
    **dict.fromkeys(("chardet", "charset_normalizer", "cchardet"), "texts are decoded already"),
    **dict.fromkeys(("openpyxl", "xlrd", "docx", "pptx", "PyPDF2", "pypdf", "fitz", "pdfplumber"), _OFFICE_FILES),
    **dict.fromkeys(("lxml", "html5lib", "pyquery", "parsel"), "use bs4 with html.parser, or xml.etree.ElementTree"),
    **dict.fromkeys(("markdown", "mistune", "commonmark", "markdown2"), "use markdown_it"),
    **dict.fromkeys(("toml", "tomli", "tomlkit", "rtoml"), "use tomllib"),
    **dict.fromkeys(("ujson", "orjson", "simplejson", "rapidjson"), "use json"),
    **dict.fromkeys(("commentjson", "jstyleson", "pyjson5", "demjson3"), "use json5"),
    **dict.fromkeys(("ruamel", "oyaml", "strictyaml"), "use yaml"),
    **dict.fromkeys(("jsonpath_ng", "jmespath", "glom"), "use plain Python on the value of json.loads"),
    **dict.fromkeys(
        ("jsonschema", "pydantic", "attr", "attrs", "marshmallow"), "use dataclasses and checks of your own"
    ),
    **dict.fromkeys(("rich", "prettytable", "texttable", "termcolor", "colorama"), "use print and tabulate"),
    **dict.fromkeys(("sortedcontainers", "blist"), "use sorted, bisect and heapq"),
    **dict.fromkeys(("toolz", "cytoolz", "funcy", "boltons"), "use itertools, functools and more_itertools"),
    **dict.fromkeys(("semver", "semantic_version"), "use packaging.version"),
    **dict.fromkeys(("git", "pygit2", "dulwich"), "there is no repository here, only the texts in `files`"),
    **dict.fromkeys(("tqdm", "joblib"), "loop without it: output is shown when the cell ends"),
    **dict.fromkeys(("micropip", "pip", "ensurepip", "setuptools", "pkg_resources", "conda"), _NO_INSTALL),
    "tiktoken": "estimate tokens as len(text) // 4",
    "regex": "use re, or grep(...) for the whole corpus",
    "jinja2": "use str.format, f-strings or string.Template",
    "xxhash": "use hashlib",
    "unidecode": "use unicodedata.normalize",
}


def what_is_here() -> str:
    named = sorted([package["module"] for package in bundled_packages if package["isNamed"]])
    return f"the standard library, sqlite3 included, and {', '.join(named)}"


def _name_in_code(package_name: str) -> str | None:
    """Returns the module to import for a package that is bundled under another name."""
    for package in bundled_packages:
        if package["name"].lower().replace("-", "_") == package_name:
            return package["module"]
    return None


def advice_on(module: str) -> str:
    """Returns what to do without a top-level module that does not exist here."""
    name_in_code = _name_in_code(module)
    if name_in_code is not None:
        return f"import {name_in_code}, which is its name in code"
    if module in sys.stdlib_module_names and module not in _ADVICE:
        return "this part of the standard library does not work here"
    advice = _ADVICE.get(module)
    if advice is None or advice == _NO_INSTALL:
        return f"{_NO_INSTALL}; there are {what_is_here()}"
    return advice
