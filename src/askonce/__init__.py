"""AskOnce: a semantic cache for LLM answers that speaks the LangCache API."""

__version__ = "0.1.0"
