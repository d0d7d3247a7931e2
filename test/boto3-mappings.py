"""A mapping's life through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys
import time

import boto3
from botocore.exceptions import ClientError

name, stream = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def error_of(operation, **arguments):
    try:
        operation(**arguments)
        return None
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]


def settled(uuid):
    for _ in range(2400):
        found = client.get_event_source_mapping(UUID=uuid)
        if found["State"] in ("Enabled", "Disabled"):
            return found
        time.sleep(0.05)
    raise TimeoutError(f"still {found['State']}")


def gone(uuid):
    for _ in range(2400):
        error = error_of(client.get_event_source_mapping, UUID=uuid)
        if error is not None:
            return error
        time.sleep(0.05)
    raise TimeoutError("still there")


seen = {}
mapping = {"FunctionName": name, "EventSourceArn": stream, "StartingPosition": "TRIM_HORIZON"}
created = client.create_event_source_mapping(**mapping, Tags={"by": "boto3"})
uuid = created["UUID"]
seen["created"] = [created["State"], created["BatchSize"], created["LastModified"].timestamp() > 0]
seen["settled"] = settled(uuid)["State"]
seen["twice"] = error_of(client.create_event_source_mapping, **mapping)[0]
seen["nowhere"] = error_of(client.create_event_source_mapping, FunctionName=name, EventSourceArn=stream)[1]
seen["updated"] = client.update_event_source_mapping(UUID=uuid, BatchSize=5, MaximumRetryAttempts=2)["State"]
updated = settled(uuid)
seen["changed"] = [updated["BatchSize"], updated["MaximumRetryAttempts"], updated["LastProcessingResult"]]
pages = client.get_paginator("list_event_source_mappings").paginate(
    FunctionName=name, PaginationConfig={"PageSize": 1}
)
seen["listed"] = [one["EventSourceArn"] for page in pages for one in page["EventSourceMappings"]]
seen["deleted"] = client.delete_event_source_mapping(UUID=uuid)["State"]
seen["gone"] = gone(uuid)
print(json.dumps(seen))
