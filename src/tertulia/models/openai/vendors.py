"""The known vendors and local servers: where they are, where their key is, what they refuse."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tertulia.models.openai.endpoint import Endpoint
from tertulia.models.openai.listed import listed
from tertulia.models.openai.listing import first_chat_model
from tertulia.models.openai.model import ChatModel
from tertulia.models.openai.windows import window
from tertulia.ports.model import Provider
from tertulia.values.bot import ModelSpec
from tertulia.values.errors import SettingsError
from tertulia.values.secret import Secret

_OPENAI_HOSTS = (".openai.com", ".openai.azure.com")


@dataclass(frozen=True, kw_only=True)
class Vendor(Provider):
    """One server that speaks OpenAI's protocol; with `port`, one of this machine, without a key."""

    name: str
    rank: int
    base_url: str = ""
    key: str | None = None
    """The environment variable that usually holds its key."""
    model: str | None = None
    """The model where none is named; a local server is asked for its first one."""
    port: int | None = None
    start: str = ""
    """The command that starts a local server."""
    window: int | None = None
    """The context window that a local server gives its models unless told otherwise.

    Ollama silently cuts the beginning of a longer prompt, whatever its model could read
    (https://docs.ollama.com/context-length).
    """
    refuses: frozenset[str] = frozenset()
    """Fields that it is known to refuse, and that are not sent to it."""
    proof: str = ""
    """A path that only a good key may read, where everybody may read the list of models."""

    def open(self, spec: ModelSpec) -> ChatModel:
        """The model of `spec`. Raises: `SettingsError` for a missing key or a wrong `base_url`."""
        base_url = self._address(spec)
        name = spec.name or self.model or self._pick(base_url)
        at = self._endpoint(spec, name)
        host = urlsplit(base_url).hostname or ""
        newer = frozenset({"max_tokens"} if host.endswith(_OPENAI_HOSTS) else ())
        return ChatModel(
            spec,
            at,
            window=self.window or window(name),
            refused=self.refuses | newer,
            foreign=self._foreign,
        )

    async def list(self, spec: ModelSpec) -> Sequence[str]:
        """See the port; the model that is taken where none is named stands first."""
        names = await listed(self._endpoint(spec, ""), foreign=self._foreign)
        usual = [name for name in names if name == self.model]
        others = sorted((name for name in names if name != self.model), key=str.lower)
        return [f"{self.name}:{name}" for name in (*usual, *others)]

    def local(self) -> str | None:
        """See the port."""
        return self._usual() if self.port else None

    def found(self) -> ModelSpec | None:
        """Its model where the key is in the environment, or the local server lists one."""
        if self.port:
            name = first_chat_model(self._usual())
            if name is None:
                return None
            return ModelSpec(provider=self.name, name=name, base_url=self._usual())
        key = self._key_in_environment()
        return key and ModelSpec(provider=self.name, name=self.model, api_key=key)

    @property
    def _foreign(self) -> bool:
        return self.name != "openai"

    def _endpoint(self, spec: ModelSpec, model: str) -> Endpoint:
        return Endpoint(
            name=f"{self.name}:{model}" if model else self.name,
            model=model,
            base_url=self._address(spec),
            key=self._secret(spec),
            key_step=self._key_step(foreign=bool(spec.base_url)),
            start_step=self._start_step(),
            proof=self.proof,
        )

    def _usual(self) -> str:
        return self.base_url or f"http://127.0.0.1:{self.port}/v1"

    def _address(self, spec: ModelSpec) -> str:
        own = os.environ.get("OPENAI_BASE_URL", "").strip() if self.name == "openai" else ""
        base_url = spec.base_url or own or self._usual()
        try:
            parts = urlsplit(base_url)
            sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise SettingsError(
                f"The base_url of the model ({self.name}) is no web address. "
                "It looks like http://127.0.0.1:8000/v1."
            )
        return base_url

    def _secret(self, spec: ModelSpec) -> Secret | None:
        # The key in the environment is this vendor's: no other server is shown it.
        key = spec.api_key or (None if spec.base_url else self._key_in_environment())
        value = key.reveal().strip() if key else ""
        if key and value:
            if not (value.isascii() and value.isprintable() and " " not in value):
                raise SettingsError(
                    f"The key from {key.origin} holds characters that no key has; set it anew."
                )
            return Secret(value, key.origin)
        if self.port or spec.base_url:
            return None
        raise SettingsError(f"There is no key for {self.name}. {self._key_step(foreign=False)}")

    def _key_in_environment(self) -> Secret | None:
        value = os.environ.get(self.key, "").strip() if self.key else ""
        return Secret(value, f"env:{self.key}") if value else None

    def _pick(self, base_url: str) -> str:
        name = first_chat_model(base_url)
        if name:
            return name
        raise SettingsError(
            f"No model of {self.name} is named, and none was found at {urlsplit(base_url).netloc}. "
            f'{self._start_step()} Or name one: model = "{self.name}:NAME".'
        )

    def _key_step(self, *, foreign: bool) -> str:
        own = f"Set {self.key}, or " if self.key and not foreign else "Set "
        page = "In a talk on the page, connect it (again) there."
        return f'{own}api_key = "env:NAME" in the bot\'s model. {page}'

    def _start_step(self) -> str:
        return f"Start it with `{self.start}`." if self.start else "Check base_url and the network."


openai = Vendor(
    name="openai",
    rank=0,
    base_url="https://api.openai.com/v1",
    key="OPENAI_API_KEY",
    model="gpt-5-mini",
)
gemini = Vendor(
    name="gemini",
    rank=1,
    base_url="https://generativelanguage.googleapis.com/v1beta/openai",
    key="GEMINI_API_KEY",
    model="gemini-flash-latest",
)
mistral = Vendor(
    name="mistral",
    rank=2,
    base_url="https://api.mistral.ai/v1",
    key="MISTRAL_API_KEY",
    model="mistral-small-latest",
    refuses=frozenset({"name"}),
)
groq = Vendor(
    name="groq",
    rank=3,
    base_url="https://api.groq.com/openai/v1",
    key="GROQ_API_KEY",
    model="openai/gpt-oss-120b",
    refuses=frozenset({"name"}),
)
deepseek = Vendor(
    name="deepseek",
    rank=4,
    base_url="https://api.deepseek.com/v1",
    key="DEEPSEEK_API_KEY",
    model="deepseek-flash",
)
xai = Vendor(
    name="xai",
    rank=5,
    base_url="https://api.x.ai/v1",
    key="XAI_API_KEY",
    model="grok-4.5",
)
openrouter = Vendor(
    name="openrouter",
    rank=6,
    base_url="https://openrouter.ai/api/v1",
    key="OPENROUTER_API_KEY",
    model="openrouter/auto",
    proof="/key",
)
together = Vendor(
    name="together",
    rank=7,
    base_url="https://api.together.xyz/v1",
    key="TOGETHER_API_KEY",
    model="openai/gpt-oss-120b",
)
ollama = Vendor(name="ollama", rank=20, port=11434, start="ollama serve", window=4096)
lmstudio = Vendor(name="lmstudio", rank=21, port=1234, start="lms server start", window=4096)
llamacpp = Vendor(
    name="llamacpp",
    rank=22,
    port=8080,
    start="llama-server -m MODEL.gguf",
    window=4096,
)
vllm = Vendor(name="vllm", rank=23, port=8000, start="vllm serve MODEL")
