"""Runs a llama.cpp server until standard input ends: serve.py FOLDER PARAMETERS, the latter as JSON.

It listens while it loads the model, as llama-server does. Bound to standard input, it never outlives whoever started it.
"""

import json
import os
import sys
import threading

folder, parameters = sys.argv[1:]
sys.path.insert(0, folder)

import xllamacpp  # noqa: E402  (the folder has to be on the path first)


def end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(0)


wanted = json.loads(parameters)
params = xllamacpp.CommonParams()
params.model.path = wanted["path"]
params.model_alias = {wanted["alias"]}
params.hostnames = ["127.0.0.1"]
params.port = wanted["port"]
params.n_parallel = wanted["slots"]
params.n_ctx = wanted["slots"] * wanted["window"]
params.endpoint_slots = True
params.endpoint_props = True
params.endpoint_metrics = True
params.ui = False
# The window is given, and the first call warms up as well.
params.fit_params = False
params.warmup = False
if wanted["threads"]:
    params.cpuparams.n_threads = wanted["threads"]
    params.cpuparams_batch.n_threads = wanted["threads"]
if wanted["key"]:
    params.api_keys = [wanted["key"]]

watch = threading.Thread(target=end_with_parent)
watch.start()
server = xllamacpp.Server(params)
watch.join()
