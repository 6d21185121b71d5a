"""Fills the namespace of the cells. Runs once, when the snapshot is built."""

from _rlm.answer import FINAL, FINAL_VAR, SUBMIT
from _rlm.answer_dict import GIVE_BACK, answer_dict
from _rlm.corpus import chunks, cite, grep, outline, search
from _rlm.files import files
from _rlm.host import budget
from _rlm.import_guide import install_import_guide
from _rlm.loop import install_loop
from _rlm.names import SHOW_VARS, import_prepared_modules, provide, provide_yielding
from _rlm.own_names import provide_aliases
from _rlm.queries import (
    allm_query,
    arlm_query,
    llm_query,
    llm_query_batched,
    rlm_query,
    rlm_query_batched,
)
from _rlm.records import overview, records
from _rlm.replies import LLMError, LLMReply

_QUERIES = (llm_query, llm_query_batched, rlm_query, rlm_query_batched, allm_query, arlm_query)


def fill_namespace() -> None:
    for function in (*_QUERIES, FINAL, FINAL_VAR, SUBMIT, SHOW_VARS):
        provide(function.__name__, function)
    for function in (grep, search, chunks, outline, cite, budget, records, overview):
        provide_yielding(function.__name__, function)
    provide_aliases()
    provide_yielding("files", files)
    for kind in (LLMReply, LLMError):
        provide(kind.__name__, kind)
    provide(GIVE_BACK, answer_dict)
    import_prepared_modules()
    install_loop()
    install_import_guide()
