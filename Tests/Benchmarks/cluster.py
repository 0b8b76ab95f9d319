#!/usr/bin/env python3
"""Measures Kreform against a real control plane, beside curl and kubectl with the same objects. Run by Tests/benchmark cluster.

    cluster.py KREFORM [--no-pods] [OBJECTS ...]     default: 1000 5000

With --no-pods nothing is run: a program says of every workload at once that it does its work (pretended.py), and what is measured
is the control plane with its clients alone. kubectl and the deletion, which needs controllers, are left out then.

Prints a Markdown table. Every ratio is of two times of this very run, on clusters brought up for it one after the other.
"""
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

tests = Path(__file__).resolve().parent.parent


class Cluster:
    def __init__(self, name, has_pods=True):
        self.name = f"benchmark-{name}-{os.getpid()}"
        self.has_pods = has_pods
        self.pretended = None

    def __enter__(self):
        line = subprocess.run([tests / "cluster/up", self.name], check=True, stdout=subprocess.PIPE, text=True).stdout
        self.kubeconfig = line.strip().split("=", 1)[1]
        config = json.loads(self.kubectl("config", "view", "--raw", "--minify", "-o", "json"))
        self.server = config["clusters"][0]["cluster"]["server"]
        self.token = config["users"][0]["user"]["token"]
        self.authority = str(Path(self.kubeconfig).parent / "ca.crt")
        if not self.has_pods:
            for name in ("kube-controller-manager", "kube-scheduler", "hollow-1", "hollow-2"):
                process = (Path(self.kubeconfig).parent / "pids" / name).read_text().split()[0]
                os.kill(int(process), signal.SIGSTOP)
            self.pretended = subprocess.Popen(
                [sys.executable, tests / "Benchmarks/pretended.py", self.server, self.token, self.authority])
        return self

    def __exit__(self, *_):
        if self.pretended:
            self.pretended.kill()
            self.pretended.wait()
        subprocess.run([tests / "cluster/down", self.name], check=False, capture_output=True)

    def kubectl(self, *arguments):
        return subprocess.run(
            ["kubectl", "--kubeconfig", self.kubeconfig, *arguments], check=True, capture_output=True, text=True).stdout


def timed(arguments, environment=None, allowed=(0,), cwd=None):
    """Seconds, and the process's peak memory in MiB."""
    began = time.monotonic()
    process = subprocess.Popen(
        arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}, cwd=cwd)
    errors = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - began
    code = os.waitstatus_to_exitcode(status)
    if code not in allowed:
        sys.exit(f"{arguments[0]} {arguments[1]} ended with {code}: {errors.decode()[-2000:]}")
    return took, usage.ru_maxrss / 1024


def best(times, run):
    return min((run() for _ in range(times)), key=lambda result: result[0])


def package(folder, kreform, name):
    """A package with an entrypoint and one node: half a dozen objects when it is started."""
    source = folder / "source"
    (source / "src").mkdir(parents=True, exist_ok=True)
    (source / "src/main.py").write_text("async def handler(ctx, data):\n    return data\n")
    (source / "public_input.proto").write_text(
        'syntax = "proto3";\npackage main;\nmessage Request { string city = 1; }\nmessage Response { double price = 1; }\n'
        "service Entrypoint {\n  rpc MakePrediction (Request) returns (Response) {};\n}\n")
    (source / "krt.yml").write_text(
        f"version: {name}\ndescription: Estimates the price of a room.\n"
        "entrypoint: {proto: public_input.proto, image: konstellation/kre-entrypoint:1.6.0}\n"
        "config: {variables: [CURRENCY]}\n"
        'nodes: [{name: model, image: "konstellation/kre-py:1.23.1", src: src/main.py}]\n'
        "workflows: [{name: price, entrypoint: MakePrediction, sequential: [model]}]\n")
    subprocess.run([kreform, "krt", "pack", source, folder / f"{name}.krt"], check=True, capture_output=True)


