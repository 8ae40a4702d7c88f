"""What a first start shows once: the ids and tokens it made, with snippets ready to paste."""

from askonce.service.first_start import Welcome

HEADING = "\nShown once; keep it:\n\n"
CACHE_LINES = "  cache id     {cache_id}\n  api key      {api_key}\n"
ADMIN_LINE = "  admin token  {admin_token}\n"
SNIPPETS = """
With curl:

curl -s -w '\\n' {url}/v1/caches/{cache_id}/entries \\
  -H 'Authorization: Bearer {api_key}' \\
  -d '{{"prompt": "How do I reset my password?", "response": "Settings > Security > Reset."}}'

curl -s -w '\\n' {url}/v1/caches/{cache_id}/entries/search \\
  -H 'Authorization: Bearer {api_key}' \\
  -d '{{"prompt": "how can I reset my password"}}'

With Python (pip install langcache):

from langcache import LangCache

with LangCache(
    server_url="{url}",
    cache_id="{cache_id}",
    api_key="{api_key}",
) as cache:
    cache.set(prompt="How do I reset my password?", response="Settings > Security > Reset.")
    print(cache.search(prompt="how can I reset my password").data)

"""


def welcome_text(url: str, welcome: Welcome) -> str:
    """Empty where nothing was made."""
    has_key = welcome.api_key is not None
    has_admin = welcome.admin_token is not None
    if not has_key and not has_admin:
        return ""
    template = HEADING + CACHE_LINES * has_key + ADMIN_LINE * has_admin + SNIPPETS * has_key
    return template.format(
        url=url, cache_id=welcome.cache_id, api_key=welcome.api_key, admin_token=welcome.admin_token
    )
