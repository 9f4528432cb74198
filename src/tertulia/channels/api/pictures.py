"""Pictures that came within a message."""

from __future__ import annotations

import base64
import binascii
import re

from tertulia.channels.api.refused import unsupported, wrong
from tertulia.values.attachment import Attachment

_BEGINNINGS: dict[str, re.Pattern[bytes]] = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "image/gif": re.compile(rb"GIF8[79]a"),
}
"""How the files of each kind that is taken begin."""

_DATA = re.compile(r"data:(image/[a-z]+);base64,", re.IGNORECASE)


def attachment(url: str, number: int, where: str) -> Attachment:
    """The picture in a `data:` URL. No other is ever fetched. Raises: `Refused`."""
    found = _DATA.match(url)
    kind = found[1].lower() if found else ""
    if found is None or kind not in _BEGINNINGS:
        raise unsupported(
            f"{where}: a picture must be within the message, as a data: URL in base64 of a PNG, "
            "JPEG, WebP or GIF. No address is fetched.",
            where,
        )
    try:
        content = base64.b64decode(url[found.end() :], validate=True)
    except (binascii.Error, ValueError):
        raise wrong(f"{where} is no sound base64.", where) from None
    if not _BEGINNINGS[kind].match(content):
        raise wrong(f"{where} says that it is {kind}, and is not.", where)
    name = f"picture-{number}.{kind.removeprefix('image/')}"
    return Attachment(name=name, media_type=kind, content=content)
