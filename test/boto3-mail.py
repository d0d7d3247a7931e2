"""Mail through boto3 and smtplib. Prints what was seen as JSON; the test that calls it judges."""

import base64
import email.message
import hashlib
import hmac
import json
import os
import smtplib
import ssl
import sys

import boto3
from botocore.exceptions import ClientError

endpoint = os.environ["AWS_ENDPOINT_URL"]
ses = boto3.client("ses", endpoint_url=endpoint)
sesv2 = boto3.client("sesv2", endpoint_url=endpoint)


def smtp_password(secret, region):
    """The steps of AWS's guide (Obtaining Amazon SES SMTP credentials)."""

    def sign(key, text):
        return hmac.new(key, text.encode("utf-8"), hashlib.sha256).digest()

    signature = sign(("AWS4" + secret).encode("utf-8"), "11111111")
    for word in (region, "ses", "aws4_request", "SendRawEmail"):
        signature = sign(signature, word)
    return base64.b64encode(bytes([0x04]) + signature).decode("utf-8")


def letter(subject):
    message = email.message.EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ada <ada@example.com>", "bob@example.net", subject
    message.set_content("Hello.")
    return message


seen = {}
ses.verify_domain_identity(Domain="example.com")
attributes = ses.get_identity_verification_attributes(Identities=["example.com"])["VerificationAttributes"]
seen["status"] = attributes["example.com"]["VerificationStatus"]
body = {"Subject": {"Data": "first"}, "Body": {"Text": {"Data": "Hello."}}}
destination = {"ToAddresses": ["bob@example.net"]}
seen["ids"] = [
    len(ses.send_email(Source="ada@example.com", Destination=destination, Message=body)["MessageId"]),
    len(ses.send_raw_email(RawMessage={"Data": letter("second").as_bytes()})["MessageId"]),
]
content = {"Simple": {**body, "Subject": {"Data": "third"}}}
sesv2.send_email(FromEmailAddress="ada@example.com", Destination=destination, Content=content)
seen["identities"] = [one["IdentityName"] for one in sesv2.list_email_identities(PageSize=10)["EmailIdentities"]]
sesv2.create_configuration_set(ConfigurationSetName="set")
seen["sets"] = sesv2.list_configuration_sets()["ConfigurationSets"]
try:
    ses.send_email(Source="eve@example.org", Destination=destination, Message=body)
except ClientError as error:
    seen["refused"] = error.response["Error"]["Code"]

context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as smtp:
    smtp.starttls(context=context)
    secret = os.environ["AWS_SECRET_ACCESS_KEY"]
    try:
        smtp.login(os.environ["AWS_ACCESS_KEY_ID"], secret)
    except smtplib.SMTPAuthenticationError as error:
        seen["wrong"] = error.smtp_code
    smtp.login(os.environ["AWS_ACCESS_KEY_ID"], smtp_password(secret, os.environ["AWS_REGION"]))
    seen["unsent"] = smtp.send_message(letter("fourth"))
print(json.dumps(seen))
