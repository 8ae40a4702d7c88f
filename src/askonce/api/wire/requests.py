"""Request bodies as what they ask for. Each function raises `InvalidRequest` with every fault it finds.

Three rules where the published API is silent: a name that stands twice is refused (two readers could take
different values); strategies that repeat are taken once; `context` is read on every search, not only on
conversations, so that a question asked within a conversation is never answered as if it stood alone.
"""

from askonce.api.limits import Limits
from askonce.api.wire.faults import Faults
from askonce.api.wire.fields import Fields
from askonce.api.wire.json_text import parse_object
from askonce.model.attributes import Attributes
from askonce.model.cache import Cache
from askonce.model.entry import MAX_TTL_MS, context_digest
from askonce.model.judgement import JudgeMode, Terms
from askonce.model.query import MAX_RESULTS, Put, Scope, Search, Strategy

STRATEGIES = tuple(strategy.value for strategy in Strategy)
JUDGES = tuple(mode.value for mode in JudgeMode)
DEFAULT_RESULTS = 1


def read_search(body: bytes, cache: Cache, limits: Limits) -> Search:
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    prompt_chars = cache.bounds.prompt_chars(limits.max_prompt_chars)
    prompt = fields.text("prompt", least=1, most=prompt_chars)
    floor = fields.number("similarityThreshold", cache.default_threshold, least=0, most=1)
    strategies = fields.choices("searchStrategies", STRATEGIES)
    max_results = fields.integer("maxResults", DEFAULT_RESULTS, least=1, most=MAX_RESULTS)
    judge = fields.choice("judge", cache.judge.value, JUDGES)
    min_confidence = fields.number("minConfidence", cache.min_confidence, least=0, most=1)
    is_explained = fields.boolean("explain", default=False)
    attributes = _attributes(fields, cache, faults)
    context = fields.texts("context", most=prompt_chars)
    faults.raise_if_any()
    return Search(
        prompt=prompt,
        scope=Scope(attributes, context_digest(context)),
        strategies=cache.strategies if strategies is None else tuple(Strategy(one) for one in strategies),
        floor=floor,
        max_results=max_results or DEFAULT_RESULTS,
        terms=Terms(JudgeMode(judge), min_confidence),
        is_explained=is_explained,
    )


def read_put(body: bytes, cache: Cache, limits: Limits) -> Put:
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    prompt_chars = cache.bounds.prompt_chars(limits.max_prompt_chars)
    prompt = fields.text("prompt", least=1, most=prompt_chars)
    response = fields.text("response", least=0, most=cache.bounds.response_chars(limits.max_response_chars))
    ttl_ms = fields.integer("ttlMillis", cache.default_ttl_ms, least=1, most=MAX_TTL_MS)
    attributes = _attributes(fields, cache, faults)
    context = fields.texts("context", most=prompt_chars)
    faults.raise_if_any()
    return Put(prompt, response, attributes, ttl_ms, context_digest(context))


def read_removal(body: bytes, cache: Cache) -> Attributes:
    """What the entries to remove must carry; nothing at all means every entry.

    A body with members but without `attributes` is refused although unknown members are ignored elsewhere:
    a misspelt name must not empty the cache.
    """
    if not body.strip():
        return {}
    faults = Faults()
    fields = Fields(parse_object(body, faults), faults)
    if fields.has_any() and not fields.has("attributes"):
        message = "attributes is required beside other members. To delete every entry, send {}."
        faults.add("attributes", "required", message)
    attributes = _attributes(fields, cache, faults)
    faults.raise_if_any()
    return attributes


def _attributes(fields: Fields, cache: Cache, faults: Faults) -> Attributes:
    attributes = fields.attributes("attributes")
    faults.extend(cache.attributes.faults(attributes))
    return attributes
