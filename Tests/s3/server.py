"""An S3 server for tests: moto's, with what real servers refuse and moto lets pass refused as well.

- Every request must be signed with the keys that are printed, in its head or in its query: moto's own check of signatures is on from
  the first request, and those in queries, which moto does not look at, are checked here.
- A body must have the digests that its head declares: x-amz-content-sha256, Content-MD5, x-amz-checksum-sha256.
- A part of an upload, but the last, must have 5 MiB or more: moto's own rule, left on.
"""

import argparse
import base64
import calendar
import hashlib
import hmac
import io
import json
import os
import sys
import threading
import time
from urllib.parse import unquote

# Read when moto is imported.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "false"
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
# Only this server answers for the keys; nothing of the machine's own is to be looked at.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]

from moto.core import DEFAULT_ACCOUNT_ID  # noqa: E402
from moto.iam import access_control  # noqa: E402
from moto.iam.models import iam_backends  # noqa: E402
from moto.s3.models import s3_backends  # noqa: E402
from moto.server import DomainDispatcherApplication, create_backend_app  # noqa: E402
from werkzeug.serving import WSGIRequestHandler, make_server  # noqa: E402

POLICY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def make_user(keys):
    backend = iam_backends[DEFAULT_ACCOUNT_ID]["aws"]
    backend.create_user("us-east-1", "tests")
    backend.put_user_policy("tests", "all", json.dumps(POLICY))
    key = backend.create_access_key("tests", prefix="AKIA")
    if keys:
        key.access_key_id, key.secret_access_key = keys
    return key.access_key_id, key.secret_access_key


# The path of the request that a thread answers, as it came over the wire: that is what was signed, and moto only knows it decoded.
# And whether its signature was proved already.
wire = threading.local()


class SignedAsSent(access_control.S3IAMRequest):
    def _create_aws_request(self):
        self._path = wire.target
        return super()._create_aws_request()

    def check_signature(self):
        if not wire.proved:
            super().check_signature()


class QuerySignature:
    """https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html"""

    def __init__(self, environ):
        self.environ = environ
        self.path, _, query = environ["RAW_URI"].partition("?")
        self.items = [tuple((item + "=").split("=")[:2]) for item in query.split("&") if item]
        self.values = {unquote(name): unquote(value) for name, value in self.items}

    @property
    def is_there(self):
        return "X-Amz-Signature" in self.values

    def fault(self, access, secret):
        scope = self.values["X-Amz-Credential"].split("/", 1)
        if scope[0] != access:
            return "InvalidAccessKeyId", "The access key is not known."
        date = self.values["X-Amz-Date"]
        age = time.time() - calendar.timegm(time.strptime(date, "%Y%m%dT%H%M%SZ"))
        if not -900 <= age <= int(self.values["X-Amz-Expires"]):
            return "AccessDenied", "Request has expired"
        key = b"AWS4" + secret.encode()
        for part in scope[1].split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        text = f"AWS4-HMAC-SHA256\n{date}\n{scope[1]}\n" + hashlib.sha256(self.canonical().encode()).hexdigest()
        if hmac.digest(key, text.encode(), "sha256").hex() != self.values["X-Amz-Signature"]:
            return "SignatureDoesNotMatch", "The signature we calculated does not match the one that was given."
        unsigned = [name for name in self.declared() if name not in self.values["X-Amz-SignedHeaders"].split(";")]
        return ("AccessDenied", f"Not signed: {', '.join(unsigned)}") if unsigned else None

    def canonical(self):
        names = self.values["X-Amz-SignedHeaders"].split(";")
        query = "&".join(f"{name}={value}" for name, value in sorted(self.items) if name != "X-Amz-Signature")
        lines = "".join(f"{name}:{self.field(name).strip()}\n" for name in names)
        body = self.environ.get("HTTP_X_AMZ_CONTENT_SHA256", "UNSIGNED-PAYLOAD")
        return "\n".join([self.environ["REQUEST_METHOD"], self.path, query, lines, ";".join(names), body])

    def field(self, name):
        return self.environ.get("HTTP_" + name.upper().replace("-", "_"), "")

    def declared(self):
        return [name[5:].lower().replace("_", "-") for name in self.environ if name.startswith("HTTP_X_AMZ_")]

    def taken_out(self):
        """As moto understands it: proved, with the names of the keys in the head."""
        environ = dict(self.environ)
        query = "&".join(f"{name}={value}" for name, value in self.items if not name.startswith("X-Amz-"))
        environ["QUERY_STRING"] = query
        environ["RAW_URI"] = environ["REQUEST_URI"] = self.path + ("?" + query if query else "")
        environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={self.values['X-Amz-Credential']}, SignedHeaders=host, Signature=0"
        return environ


class Strict:
    """Refuses signatures in queries that are wrong, and bodies that are not what their heads say."""

    def __init__(self, application, keys):
        self.application = application
        self.keys = keys

    def __call__(self, environ, start):
        signature = QuerySignature(environ)
        wire.proved = signature.is_there
        if signature.is_there:
            # Whoever stands between has its own use for the field.
            fault = ("InvalidRequest", "Signed twice.") if "HTTP_AUTHORIZATION" in environ else signature.fault(*self.keys)
            if fault:
                return self.refuse(start, "403 Forbidden", *fault)
            environ = signature.taken_out()
        wire.target = environ["RAW_URI"]
        if environ.get("REQUEST_METHOD") not in ("PUT", "POST"):
            return self.application(environ, start)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length)
        environ["wsgi.input"] = io.BytesIO(body)
        fault = self.fault(environ, body, length)
        if not fault:
            return self.application(environ, start)
        return self.refuse(start, "400 Bad Request", *fault)

    @staticmethod
    def refuse(start, status, code, message):
        text = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message><RequestId>T1</RequestId></Error>"
        start(status, [("Content-Type", "application/xml"), ("Content-Length", str(len(text)))])
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
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--bucket", help="is there from the beginning")
    parser.add_argument("--keys", nargs=2, metavar=("ACCESS", "SECRET"))
    arguments = parser.parse_args()
    # Looked up there whenever a request is checked.
    access_control.S3IAMRequest = SignedAsSent
    keys = make_user(arguments.keys)
    if arguments.bucket:
        s3_backends[DEFAULT_ACCOUNT_ID]["aws"].create_bucket(arguments.bucket, "us-east-1")
    application = Strict(DomainDispatcherApplication(create_backend_app), keys)
    server = make_server(arguments.address, 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_port, *keys, flush=True)
    sys.stdin.read()
    os._exit(0)


main()
