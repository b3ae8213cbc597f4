"""Reads a mail from the standard input with Python's own parser, and tells what it found as JSON."""

import email
import email.policy
import json
import sys

message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [message, *message.iter_parts()]
defects = [repr(d) for part in parts for d in part.defects]
defects += [repr(d) for part in parts for value in part.values() for d in getattr(value, "defects", [])]
print(
    json.dumps(
        {
            "headers": message.keys(),
            "subject": message["subject"],
            "from": [[a.display_name, a.addr_spec] for a in message["from"].addresses],
            "to": [[a.display_name, a.addr_spec] for a in message["to"].addresses],
            "id": message["message-id"],
            "references": message["references"],
            "date": int(message["date"].datetime.timestamp()),
            "types": [part.get_content_type() for part in message.walk()],
            "text": message.get_body(("plain",)).get_content(),
            "html": message.get_body(("html",)).get_content(),
            "defects": defects,
        }
    )
)
