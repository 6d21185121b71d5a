# Fills the namespace of the cells. Runs once, when the snapshot is built.
for _function in (
    llm_query,
    llm_query_batched,
    rlm_query,
    rlm_query_batched,
    allm_query,
    arlm_query,
    FINAL,
    FINAL_VAR,
    SUBMIT,
    SHOW_VARS,
):
    provide(_function.__name__, _function)
for _function in (grep, search, chunks, outline, cite, budget):
    provide_yielding(_function.__name__, _function)
provide_yielding("files", files)
for _class in (LLMReply, LLMError):
    provide(_class.__name__, _class)
provide(_GIVE_BACK, _answer_dict)
import_prepared_modules()
install_import_guide()
