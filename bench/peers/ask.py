"""Asks one question with a recursive language model of another project, as that project documents it.

Reads a JSON object from standard input (peer, question, context, url, model, seconds) and prints one: the answer, or the
error as the peer raised it. Runs in the environment that `environment.ts` makes, one process a question.
"""

import json
import pathlib
import sys
import time
import urllib.request

HERE = pathlib.Path(__file__).parent


def ask_official(task: dict) -> str:
    """`rlms`: https://github.com/alexzhang13/rlm"""
    from rlm import RLM

    backend = {"model_name": task["model"], "base_url": task["url"], "api_key": "none"}
    model = RLM(backend="openai", backend_kwargs=backend, environment="local", max_timeout=task["seconds"])
    return model.completion(task["context"], root_prompt=task["question"]).response


def ask_dspy(task: dict) -> str:
    """`dspy.RLM`: https://dspy.ai"""
    import dspy

    language_model = dspy.LM(f"openai/{task['model']}", api_base=task["url"], api_key="none", cache=False)
    with dspy.context(lm=language_model):
        model = dspy.RLM("context, question -> answer", interpreter_factory=interpreter_factory())
        return model(context=task["context"], question=task["question"]).answer


def interpreter_factory():
    """What `dspy.RLM` runs code in. It loads one helper from deno.land; where that is blocked, ours stands in for it."""
    import dspy

    def without_deno_land():
        interpreter = dspy.PythonInterpreter()
        position = interpreter.deno_command.index("run") + 1
        interpreter.deno_command.insert(position, f"--import-map={HERE / 'import-map.json'}")
        return interpreter

    try:
        urllib.request.urlopen("https://deno.land/std@0.186.0/io/mod.ts", timeout=5).close()
        return dspy.PythonInterpreter
    except OSError:
        return without_deno_land


PEERS = {"official": ask_official, "dspy": ask_dspy}


def main() -> None:
    task = json.load(sys.stdin)
    started = time.monotonic()
    try:
        outcome = {"answer": str(PEERS[task["peer"]](task))}
    except Exception as error:  # whatever a peer raises is its answer to the question
        outcome = {"error": f"{type(error).__name__}: {error}"[:2000]}
    # Peers may print, too: the last line is ours.
    print("\n" + json.dumps({**outcome, "seconds": time.monotonic() - started}))


main()
