import Digest
import JSON
import Model
import StateStore

/// A runtime `r` with a Secret, and versions of a ConfigMap, a Deployment and a Service each, as a real cluster would take them.
struct Wanted {
    var versions: [(name: String, status: VersionStatus)] = []
    var image = "etl:1"
    var token: String? = "s3cr3t"
    var hasRuntime = true
    /// The Secret takes its password over from another one, which is not there.
    var copies = false
    /// A Service of the runtime that no pod is for.
    var hasLonelyService = false
    /// By version, what goes to the store first.
    var uploads: [String: PackageUpload] = [:]
    /// For how long a version that loses the publication stays up.
    var drain: Int?
    /// The shares of the calls that a version has before it takes the publication, by an Ingress of its own.
    var canary: [Int] = []
    /// It has them by the Ingress that all calls come by instead.
    var sharesFront = false

    init(_ versions: [(name: String, status: VersionStatus)] = [], image: String = "etl:1") {
        self.versions = versions
        self.image = image
    }

    /// Secrets are sealed under the state's key.
    func rendered(_ bench: Bench) async throws -> RenderedState {
        let store = try bench.store()
        let key = store.key
        await store.close()
        guard hasRuntime else { return RenderedState(engine: "e", entities: []) }
        var entities = [
            RenderedEntity(
                record: EntityRecord(address: .runtime("r"), namespace: "e-r"),
                manifests: [
                    Manifest(object("v1", "Namespace", "e-r"), key: key),
                    Manifest(
                        object("v1", "Secret", "store", ["type": "Opaque"]), secrets: ["user": SensitiveValue(token ?? "")],
                        generated: ["password": copies ? .copy(secret: "next", key: "password") : .random(12)], key: key),
                ] + (hasLonelyService ? [service("lonely", selecting: "none", after: address("v1", "Secret", "store"), key)] : []))
        ]
        for (name, status) in versions {
            entities.append(
                RenderedEntity(
                    record: EntityRecord(
                        address: .version(runtime: "r", name: name), status: status,
                        packageDigest: SHA256Digest(of: Array(name.utf8))),
                    manifests: status == .stopped ? [] : objects(of: name, key), upload: uploads[name]))
            if status == .published {
                entities.append(
                    RenderedEntity(
                        record: EntityRecord(address: .publication(runtime: "r"), published: name),
                        manifests: [service("active-entrypoint", selecting: name, after: address("v1", "Service", name), key)]
                            + (canary.isEmpty ? [] : [ingress("entrypoint", leadingTo: "active-entrypoint", key)]),
                        drain: drain, canary: shares(with: name, key)))
            }
        }
        return RenderedState(engine: "e", entities: entities)
    }

    private func objects(of version: String, _ key: DigestKey) -> [Manifest] {
        let config = Manifest(object("v1", "ConfigMap", "\(version)-conf", ["data": ["a": "b"]]), key: key)
        let deployment = Manifest(
            object(
                "apps/v1", "Deployment", "\(version)-etl",
                [
                    "spec": [
                        "replicas": 1, "selector": ["matchLabels": ["version": .string(version)]],
                        "template": [
                            "metadata": ["labels": labels.merging(["version": .string(version)])],
                            "spec": [
                                "containers": [
                                    [
                                        "name": "etl", "image": .string(image),
                                        "envFrom": [["configMapRef": ["name": .string("\(version)-conf")]]],
                                    ]
                                ]
                            ],
                        ],
                    ]
                ]),
            dependsOn: [config.address], key: key)
        return [config, deployment, service(version, selecting: version, after: deployment.address, key)]
    }

    private func service(_ name: String, selecting version: String, after: ResourceAddress, _ key: DigestKey) -> Manifest {
        Manifest(
            object(
                "v1", "Service", name,
                ["spec": ["selector": ["version": .string(version)], "ports": [["name": "grpc", "port": 9000, "protocol": "TCP"]]]]),
            dependsOn: [after], key: key)
    }

    private func shares(with version: String, _ key: DigestKey) -> RenderedCanary? {
        guard !canary.isEmpty else { return nil }
        let front = address("networking.k8s.io/v1", "Ingress", "entrypoint")
        let stages = canary.map { weight in
            let manifest = ingress(sharesFront ? "entrypoint" : "canary", leadingTo: version, weight: weight, key)
            return RenderedCanary.Stage(weight: weight, seconds: 60, routes: [RenderedCanary.Route(manifest, front: front)])
        }
        return RenderedCanary(stages: stages, pivot: address("v1", "Service", "active-entrypoint"))
    }

    private func ingress(_ name: String, leadingTo service: String, weight: Int? = nil, _ key: DigestKey) -> Manifest {
        let backend: JSONValue = ["service": ["name": .string(service), "port": ["name": "grpc"]]]
        var content = object("networking.k8s.io/v1", "Ingress", name, [
            "spec": ["rules": [["host": "a.test", "http": ["paths": [["path": "/", "pathType": "Prefix", "backend": backend]]]]]]
        ])
        if let weight { content["metadata"]?["annotations"] = ["weight": .string("\(weight)")] }
        return Manifest(content, dependsOn: [address("v1", "Service", service)], key: key)
    }

    func address(_ apiVersion: String, _ kind: String, _ name: String) -> ResourceAddress {
        ResourceAddress(apiVersion: apiVersion, kind: kind, namespace: kind == "Namespace" ? nil : "e-r", name: name)
    }

    private var labels: JSONObject { [ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"] }

    private func object(_ apiVersion: String, _ kind: String, _ name: String, _ rest: JSONValue = [:]) -> JSONValue {
        var object = rest
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        var metadata: JSONValue = ["name": .string(name), "labels": .object(labels)]
        if kind != "Namespace" { metadata["namespace"] = "e-r" }
        object["metadata"] = metadata
        return object
    }
}

extension JSONObject {
    fileprivate func merging(_ more: JSONObject) -> JSONValue { .object(merging(more) { _, new in new }) }
}
