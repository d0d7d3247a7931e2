"""A form and notifications of a bucket through boto3. Prints what was seen as JSON; the test that calls it judges."""

import json
import os
import sys
import urllib.request
import uuid

import boto3
import botocore
from botocore.exceptions import ClientError

bucket = sys.argv[1]

# boto3 reads AWS_ENDPOINT_URL since 1.28 (2023); an older one is told.
older = tuple(map(int, botocore.__version__.split(".")[:2])) < (1, 31)
where = {"endpoint_url": os.environ["AWS_ENDPOINT_URL"]} if older else {}
# An older boto3 signs forms by the second version of signatures.
s3 = boto3.client("s3", config=botocore.config.Config(signature_version="s3v4"), **where)
sqs = boto3.client("sqs", **where)
seen = {}

form = s3.generate_presigned_post(bucket, "by-boto3")
boundary = uuid.uuid4().hex
parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in form["fields"].items()]
parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\nby boto3\r\n--{boundary}--\r\n')
request = urllib.request.Request(form["url"], "".join(parts).encode())
request.add_header("Content-Type", f"multipart/form-data; boundary={boundary}")
with urllib.request.urlopen(request) as answer:
    seen["posted"] = answer.status
seen["content"] = s3.get_object(Bucket=bucket, Key="by-boto3")["Body"].read().decode()

url = sqs.create_queue(QueueName="told")["QueueUrl"]
arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
configuration = {
    "QueueConfigurations": [
        {
            "Id": "q",
            "QueueArn": arn,
            "Events": ["s3:ObjectCreated:*"],
            "Filter": {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}},
        }
    ]
}
try:
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
except ClientError as error:
    seen["refused"] = [error.response["Error"]["Code"], error.response["Error"]["Message"]]
statement = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "sqs:SendMessage",
    "Resource": arn,
    "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{bucket}"}},
}
policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=configuration)
seen["told"] = [
    {"Id": told["Id"], "Events": told["Events"], "Rules": told["Filter"]["Key"]["FilterRules"]}
    for told in s3.get_bucket_notification_configuration(Bucket=bucket)["QueueConfigurations"]
]


def next_body():
    message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return json.loads(message["Body"])


seen["test"] = next_body()["Event"]
s3.put_object(Bucket=bucket, Key="in/a b", Body=b"x")
record = next_body()["Records"][0]
seen["event"] = [record["eventName"], record["s3"]["object"]["key"]]
print(json.dumps(seen))
