"""The embedded broker: kombu's filesystem transport, made safe for several writers.

Kombu opens the final file name and then writes it, so a reader can meet half a message and the worker ends. Here one
is written aside and appears by rename, and an unreadable file is passed over.
"""

import os
from contextlib import suppress
from pathlib import Path
from time import time, time_ns
from typing import Any
from uuid import uuid4

from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Publishes by rename."""

    def _put(self, queue: Any, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        name = f"{time_ns()}_{uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        draft = folder / f"{name}.part"
        draft.write_bytes(str_to_bytes(dumps(payload)))  # type: ignore[no-untyped-call]
        os.replace(draft, folder / name)

    def _get(self, queue: Any, timeout: Any = None) -> Any:
        while True:
            with suppress(ValueError):  # the unreadable file has been taken out of the folder by now
                return super()._get(queue)  # type: ignore[no-untyped-call]


class Transport(filesystem.Transport):
    """Kombu's filesystem transport over the channel above."""

    Channel = Channel


TRANSPORT_ALIASES["fsatomic"] = "portal.broker:Transport"


def forget_read(folder: str, *, older_than: float) -> None:
    """Remove messages that were read more than `older_than` seconds ago; the transport keeps them for ever."""
    for message in Path(folder).glob("*.msg"):
        with suppress(FileNotFoundError):  # somebody else was quicker
            if message.stat().st_mtime < time() - older_than:
                message.unlink()


def make_folders(options: dict[str, Any]) -> None:
    """Make the folders the transport expects to find."""
    for name, folder in options.items():
        if name.startswith(("data_folder", "processed_folder", "control_folder")):
            Path(folder).mkdir(parents=True, exist_ok=True)
