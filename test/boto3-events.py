"""Asynchronous invocations through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3
from botocore.exceptions import ClientError

name = sys.argv[1]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])

seen = {}
event = client.invoke(FunctionName=name, InvocationType="Event", Payload=b'{"by":"boto3"}')
seen["event"] = [event["StatusCode"], event["Payload"].read().decode(), event.get("ExecutedVersion")]
seen["old"] = client.invoke_async(FunctionName=name, InvokeArgs=b"{}")["Status"]
try:
    client.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps("x" * 1048575))
except ClientError as error:
    seen["large"] = error.response["Error"]["Code"]
print(json.dumps(seen))
