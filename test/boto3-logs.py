# CloudWatch Logs through boto3: groups, events, searches, filters. Prints what it saw as JSON.
import json
import time

import boto3
from botocore.exceptions import ClientError

logs = boto3.client("logs")
GROUP = "/boto3/orders"
now = int(time.time() * 1000)


def refusal(call):
    try:
        call()
    except ClientError as error:
        return [error.response["Error"]["Code"], error.response["Error"]["Message"]]
    return None


logs.create_log_group(logGroupName=GROUP, tags={"team": "shop"})
logs.put_retention_policy(logGroupName=GROUP, retentionInDays=7)
for stream in ["a", "b"]:
    logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
events = [{"timestamp": now - 2000 + n, "message": json.dumps({"order": n, "paid": n % 2 == 0})} for n in range(10)]
logs.put_log_events(logGroupName=GROUP, logStreamName="a", logEvents=events[:5])
rejected = logs.put_log_events(
    logGroupName=GROUP,
    logStreamName="b",
    logEvents=[{"timestamp": now - 20 * 86400000, "message": "old"}] + events[5:],
)["rejectedLogEventsInfo"]

pages = logs.get_paginator("filter_log_events").paginate(
    logGroupName=GROUP, filterPattern="{ $.paid IS TRUE }", PaginationConfig={"PageSize": 2}
)
paid = [json.loads(event["message"])["order"] for page in pages for event in page["events"]]

read, token = [], None
while True:
    more = {"nextToken": token} if token else {"startFromHead": True}
    page = logs.get_log_events(logGroupName=GROUP, logStreamName="a", limit=2, **more)
    read += [json.loads(event["message"])["order"] for event in page["events"]]
    if page["nextForwardToken"] == token:
        break
    token = page["nextForwardToken"]

tested = logs.test_metric_filter(filterPattern="[order, item]", logEventMessages=["7 bread", "8"])["matches"]
(group,) = logs.describe_log_groups(logGroupNamePrefix="/boto3")["logGroups"]
streams = logs.describe_log_streams(logGroupName=GROUP, orderBy="LastEventTime", descending=True)["logStreams"]
nobody = "arn:aws:lambda:us-east-1:000000000000:function:nobody"
subscribed = refusal(
    lambda: logs.put_subscription_filter(
        logGroupName=GROUP, filterName="f", filterPattern="", destinationArn=nobody
    )
)
tags = logs.list_tags_for_resource(resourceArn=group["logGroupArn"])["tags"]
logs.delete_log_group(logGroupName=GROUP)
missing = refusal(lambda: logs.describe_log_streams(logGroupName=GROUP))
print(
    json.dumps(
        {
            "rejected": rejected,
            "paid": paid,
            "read": read,
            "tested": [match["extractedValues"] for match in tested],
            "retention": group["retentionInDays"],
            "streams": [stream["logStreamName"] for stream in streams],
            "subscribed": subscribed,
            "tags": tags,
            "missing": missing,
        }
    )
)
