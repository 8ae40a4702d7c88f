"""LangCache's JSON, both ways: the one place that knows its field names. What leaves here is typed."""
