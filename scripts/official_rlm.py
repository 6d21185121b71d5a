"""Reads the format of the official RLM package, which is installed in the folder that the first argument names.

official_rlm.py FOLDER templates             its texts, with {{names}} where values go, as JSON
official_rlm.py FOLDER messages < RUN        the messages that it would send for a run, as JSON
official_rlm.py FOLDER blocks < REPLIES      the code that it would run of each reply, as JSON
"""

import importlib
import inspect
import json
import sys
import types
from typing import Any


class Marker(int):
    """A number that stands in a text as a name."""

    def __new__(cls, name: str) -> "Marker":
        marker = super().__new__(cls, 7)
        marker.name = name
        return marker

    def __format__(self, _: str) -> str:
        return "{{" + self.name + "}}"

    def __add__(self, _: int) -> "Marker":
        return self

    def __sub__(self, _: int) -> "Marker":
        return Marker("last")


def load(folder: str) -> tuple[Any, Any, Any]:
    """Imports the modules of prompts. The packages around them would import clients of services."""
    for name in ("rlm", "rlm.core", "rlm.environments", "rlm.utils"):
        package = types.ModuleType(name)
        package.__path__ = [f"{folder}/{name.replace('.', '/')}"]
        sys.modules[name] = package
    return tuple(importlib.import_module(name) for name in ("rlm.utils.prompts", "rlm.utils.parsing", "rlm.core.types"))


def templates(prompts: Any, parsing: Any, core: Any) -> dict[str, Any]:
    metadata = types.SimpleNamespace(context_type="{{type}}", context_total_length="{{characters}}")
    system, opening = prompts.build_rlm_system_prompt(prompts.RLM_SYSTEM_PROMPT, metadata, root_prompt="{{question}}")

    def turn(**counts: int) -> str:
        text = prompts.build_user_prompt(**{"iteration": Marker("turn"), "max_iterations": Marker("turns"), **counts})
        return text["content"]

    def result(stdout: str = "", stderr: str = "", names: tuple[str, ...] = ()) -> Any:
        return core.REPLResult(stdout=stdout, stderr=stderr, locals=dict.fromkeys(names, 1))

    def shown(*results: Any) -> str:
        blocks = [core.CodeBlock("", each) for each in results]
        return parsing.format_iteration(core.RLMIteration(prompt="", response="", code_blocks=blocks))[1]["content"]

    nothing = parsing.format_execution_result(result())
    most = inspect.signature(parsing.format_iteration).parameters["max_character_length"].default
    whole = parsing.format_execution_result(result("a" * (most + 1000)))
    cut = shown(result("a" * (most + 1000))).split(whole[:most])[1]
    first_block = shown(result(), result()).split("\n\n")[0]
    return {
        "system": system["content"],
        "opening": opening["content"],
        "firstTurn": turn(iteration=0),
        "turn": turn(),
        "contexts": turn(context_count=Marker("count")).removeprefix(turn()),
        "history": turn(history_count=1).removeprefix(turn()),
        "histories": turn(history_count=Marker("count")).removeprefix(turn()),
        "output": shown(result()).replace(nothing, "{{result}}"),
        "numberedOutput": first_block.replace(nothing, "{{result}}").replace("1", "{{block}}"),
        "stdout": parsing.format_execution_result(result(stdout="{{text}}")),
        "stderr": parsing.format_execution_result(result(stderr="{{text}}")),
        "variables": parsing.format_execution_result(result(names=("name",))).replace("['name']", "{{names}}"),
        "nothing": nothing,
        "cut": cut.replace(str(len(whole) - most), "{{characters}}"),
        "mostCharacters": most,
    }


def messages(prompts: Any, parsing: Any, core: Any, run: dict[str, Any]) -> list[dict[str, str]]:
    """Does what the package does for a run whose replies, output and variables are given."""
    said = prompts.build_rlm_system_prompt(
        prompts.RLM_SYSTEM_PROMPT, core.QueryMetadata(run["context"]), root_prompt=run["question"]
    )
    counts = {"context_count": run.get("contexts", 1), "history_count": run.get("histories", 0)}
    for index, turn in enumerate(run["turns"]):
        said.append(prompts.build_user_prompt(run["question"], index, max_iterations=run["maxTurns"], **counts))
        reply = turn.get("reply")
        if reply is None:
            break
        codes = parsing.find_code_blocks(reply)
        results = [
            core.REPLResult(cell["stdout"], cell["stderr"], dict.fromkeys(cell["variables"], 1))
            for cell in turn.get("cells", [])
        ]
        if len(codes) != len(results):
            raise ValueError(f"turn {index + 1} has {len(codes)} blocks and {len(results)} results")
        blocks = [core.CodeBlock(code, result) for code, result in zip(codes, results, strict=True)]
        said += parsing.format_iteration(core.RLMIteration(prompt="", response=reply, code_blocks=blocks))
    return said


if __name__ == "__main__":
    _, package, command = sys.argv
    modules = load(package)
    if command == "templates":
        answer: Any = templates(*modules)
    elif command == "messages":
        answer = messages(*modules, json.load(sys.stdin))
    else:
        answer = [modules[1].find_code_blocks(reply) for reply in json.load(sys.stdin)]
    json.dump(answer, sys.stdout)
