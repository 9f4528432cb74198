"""How many tokens the known models take, in their own tokens: the lowest figure their makers tell.

Found by the longest beginning of the model's name, in lower case and without what stands before a
slash (`meta-llama/Llama-3.3-70B` is `llama-3.3-70b`). The settings' `context_window` goes first.
"""

from __future__ import annotations

UNKNOWN = 8192

WINDOWS: dict[str, int] = {
    # OpenAI: https://platform.openai.com/docs/models. GPT-5 takes 400,000 tokens in all, but a
    # prompt of no more than 272,000.
    "gpt-3.5-turbo": 16_385,
    "gpt-4": 8_192,
    "gpt-4-32k": 32_768,
    "gpt-4-turbo": 128_000,
    "gpt-4-0125": 128_000,
    "gpt-4-1106": 128_000,
    "gpt-4o": 128_000,
    "gpt-4.1": 1_047_576,
    "gpt-4.5": 128_000,
    "gpt-5": 272_000,
    "gpt-5-chat": 128_000,
    "gpt-6": 272_000,
    "gpt-oss": 131_072,
    "chatgpt-4o": 128_000,
    "o1": 200_000,
    "o1-mini": 128_000,
    "o1-preview": 128_000,
    "o3": 200_000,
    "o4": 200_000,
    # Anthropic and Google, through their OpenAI doors or a router.
    "claude": 200_000,
    "gemini": 32_768,
    "gemini-1.5": 1_048_576,
    "gemini-2": 1_048_576,
    "gemini-3": 1_048_576,
    "gemini-flash": 1_048_576,
    "gemini-pro-latest": 1_048_576,
    "gemma": 8_192,
    "gemma3": 32_768,
    "gemma-3": 32_768,
    "gemma4": 131_072,
    "gemma-4": 131_072,
    # Mistral: https://docs.mistral.ai/getting-started/models
    "codestral": 32_768,
    "devstral": 131_072,
    "magistral": 40_960,
    "ministral": 131_072,
    "mistral": 32_768,
    "mistral-large": 131_072,
    "mistral-medium": 131_072,
    "mistral-nemo": 131_072,
    "mistral-small-latest": 131_072,
    "mixtral": 32_768,
    "open-mistral-nemo": 131_072,
    "pixtral": 131_072,
    # Meta
    "llama2": 4_096,
    "llama-2": 4_096,
    "llama3": 8_192,
    "llama-3": 8_192,
    "meta-llama-3": 8_192,
    "llama3.1": 131_072,
    "llama3.2": 131_072,
    "llama3.3": 131_072,
    "llama-3.1": 131_072,
    "llama-3.2": 131_072,
    "llama-3.3": 131_072,
    "meta-llama-3.1": 131_072,
    "llama4": 131_072,
    "llama-4": 131_072,
    # others
    "command-r": 128_000,
    "deepseek": 65_536,
    "deepseek-coder": 16_384,
    "deepseek-flash": 131_072,
    "deepseek-v4": 131_072,
    "glm-4": 128_000,
    "grok": 131_072,
    "grok-4": 256_000,
    "kimi": 131_072,
    "phi3": 4_096,
    "phi-3": 4_096,
    "phi3.5": 131_072,
    "phi-3.5": 131_072,
    "phi4": 16_384,
    "phi-4": 16_384,
    "qwen": 8_192,
    "qwen2": 32_768,
    "qwen3": 32_768,
    "qwq": 32_768,
}

_O200K = (
    "gpt-4o",
    "gpt-4.1",
    "gpt-4.5",
    "gpt-5",
    "gpt-6",
    "gpt-oss",
    "chatgpt-4o",
    "o1",
    "o3",
    "o4",
)
"""Models that count as tiktoken's `o200k_base` does: the engine's count is theirs."""


def window(model: str) -> int:
    """The context window of `model`, `UNKNOWN` where the table does not know it."""
    bare = _bare(model)
    known = max((begin for begin in WINDOWS if bare.startswith(begin)), key=len, default="")
    return WINDOWS.get(known, UNKNOWN)


def factor(model: str) -> float:
    """The model's tokens per token of the engine's tokenizer, until its `usage` has told."""
    return 1.0 if _bare(model).startswith(_O200K) else 1.2


def _bare(model: str) -> str:
    return model.rpartition("/")[2].lower()
