"""A function URL and an event-invoke configuration through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

name, other = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])


def shown(answer):
    times = ("ResponseMetadata", "CreationTime", "LastModifiedTime", "LastModified", "FunctionUrl")
    return {key: answer[key] for key in answer if key not in times}


def code_of(operation, **arguments):
    try:
        operation(FunctionName=name, **arguments)
        return None
    except ClientError as error:
        return error.response["Error"]["Code"]


seen = {}
created = client.create_function_url_config(
    FunctionName=name, AuthType="NONE", Cors={"AllowOrigins": ["*"], "MaxAge": 5}, InvokeMode="RESPONSE_STREAM"
)
seen["url"] = created["FunctionUrl"]
seen["created"] = shown(created)
seen["twice"] = code_of(client.create_function_url_config, AuthType="NONE")
updated = client.update_function_url_config(FunctionName=name, AuthType="AWS_IAM", Cors={})
seen["updated"] = shown(updated)
seen["same"] = updated["FunctionUrl"] == created["FunctionUrl"]
pages = client.get_paginator("list_function_url_configs").paginate(FunctionName=name, PaginationConfig={"PageSize": 1})
seen["listed"] = [shown(config) for page in pages for config in page["FunctionUrlConfigs"]]
client.delete_function_url_config(FunctionName=name)
seen["deleted"] = code_of(client.get_function_url_config)

put = client.put_function_event_invoke_config(
    FunctionName=name, MaximumRetryAttempts=0, DestinationConfig={"OnSuccess": {"Destination": other}}
)
seen["put"] = shown(put)
seen["is time"] = put["LastModified"].tzinfo is not None
seen["merged"] = shown(client.update_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60))
pages = client.get_paginator("list_function_event_invoke_configs").paginate(FunctionName=name)
seen["configs"] = [shown(config) for page in pages for config in page["FunctionEventInvokeConfigs"]]
client.delete_function_event_invoke_config(FunctionName=name)
seen["gone"] = code_of(client.get_function_event_invoke_config)
print(json.dumps(seen))
