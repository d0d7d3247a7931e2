# What people do with buckets from Python; run by s3.test.ts with the exports of `lambent env`.
import hashlib
import os
import sys
import tempfile
import urllib.error
import urllib.request

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
s3 = boto3.client("s3", endpoint_url=endpoint)
resource = boto3.resource("s3", endpoint_url=endpoint)
bucket = "from-python"
s3.create_bucket(Bucket=bucket)
s3.get_waiter("bucket_exists").wait(Bucket=bucket)

# In parts of 5 MiB, and back in ranges, by several threads.
content = os.urandom(1024 * 1024) * 12
with tempfile.TemporaryDirectory() as directory:
    source = os.path.join(directory, "large")
    with open(source, "wb") as file:
        file.write(content)
    config = TransferConfig(multipart_threshold=6 * 1024 * 1024, multipart_chunksize=5 * 1024 * 1024)
    s3.upload_file(source, bucket, "large", Config=config, ExtraArgs={"Metadata": {"who": "python"}})
    target = os.path.join(directory, "back")
    s3.download_file(bucket, "large", target, Config=config)
    with open(target, "rb") as file:
        assert hashlib.md5(file.read()).digest() == hashlib.md5(content).digest()
head = s3.head_object(Bucket=bucket, Key="large")
assert head["ETag"].endswith('-3"'), head["ETag"]
assert head["Metadata"] == {"who": "python"}
s3.copy({"Bucket": bucket, "Key": "large"}, bucket, "copied", Config=config)
assert s3.head_object(Bucket=bucket, Key="copied")["ContentLength"] == len(content)

for key in ["a/1", "a/2", "b c+d/ü", "e"]:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode())
pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Delimiter="/", PaginationConfig={"PageSize": 2})
seen = [item.get("Key") or item.get("Prefix") for page in pages for item in page.get("Contents", []) + page.get("CommonPrefixes", [])]
assert sorted(seen) == ["a/", "b c+d/", "copied", "e", "large"], seen
assert s3.get_object(Bucket=bucket, Key="b c+d/ü", Range="bytes=2-4")["Body"].read() == b"c+d"

try:
    s3.get_object(Bucket=bucket, Key="no")
    sys.exit("what is not there was read")
except s3.exceptions.NoSuchKey as error:
    assert error.response["Error"]["Key"] == "no", error.response
try:
    s3.head_object(Bucket=bucket, Key="no")
    sys.exit("what is not there was found")
except ClientError as error:
    assert error.response["Error"]["Code"] == "404"

# Links, as boto3 signs them when it is told nothing, and by version 4; urllib sends nothing that boto3 did not sign.
link = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "b c+d/ü", "ResponseContentType": "text/x"})
answer = urllib.request.urlopen(link)
assert (answer.read().decode(), answer.headers["Content-Type"]) == ("b c+d/ü", "text/x"), link
try:
    urllib.request.urlopen(link.replace("text%2Fx", "text%2Fy"))
    sys.exit("a link was changed, and still taken")
except urllib.error.HTTPError as error:
    assert error.code == 403 and b"SignatureDoesNotMatch" in error.read()
signing = boto3.client("s3", endpoint_url=endpoint, config=Config(signature_version="s3v4"))
link = signing.generate_presigned_url("put_object", Params={"Bucket": bucket, "Key": "by link"})
request = urllib.request.Request(link, data=b"linked", method="PUT", headers={"Content-Type": ""})
assert urllib.request.urlopen(request).status == 200
link = signing.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "by link"}, ExpiresIn=60)
assert urllib.request.urlopen(link).read() == b"linked"

s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
first = s3.put_object(Bucket=bucket, Key="e", Body=b"anew")["VersionId"]
s3.delete_object(Bucket=bucket, Key="e")
assert s3.get_object(Bucket=bucket, Key="e", VersionId=first)["Body"].read() == b"anew"
whole = resource.Bucket(bucket)
whole.object_versions.delete()
whole.delete()
assert bucket not in [item["Name"] for item in s3.list_buckets()["Buckets"]]
print("boto3 is content")
