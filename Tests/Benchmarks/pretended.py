"""Takes the place of controllers and kubelets in a benchmark that is about the control plane and its clients alone.

    pretended.py SERVER TOKEN AUTHORITY

Says of every workload, claim and Service that it does its work as soon as it is there, and no pods are made. Runs until it is ended.
"""
import http.client
import json
import queue
import ssl
import sys
import threading
import time
from urllib.parse import urlsplit

server, token, authority = sys.argv[1:]
place = urlsplit(server)
context = ssl.create_default_context(cafile=authority)
work = queue.Queue()


def connected():
    return http.client.HTTPSConnection(place.hostname, place.port, context=context, timeout=60)


def headers(content="application/json"):
    return {"Authorization": f"Bearer {token}", "Content-Type": content, "Accept": "application/json"}


def answer(connection, method, path, body=None, content="application/json"):
    connection.request(method, path, json.dumps(body) if body else None, headers(content))
    response = connection.getresponse()
    return response.status, response.read()


def workload(item):
    """https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/deployment-v1/#DeploymentStatus"""
    wanted, generation = item["spec"]["replicas"], item["metadata"]["generation"]
    if item.get("status", {}).get("observedGeneration") == generation:
        return None
    counts = {name: wanted for name in ("replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "currentReplicas")}
    return {"observedGeneration": generation, **counts}


def claim(item):
    return None if item.get("status", {}).get("phase") == "Bound" else {"phase": "Bound"}


def stamp(status):
    def made(connection, path, item):
        wanted = status(item)
        if wanted is not None:
            metadata = item["metadata"]
            place = f"{path.rsplit('/', 1)[0]}/namespaces/{metadata['namespace']}/{path.rsplit('/', 1)[1]}/{metadata['name']}/status"
            answer(connection, "PATCH", place, {"status": wanted}, "application/merge-patch+json")
    return made


def endpoints(connection, path, item):
    metadata = item["metadata"]
    if not item["spec"].get("selector"):
        return
    body = {
        "metadata": {key: metadata[key] for key in ("name", "labels") if key in metadata},
        "subsets": [{
            "addresses": [{"ip": "10.1.2.3"}],
            "ports": [{"name": port.get("name", ""), "port": port["port"]} for port in item["spec"]["ports"]]}],
    }
    answer(connection, "POST", f"/api/v1/namespaces/{metadata['namespace']}/endpoints", body)


def worker():
    connection = connected()
    while True:
        act, path, item = work.get()
        try:
            act(connection, path, item)
        except (OSError, http.client.HTTPException):
            connection.close()
            connection = connected()
            work.put((act, path, item))


def follow(path, act):
    """Lists, then watches; lists anew whenever the watch ends."""
    while True:
        try:
            connection = connected()
            found = json.loads(answer(connection, "GET", path)[1])
            for item in found["items"]:
                work.put((act, path, item))
            version = found["metadata"]["resourceVersion"]
            connection.request("GET", f"{path}?watch=1&timeoutSeconds=3600&resourceVersion={version}", None, headers())
            connection.sock.settimeout(None)
            for line in connection.getresponse():
                event = json.loads(line)
                if event["type"] in ("ADDED", "MODIFIED"):
                    work.put((act, path, event["object"]))
        except (OSError, ValueError, KeyError, http.client.HTTPException):
            time.sleep(0.1)


followed = {
    "/apis/apps/v1/deployments": stamp(workload), "/apis/apps/v1/statefulsets": stamp(workload),
    "/api/v1/persistentvolumeclaims": stamp(claim), "/api/v1/services": endpoints,
}
for _ in range(4):
    threading.Thread(target=worker, daemon=True).start()
for path, act in followed.items():
    threading.Thread(target=follow, args=(path, act), daemon=True).start()
threading.Event().wait()
