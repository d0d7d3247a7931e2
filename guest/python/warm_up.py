"""Loaded by bootstrap.py in the warm pool in a function's stead: has a bit of everything that handlers do."""
import json
import logging
import os
from datetime import datetime


class Record:
    def __init__(self, event):
        self.event = event


def handler(event, context):
    logging.warning("event %s at %s", event, datetime.now().isoformat())
    record = Record(json.loads(json.dumps(event)))
    left = context.get_remaining_time_in_millis()
    return {"statusCode": 200, "left": left, "body": record.event, "path": os.environ.get("PATH", "")}
