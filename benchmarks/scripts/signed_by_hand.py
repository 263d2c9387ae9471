"""Create a snapshot with http.client, signed by hand: the minimum in Python.

Source: "Create a signed AWS API request", AWS Identity and Access Management.
"""

import hmac
import json
import os
from datetime import UTC, datetime
from hashlib import sha256
from http.client import HTTPConnection

host = os.environ["AWS_ENDPOINT_URL"].removeprefix("http://")
region = os.environ["AWS_DEFAULT_REGION"]
time = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
body = json.dumps(
    {
        "instanceName": "WordPress-1",
        "instanceSnapshotName": "monday",
        "tags": [{"key": "env", "value": "prod"}],
    }
).encode()
headers = {
    "content-type": "application/x-amz-json-1.1",
    "host": host,
    "x-amz-date": time,
    "x-amz-target": "Lightsail_20161128.CreateInstanceSnapshot",
}
signed = ";".join(headers)
lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
request = f"POST\n/\n\n{lines}\n{signed}\n{sha256(body).hexdigest()}"

scope = [time[:8], region, "lightsail", "aws4_request"]
key = b"AWS4" + os.environ["AWS_SECRET_ACCESS_KEY"].encode()
for part in scope:
    key = hmac.digest(key, part.encode(), "sha256")
credential = "/".join(scope)
hashed = sha256(request.encode()).hexdigest()
text = f"AWS4-HMAC-SHA256\n{time}\n{credential}\n{hashed}"
headers["authorization"] = (
    f"AWS4-HMAC-SHA256 Credential={os.environ['AWS_ACCESS_KEY_ID']}/{credential}, "
    f"SignedHeaders={signed}, "
    f"Signature={hmac.digest(key, text.encode(), 'sha256').hex()}"
)

connection = HTTPConnection(host)
connection.request("POST", "/", body, headers)
json.loads(connection.getresponse().read())
