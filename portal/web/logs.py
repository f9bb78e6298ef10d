"""Log lines: one JSON object per record, control characters escaped (S28)."""

import json
import logging
from datetime import UTC, datetime

from portal.web import origin


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON with the id of the request it belongs to."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "request": origin.current().request_id,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)
