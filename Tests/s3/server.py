"""An S3 server for tests: moto's, with what real servers refuse and moto lets pass refused as well.

- Every request must be signed with the keys that are printed: moto's own check of signatures is on from the first request.
- A body must have the digests that its head declares: x-amz-content-sha256, Content-MD5, x-amz-checksum-sha256.
- A part of an upload, but the last, must have 5 MiB or more: moto's own rule, left on.
"""

import base64
import hashlib
import io
import json
import os
import sys
import threading

# Read when moto is imported.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
# Only this server answers for the keys; nothing of the machine's own is to be looked at.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.iam import access_control  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make_user():
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.create_user("us-east-1", "tests")
    backend.put_user_policy("tests", "all", json.dumps(POLICY))
    key = backend.create_access_key("tests", prefix="AKIA")
    return key.access_key_id, key.secret_access_key


# The path of the request that a thread answers, as it came over the wire: that is what was signed, and moto only knows it decoded.
wire = threading.local()


class SignedAsSent(access_control.S3IAMRequest):
    def _create_aws_request(self):
        self._path = wire.target
        return super()._create_aws_request()


class Strict:
    """Refuses bodies that are not what their heads say."""

    def __init__(self, application):
        self.application = application

    def __call__(self, environ, start):
        wire.target = environ["RAW_URI"]
        if environ.get("REQUEST_METHOD") not in ("PUT", "POST"):
            return self.application(environ, start)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        fault = self.fault(environ, body, length)
        if not fault:
            return self.application(environ, start)
        code, message = fault
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>T1</RequestId></Error>"
        start("400 Bad Request", [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
        return [text.encode()]

    @staticmethod
    def fault(environ, body, length):
        if len(body) != length:
            return "IncompleteBody", "The body is shorter than its length says."
        digest = hashlib.sha256(body)
        signed = environ.get("HTTP_X_AMZ_CONTENT_SHA256", "")
        if signed != "UNSIGNED-PAYLOAD" and signed != digest.hexdigest():
            return "XAmzContentSHA256Mismatch", "The body is not the one that was signed."
        declared = environ.get("HTTP_X_AMZ_CHECKSUM_SHA256")
        if declared and declared != base64.b64encode(digest.digest()).decode():
            return "BadDigest", "The SHA256 you specified did not match the calculated checksum."
        md5 = environ.get("HTTP_CONTENT_MD5")
        if md5 and md5 != base64.b64encode(hashlib.md5(body).digest()).decode():
            return "BadDigest", "The Content-MD5 you specified did not match what we received."
        return None


class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log(self, *_):
        pass


def main():
    # Looked up there whenever a request is checked.
    access_control.S3IAMRequest = SignedAsSent
    access, secret = make_user()
    application = Strict(DomainDispatcherApplication(create_backend_app))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, access, secret, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
