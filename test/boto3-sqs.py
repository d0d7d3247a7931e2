"""Queues through boto3. Prints what was seen as JSON; the test that calls it judges. boto3 checks the MD5s of bodies itself."""

import json
import os

import boto3
from botocore.exceptions import ClientError

sqs = boto3.resource("sqs", endpoint_url=os.environ["AWS_ENDPOINT_URL"])
client = sqs.meta.client
seen = {}


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return [error.response["Error"]["Code"], type(error).__name__, error.response["ResponseMetadata"]["HTTPStatusCode"]]


dead = sqs.create_queue(QueueName="dead", tags={"team": "red"})
dead_arn = dead.attributes["QueueArn"]
redrive = json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 1})
queue = sqs.create_queue(QueueName="orders", Attributes={"RedrivePolicy": redrive, "VisibilityTimeout": "30"})
seen["tags"] = client.list_queue_tags(QueueUrl=dead.url)["Tags"]
seen["sources"] = [source.url == queue.url for source in dead.dead_letter_source_queues.all()]

attributes = {"colour": {"DataType": "String", "StringValue": "grün"}, "raw": {"DataType": "Binary", "BinaryValue": b"\x00\xff"}}
queue.send_message(MessageBody="eins & <zwei> €", MessageAttributes=attributes)
[message] = queue.receive_messages(WaitTimeSeconds=10, MessageAttributeNames=["All"], AttributeNames=["All"])
seen["message"] = [message.body, message.message_attributes["colour"]["StringValue"], list(message.message_attributes["raw"]["BinaryValue"])]
seen["received"] = message.attributes["ApproximateReceiveCount"]
message.change_visibility(VisibilityTimeout=0)
# It was received as often as it may be.
seen["again"] = len(queue.receive_messages())
[buried] = dead.receive_messages(WaitTimeSeconds=10)
seen["dead"] = [buried.body, buried.message_id == message.message_id]
buried.delete()

sent = queue.send_messages(Entries=[{"Id": str(at), "MessageBody": f"m{at}"} for at in range(10)])
seen["batch"] = len(sent["Successful"])
found = []
while len(found) < 10:
    found += queue.receive_messages(WaitTimeSeconds=10, MaxNumberOfMessages=10)
seen["bodies"] = sorted(one.body for one in found)
entries = [{"Id": str(at), "ReceiptHandle": one.receipt_handle} for at, one in enumerate(found)]
seen["deleted"] = len(queue.delete_messages(Entries=entries)["Successful"])
queue.load()
seen["left"] = [queue.attributes[f"ApproximateNumberOfMessages{which}"] for which in ("", "NotVisible", "Delayed")]

fifo = sqs.create_queue(QueueName="steps.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"})
for body in ("one", "two", "one"):
    fifo.send_message(MessageBody=body, MessageGroupId="g")
seen["order"] = [one.body for one in fifo.receive_messages(WaitTimeSeconds=10, MaxNumberOfMessages=10)]

seen["pages"] = [len(page.get("QueueUrls", [])) for page in client.get_paginator("list_queues").paginate(PaginationConfig={"PageSize": 2})]
seen["refused"] = [
    refusal(client.get_queue_url, QueueName="none"),
    refusal(client.delete_message, QueueUrl=queue.url, ReceiptHandle="x"),
    refusal(client.send_message_batch, QueueUrl=queue.url, Entries=[{"Id": "a", "MessageBody": "m"}] * 2),
    refusal(client.purge_queue, QueueUrl=queue.url) or refusal(client.purge_queue, QueueUrl=queue.url),
]
fifo.delete()
print(json.dumps(seen))