class Store:
    """Where packages go, in whose pods nothing runs here: the tests' S3 server, which answers within some milliseconds."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [tests / "s3/serve", "--bucket", "krt"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port, access, secret = self.process.stdout.readline().split()
        self.line = f'artifacts: {{s3: {{endpoint: "http://127.0.0.1:{port}", bucket: krt}}}}'
        os.environ.update({"AWS_ACCESS_KEY_ID": access, "AWS_SECRET_ACCESS_KEY": secret})
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def desired_state(folder, kreform, store, objects):
    """A file that makes about so many objects: one version of each runtime published and the others started. Returns the runtimes."""
    runtimes = max(1, objects * 4 // 1000)
    versions = max(1, (objects // runtimes - 45) // 6)
    lines = ["kreform: v1", "engine: benchmark", store.line, "defaults: {minReadySeconds: 0}", "runtimes:"]
    for number in range(versions):
        package(folder, kreform, f"v{number}")
    for runtime in range(runtimes):
        lines += [f"  - name: price-{runtime}", "    config: {CURRENCY: EUR}", "    versions:"]
        for number in range(versions):
            lines.append(f"      - {{krt: v{number}.krt, status: {'published' if number == 0 else 'started'}}}")
    (folder / "kreform.yaml").write_text("\n".join(lines) + "\n")
    return [f"price-{runtime}" for runtime in range(runtimes)]


def lists(log):
    """The paths and selectors that a plan listed, from the log of its requests."""
    found = {}
    for line in log.read_text().splitlines():
        request = json.loads(line)
        if "labelSelector" in request["query"] and "continue" not in request["query"]:
            found[request["path"]] = request["query"]["labelSelector"]
    return found


def exported(cluster, urls, folder, elsewhere):
    """The objects as files: as they can be applied here, and as they can be in another cluster."""
    folder.mkdir()
    elsewhere.mkdir()
    names = {}
    for path, selector in urls.items():
        for item in json.loads(cluster.kubectl("get", "--raw", f"{path}?labelSelector={selector}"))["items"]:
            kind, version = kinds[path.rsplit("/", 1)[1]], "/".join(path.split("/")[2:-1])
            metadata = item["metadata"]
            kept = {key: metadata[key] for key in ("name", "namespace", "labels", "annotations") if key in metadata}
            # What controllers noted is not for another cluster.
            kept["annotations"] = {
                name: value for name, value in kept.get("annotations", {}).items()
                if not name.startswith(("deployment.kubernetes.io/", "pv.kubernetes.io/", "volume."))}
            item = {"apiVersion": version, "kind": kind, **{k: v for k, v in item.items() if k != "status"}, "metadata": kept}
            if kind in ("Namespace", "PersistentVolumeClaim", "ServiceAccount"):
                for key in ("finalizers", "volumeName"):
                    item.get("spec", {}).pop(key, None)
                item.pop("secrets", None)
            name = f"{len(names)}.json"
            (folder / name).write_text(json.dumps(item))
            if kind == "Service" and item["spec"].get("clusterIP") != "None":
                # Another cluster gives it another address.
                for key in ("clusterIP", "clusterIPs"):
                    item["spec"].pop(key, None)
            (elsewhere / name).write_text(json.dumps(item))
            parts = path.rsplit("/", 1)
            inside = f"/namespaces/{kept['namespace']}" if "namespace" in kept else ""
            names[name] = (kind, f"{parts[0]}{inside}/{parts[1]}/{kept['name']}")
    return names


kinds = {
    "namespaces": "Namespace", "serviceaccounts": "ServiceAccount", "configmaps": "ConfigMap", "secrets": "Secret",
    "services": "Service", "deployments": "Deployment", "statefulsets": "StatefulSet", "ingresses": "Ingress",
    "networkpolicies": "NetworkPolicy", "resourcequotas": "ResourceQuota", "limitranges": "LimitRange",
    "persistentvolumeclaims": "PersistentVolumeClaim", "roles": "Role", "rolebindings": "RoleBinding", "jobs": "Job",
    "poddisruptionbudgets": "PodDisruptionBudget", "cronjobs": "CronJob",
}


def curl(cluster, folder, requests):
    """One curl for all requests, up to fifty at once on one connection: the least that any client has to do."""
    config = folder / "curl.config"
    blocks = []
    for method, path, body in requests:
        lines = [
            f'url = "{cluster.server}{path}"', f'request = "{method}"', f'cacert = "{cluster.authority}"',
            f'header = "Authorization: Bearer {cluster.token}"', 'output = "/dev/null"', "fail", "http2", "silent", "show-error",
        ]
        if body:
            lines += [f'data-binary = "@{body}"', 'header = "Content-Type: application/apply-patch+yaml"']
        blocks.append("\n".join(lines))
    config.write_text("\nnext\n".join(blocks) + "\n")
    return timed(["curl", "--parallel", "--parallel-max", "50", "--config", str(config)])


def applied(cluster, folder, manifests, names):
    """The same server-side applies with nothing else: namespaces, then all the rest at once."""
    def requests(wanted):
        return [
            ("PATCH", f"{path}?fieldManager=kreform&force=true", manifests / name)
            for name, (kind, path) in names.items() if (kind == "Namespace") == wanted]
    first = curl(cluster, folder, requests(True))
    rest = curl(cluster, folder, requests(False))
    return first[0] + rest[0], max(first[1], rest[1])


def until_ready(cluster):
    """Seconds until every workload has its replicas. Looked at seldom: the lists take the server's time from them."""
    began = time.monotonic()
    while True:
        wanted = ready = 0
        for kind in ("deployments", "statefulsets"):
            for item in json.loads(cluster.kubectl("get", "--raw", f"/apis/apps/v1/{kind}"))["items"]:
                wanted += item["spec"]["replicas"]
                ready += item["status"].get("readyReplicas", 0)
        if ready >= wanted:
            return time.monotonic() - began
        time.sleep(2)


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def measure(kreform, store, objects, has_pods):
    folder = Path(tempfile.mkdtemp(prefix="kreform-benchmark-"))
    try:
        runtimes = desired_state(folder, kreform, store, objects)
        log = folder / "requests.log"
        with Cluster("ours", has_pods) as cluster:
            ours = {"KUBECONFIG": cluster.kubeconfig}
            fresh = timed([kreform, "apply", "--auto-approve", "--timeout", "3600"], ours, cwd=folder)
            timed([kreform, "plan"], {**ours, "KREFORM_REQUEST_LOG": str(log)}, cwd=folder)
            urls = lists(log)
            sent = len(log.read_text().splitlines())
            floor = best(5, lambda: curl(
                cluster, folder, [("GET", f"{path}?labelSelector={selector}", None) for path, selector in urls.items()]))
            plan = best(5, lambda: timed([kreform, "plan", "--detailed-exitcode"], ours, cwd=folder))
            here, manifests = folder / "here", folder / "manifests"
            names = exported(cluster, urls, here, manifests)
            if has_pods:
                config = ["kubectl", "--kubeconfig", cluster.kubeconfig]
                diff = timed(
                    [*config, "diff", "--server-side", "--field-manager=kreform", "--force-conflicts", "-f", here],
                    {"KUBECTL_EXTERNAL_DIFF": "true"}, allowed=(0, 1))
                confirmed = [word for name in runtimes for word in ("--confirm", name)]
                destroy = timed([kreform, "destroy", "--auto-approve", *confirmed], ours, cwd=folder)
        count = f"{len(names):,} objects"

        def line(what, result, base, note=""):
            row(count, what, f"{result[0]:.2f} s", f"{result[1]:.0f} MiB", f"{result[0] / base[0]:.1f}", note)

        line("lists with curl (floor)", floor, floor, f"{len(urls)} types")
        line("kreform plan, no changes", plan, floor, f"{sent} requests")
        if has_pods:
            line("kubectl diff", diff, floor)
        with Cluster("curl", has_pods) as cluster:
            raw = applied(cluster, folder, manifests, names)
            ready = raw[0] + until_ready(cluster), raw[1]
        line("applies with curl (floor)", raw, raw)
        line("applies with curl, until ready", ready, raw)
        line("kreform apply, new, until ready", fresh, raw, f"{fresh[0] / ready[0]:.2f} x curl until ready")
        if not has_pods:
            return
        with Cluster("kubectl") as cluster:
            ordered = folder / "ordered"
            ordered.mkdir()
            for name, (kind, _) in names.items():
                shutil.copy(manifests / name, ordered / f"{'0' if kind == 'Namespace' else '1'}-{name}")
            kubectl = timed([
                "kubectl", "--kubeconfig", cluster.kubeconfig, "apply", "--server-side", "--field-manager=kreform", "-f", ordered])
        line("kubectl apply --server-side, no waiting", kubectl, raw)
        line("kreform destroy, until gone", destroy, raw)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    kreform = str(Path(sys.argv[1]).resolve())
    row("size", "what", "time", "peak memory", "x floor", "")
    row(*["---"] * 6)
    arguments = [argument for argument in sys.argv[2:] if argument != "--no-pods"]
    with Store() as store:
        for objects in map(int, arguments or ["1000", "5000"]):
            measure(kreform, store, objects, has_pods="--no-pods" not in sys.argv)


main()
