"""An alias's life through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

(name,) = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def shown(answer):
    return {key: answer[key] for key in answer if key not in ("ResponseMetadata", "RevisionId")}


def code_of(operation, **arguments):
    try:
        operation(FunctionName=name, **arguments)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


def invoke():
    answer = client.invoke(FunctionName=name, Qualifier="live", Payload=b"0")
    return [answer["ExecutedVersion"], json.load(answer["Payload"])["arn"]]


seen = {}
created = client.create_alias(
    FunctionName=name, Name="live", FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 1}}
)
seen["created"] = shown(created)
seen["first"] = invoke()
updated = client.update_alias(
    FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {}}, RevisionId=created["RevisionId"]
)
seen["updated"] = shown(updated)
seen["second"] = invoke()
seen["stale"] = code_of(client.update_alias, Name="live", RevisionId=created["RevisionId"])
seen["twice"] = code_of(client.create_alias, Name="live", FunctionVersion="1")
seen["pinned"] = code_of(client.delete_function, Qualifier="1")
pages = client.get_paginator("list_aliases").paginate(FunctionName=name, PaginationConfig={"PageSize": 1})
seen["listed"] = [alias["Name"] for page in pages for alias in page["Aliases"]]
client.delete_alias(FunctionName=name, Name="live")
seen["deleted"] = code_of(client.get_alias, Name="live")
print(json.dumps(seen))
