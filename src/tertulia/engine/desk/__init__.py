"""The engine as a screen sees it: everything by who looks, and what they heard."""

from __future__ import annotations

from tertulia.engine.desk.forgetting import Forgetting
from tertulia.engine.desk.keeping import Keeping
from tertulia.engine.desk.memory import Remembered
from tertulia.engine.desk.programs import Programs
from tertulia.engine.desk.receipts import Receipts
from tertulia.engine.desk.versions import Versions
from tertulia.ports import desk

__all__ = ["Desk"]


class Desk(Versions, Receipts, Remembered, Forgetting, Keeping, Programs, desk.Desk):
    """See the port."""
