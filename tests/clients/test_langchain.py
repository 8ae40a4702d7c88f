"""`langchain-redis`'s `LangCacheSemanticCache`, unmodified, as LangChain's cache, against a started server.

LangChain sends a chat's serialized messages as the prompt and the model's description as an attribute,
encoded twice. Most words of such a prompt are LangChain's own: the server looks for the last question in it,
among those whose other messages are the same.
"""

import pytest
from tests.clients.client import Client

QUESTION = ["human", "What is the capital of France?"]
BRIEF = ["system", "Be brief."]
LLM_STRING = "[('_type', 'openai-chat'), ('model', 'gpt-4o, \"é\"'), ('stop', None)]"
# What an agent with a few tools binds to its model. LangChain makes it a part of the model's description.
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": f"search_orders_{at}",
            "description": "Search a customer's orders, newest first: ids, dates, totals, tracking numbers.",
            "parameters": {
                "type": "object",
                "properties": {
                    "customer_id": {"type": "string", "description": "As the customer wrote it."},
                    "status": {"type": "string", "enum": ["open", "shipped", "returned"]},
                    "limit": {"type": "integer", "default": 10},
                },
                "required": ["customer_id"],
            },
        },
    }
    for at in range(10)
]
HISTORY = [["human", f"Question {at}?"] for at in range(60)]  # 9,000 characters when serialized.


@pytest.mark.parametrize(
    ("model", "prompt"),
    [("chat", [BRIEF, QUESTION]), ("llm", "What is the capital of France?"), ("chat", HISTORY)],
    ids=["a chat", "a completion", "a long chat"],
)
def test_a_model_asked_twice_answers_the_second_time_from_the_cache(
    langchain: Client, model: str, prompt: object
) -> None:
    said = langchain.call("ask", model=model, responses=["Paris.", "Not asked."], prompts=[prompt, prompt])

    assert said == ["Paris.", "Paris."]


def test_under_another_system_prompt_a_question_is_asked_anew(langchain: Client) -> None:
    prompts = [[BRIEF, QUESTION], [["system", "Answer in French."], QUESTION]]

    said = langchain.call("ask", model="chat", responses=["Paris.", "C'est Paris."], prompts=prompts)

    assert said == ["Paris.", "C'est Paris."]


def test_the_question_in_other_words_is_answered_from_the_cache(langchain: Client) -> None:
    prompts = [[BRIEF, QUESTION], [BRIEF, ["human", "what's the capital of France"]]]

    said = langchain.call("ask", model="chat", responses=["Paris.", "Not asked."], prompts=prompts)

    assert said == ["Paris.", "Paris."]


def test_after_another_history_the_same_question_is_asked_anew(langchain: Client) -> None:
    turns = [["human", "I have two subscriptions."], ["ai", "Which one?"], ["human", "Cancel it, please."]]
    others = [["human", "I have a booking for May."], ["ai", "Yes?"], ["human", "Cancel it please"]]

    said = langchain.call(
        "ask", model="chat", responses=["Subscription.", "Booking."], prompts=[turns, others]
    )

    assert said == ["Subscription.", "Booking."]


def test_another_question_is_asked_anew(langchain: Client) -> None:
    prompts = [[BRIEF, QUESTION], [BRIEF, ["human", "How do I bake bread?"]]]

    said = langchain.call("ask", model="chat", responses=["Paris.", "Slowly."], prompts=prompts)

    assert said == ["Paris.", "Slowly."]


def test_another_model_is_asked_anew(langchain: Client) -> None:
    langchain.call("ask", model="chat", responses=["From one model."], prompts=[[QUESTION]])

    said = langchain.call("ask", model="chat", responses=["From another."], prompts=[[QUESTION]])

    assert said == ["From another."]


def test_an_agent_with_tools_is_answered_from_the_cache(langchain: Client) -> None:
    said = langchain.call(
        "ask",
        model="chat",
        responses=["Shipped.", "Not asked."],
        prompts=[[QUESTION], [QUESTION]],
        parameters={"tools": TOOLS},
    )

    assert said == ["Shipped.", "Shipped."]


def test_lookup_finds_what_update_stored(langchain: Client) -> None:
    langchain.call("update", prompt="Capital of France?", llm_string=LLM_STRING, texts=["Paris.", "Paris!"])

    found = langchain.call("lookup", prompt="Capital of France?", llm_string=LLM_STRING)

    assert found == ["Paris.", "Paris!"]


def test_lookup_finds_by_meaning(langchain: Client) -> None:
    langchain.call("update", prompt="How do I reset my password?", llm_string="gpt", texts=["Settings."])

    found = langchain.call("lookup", prompt="how can I reset my password", llm_string="gpt")

    assert found == ["Settings."]


def test_lookup_for_another_model_finds_nothing(langchain: Client) -> None:
    langchain.call("update", prompt="Capital of France?", llm_string=LLM_STRING, texts=["Paris."])

    found = langchain.call("lookup", prompt="Capital of France?", llm_string=LLM_STRING + " ")

    assert found is None


def test_a_cache_wide_time_to_live_is_taken(langchain: Client) -> None:
    options = {"ttl": 60}
    langchain.call("update", prompt="Ping?", llm_string="gpt", texts=["Pong."], options=options)

    assert langchain.call("lookup", prompt="Ping?", llm_string="gpt", options=options) == ["Pong."]


def test_clear_empties_the_cache(langchain: Client) -> None:
    langchain.call("update", prompt="Ping?", llm_string="gpt", texts=["Pong."])

    langchain.call("clear")

    assert langchain.call("lookup", prompt="Ping?", llm_string="gpt") is None
