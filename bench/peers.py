"""The environments of the peers, each made from its hash-locked file and kept until it changes."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
LOCKS = {
    "peers": HERE / "requirements.txt",
    "litellm": HERE / "litellm.txt",
    "pages": HERE / "pages.txt",
}
VERSIONS = """
import importlib.metadata, json, sys
print(json.dumps({name: importlib.metadata.version(name) for name in sys.argv[1:]}))
"""


def python_of(name: str) -> Path:
    """The Python of an environment, which is made first where it is missing or out of date."""
    folder = HERE / ".venv" / name
    python, stamp = folder / "bin/python", folder / "locked"
    digest = hashlib.sha256(LOCKS[name].read_bytes()).hexdigest()
    if not stamp.is_file() or stamp.read_text() != digest:
        print(f"Installing {LOCKS[name].name} for the bench ...", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        _install(python, LOCKS[name])
        stamp.write_text(digest)
    return python


def _install(python: Path, lock: Path) -> None:
    """By uv; where there is none, or it cannot reach the package index, by pip."""
    uv = shutil.which("uv", path=Path(sys.executable).parent) or shutil.which("uv")
    if uv is not None:
        command = [uv, "pip", "sync", "-q", "--python", python, "--compile-bytecode"]
        if subprocess.run([*command, "--require-hashes", lock], check=False).returncode == 0:
            return
    command = [python, "-m", "pip", "install", "-qq", "--require-hashes", "-r", lock]
    subprocess.run(command, check=True)


def versions(python: Path, *names: str) -> dict[str, str]:
    """The versions of what is installed beside a Python."""
    command = [python, "-c", VERSIONS, *names]
    return json.loads(subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout)
