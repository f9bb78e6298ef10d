"""Log lines: one JSON object per record, control characters escaped (S28), no query strings (S23)."""

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

from gunicorn import glogging

from portal.web import origin

QUERY = re.compile(r"(?<=[\w/)])\?[^\s\"'<>]*=[^\s\"'<>]*")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON with the id of the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": origin.current().request_id,
            "message": _without_queries(record.getMessage()),
        }
        if record.exc_info:
            line["exception"] = _without_queries(self.formatException(record.exc_info))
        return json.dumps(line)


class GunicornLogger(glogging.Logger):  # type: ignore[misc]
    """What gunicorn says of itself, in the same lines."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in log.handlers:
                handler.setFormatter(JsonLines())


def _without_queries(text: str) -> str:
    """Addresses keep their path; what was asked for may be a secret or a name."""
    return QUERY.sub("?…", text)
