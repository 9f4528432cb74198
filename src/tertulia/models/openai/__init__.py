"""Every server that speaks OpenAI's chat protocol: one model, and the vendors as data.

A vendor is a `base_url`, the variable that holds its key and what it refuses; see `vendors.py`.
Importing this package, and looking for a model, load neither the `openai` SDK nor its HTTP client.
"""

from __future__ import annotations

from tertulia.models.openai.vendors import (
    Vendor,
    deepseek,
    gemini,
    groq,
    llamacpp,
    lmstudio,
    mistral,
    ollama,
    openai,
    openrouter,
    together,
    vllm,
    xai,
)

__all__ = [
    "Vendor",
    "deepseek",
    "gemini",
    "groq",
    "llamacpp",
    "lmstudio",
    "mistral",
    "ollama",
    "openai",
    "openrouter",
    "together",
    "vllm",
    "xai",
]
