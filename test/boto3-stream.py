"""One streamed answer through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys

import boto3

name, event = sys.argv[1:]
client = boto3.client("lambda", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
if not hasattr(client, "invoke_with_response_stream"):
    print("null")
    sys.exit()
answer = client.invoke_with_response_stream(FunctionName=name, Payload=event)
text, complete = b"", None
for part in answer["EventStream"]:
    text += part.get("PayloadChunk", {}).get("Payload", b"")
    complete = part.get("InvokeComplete", complete)
print(json.dumps({"version": answer["ExecutedVersion"], "text": text.decode(), "complete": complete}))
