"""What the API refuses to carry: sizes, numbers and times, as the settings give them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    max_body_bytes: int
    max_prompt_chars: int
    max_response_chars: int
    max_concurrent_requests: int
    request_timeout_s: float
