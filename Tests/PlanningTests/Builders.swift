import Digest
import Fields
import JSON
import Model
import TestSupport

/// The key that seals every test's secrets.
let key: DigestKey = {
    var generator = SeededGenerator(seed: 7)
    return DigestKey(using: &generator)
}()

let cluster = ClusterIdentity(name: "sandbox", uid: "cluster-1")

/// A version as a test wants it.
struct V {
    var name: String
    var status: VersionStatus
    var image = "etl:1"
    var secret = "s3cr3t"
    var description = ""
    var package: String?

    init(
        _ name: String, _ status: VersionStatus, image: String = "etl:1", secret: String = "s3cr3t",
        description: String = "", package: String? = nil
    ) {
        self.name = name
        self.status = status
        self.image = image
        self.secret = secret
        self.description = description
        self.package = package
    }
}

/// A runtime as a test wants it, and the objects that it becomes: a namespace, a Secret with a generated password, a
/// StatefulSet that needs it; for a version a Secret, a Deployment and a Service; for the publication the Service that
/// moves and an Ingress.
struct R {
    var name: String
    var versions: [V]
    var description = ""
    var protected = false
    var replicas = 1
    var namespace: String
    /// More ConfigMaps of the stack.
    var extras: [String] = []
    /// StatefulSets with volumes of their own, each with a Secret and a claim of its name.
    var stores: [String] = []
    /// The size of the stores' volumes, as the file gives it; where it does, `isPreset` says whether for all of them.
    var size: String?
    var isPreset = false
    var ignore: [IgnoreRule] = []
    var adopts = false
    /// The file names a store for packages.
    var uploads = false
    /// It is the runtime's own.
    var hasOwnStore = false
    /// What stands before the published version's Service.
    var fronts = [ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress")]
    /// Which of them are made follows from what the cluster serves: sets of their positions, and whether each stays.
    var options: [(fronts: [Int], stays: Bool)] = []
    /// For how long a version that loses the publication stays up.
    var drain: Int?
    /// The shares of the calls that a version has before it takes the publication, and for how many seconds each.
    var canary: [(weight: Int, seconds: Int)] = []

    init(
        _ name: String, _ versions: [V] = [], description: String = "", protected: Bool = false, replicas: Int = 1,
        namespace: String? = nil, extras: [String] = []
    ) {
        self.name = name
        self.versions = versions
        self.description = description
        self.protected = protected
        self.replicas = replicas
        self.namespace = namespace ?? "e-\(name)"
        self.extras = extras
    }

    var entities: [RenderedEntity] {
        let record = EntityRecord(
            address: .runtime(name), description: description, protected: protected, namespace: namespace)
        var entities = [
            RenderedEntity(record: record, manifests: stack, ignore: ignore, adopts: adopts, settings: stores.map(setting))
        ]
        for version in versions {
            let record = EntityRecord(
                address: .version(runtime: name, name: version.name), description: version.description,
                status: version.status, packageDigest: SHA256Digest(of: (version.package ?? version.name).utf8))
            entities.append(
                RenderedEntity(
                    record: record, manifests: version.status == .stopped ? [] : objects(of: version),
                    upload: uploads ? upload(of: version) : nil, ignore: ignore,
                    adopts: adopts))
            if version.status == .published {
                let record = EntityRecord(address: .publication(runtime: name), published: version.name)
                entities.append(
                    RenderedEntity(record: record, manifests: publication(of: version), ignore: ignore, adopts: adopts, drain: drain,
                        canary: shares(with: version), choice: choice))
            }
        }
        return entities
    }

    private var stack: [Manifest] {
        let password = Manifest(
            object("v1", "Secret", "mongo", ["data": [:]]), generated: ["password": .random(12)], key: key)
        let nats = Manifest(
            object("apps/v1", "StatefulSet", "nats", ["spec": ["replicas": .integer(replicas)]]),
            dependsOn: [password.address], key: key)
        let extras = extras.map { Manifest(object("v1", "ConfigMap", $0, ["data": ["a": "b"]]), key: key) }
        return [Manifest(object("v1", "Namespace", namespace), key: key), password, nats] + extras + stores.flatMap(store)
    }

    private func store(_ name: String) -> [Manifest] {
        let password = Manifest(object("v1", "Secret", name, ["data": [:]]), generated: ["password": .random(12)], key: key)
        var claim: JSONValue = ["metadata": ["name": "data"], "spec": ["accessModes": ["ReadWriteOnce"]]]
        if let size { claim["spec"]?["resources"] = ["requests": ["storage": .string(size)]] }
        let claims: JSONValue = [claim]
        return [
            password, Manifest(object("v1", "PersistentVolumeClaim", name, ["spec": ["volumeMode": "Filesystem"]]), key: key),
            Manifest(
                object("apps/v1", "StatefulSet", name, ["spec": ["replicas": 1, "volumeClaimTemplates": claims]]),
                dependsOn: [password.address], key: key),
        ]
    }

    private func setting(_ name: String) -> FieldSetting {
        let path: [FieldPath.Element] = [
            .field("spec"), .field("volumeClaimTemplates"), .index(0), .field("spec"), .field("resources"), .field("requests"),
            .field("storage"),
        ]
        return FieldSetting(
            object: address("apps/v1", "StatefulSet", name), field: FieldPath(path),
            key: isPreset ? "stack.preset" : "stack.\(name).storage", ownKey: "stack.\(name).storage", isVolumeSize: true)
    }

    private func upload(of version: V) -> PackageUpload {
        let digest = SHA256Digest(of: (version.package ?? version.name).utf8)
        return PackageUpload(
            path: "\(version.name).krt", digest: digest, size: 12_345,
            place: PackagePlace(
                endpoint: hasOwnStore ? "http://minio.\(namespace):9000" : "https://s3.example.com", bucket: "krt",
                key: ArtifactStore.key(of: digest), namespace: hasOwnStore ? namespace : nil))
    }

    private func objects(of version: V) -> [Manifest] {
        let secret = Manifest(
            object("v1", "Secret", "\(version.name)-conf", ["data": [:]]),
            secrets: ["TOKEN": SensitiveValue(version.secret)], key: key)
        let container: JSONValue = ["name": "etl", "image": .string(version.image)]
        let deployment = Manifest(
            object(
                "apps/v1", "Deployment", "\(version.name)-etl",
                ["spec": ["replicas": 1, "template": ["spec": ["containers": [container]]]]]),
            dependsOn: [secret.address, address("apps/v1", "StatefulSet", "nats")], key: key)
        let service = Manifest(
            object("v1", "Service", version.name, ["spec": ["selector": ["version-name": .string(version.name)]]]),
            dependsOn: [deployment.address], key: key)
        return [secret, deployment, service]
    }

    private func publication(of version: V) -> [Manifest] {
        let service = Manifest(
            object(
                "v1", "Service", "active-entrypoint", ["spec": ["selector": ["version-name": .string(version.name)]]]),
            dependsOn: [address("v1", "Service", version.name)], key: key)
        return [service] + fronts.map { type in
            Manifest(
                object(type.apiVersion, type.kind, "entrypoint", ["spec": ["ingressClassName": "nginx"]]),
                dependsOn: [service.address], key: key)
        }
    }

    /// By an Ingress beside the one that is there, or by the weights of a route.
    private func shares(with version: V) -> RenderedCanary? {
        guard !canary.isEmpty else { return nil }
        let service = address("v1", "Service", version.name)
        let stages = canary.map { stage in
            RenderedCanary.Stage(weight: stage.weight, seconds: stage.seconds, routes: fronts.map { type in
                let front = address(type.apiVersion, type.kind, "entrypoint")
                let spec: JSONValue = ["spec": ["share": ["to": .string(version.name), "weight": .integer(stage.weight)]]]
                guard type.kind == "Ingress" else {
                    return RenderedCanary.Route(
                        Manifest(object(type.apiVersion, type.kind, "entrypoint", spec), dependsOn: [service], key: key), front: front)
                }
                return RenderedCanary.Route(
                    Manifest(object(type.apiVersion, type.kind, "canary", spec), dependsOn: [service, front], key: key), front: front)
            })
        }
        return RenderedCanary(stages: stages, pivot: address("v1", "Service", "active-entrypoint"))
    }

    private var choice: ServedChoice? {
        guard !options.isEmpty else { return nil }
        let span = SourceSpan(file: "a.yaml", start: SourcePosition(line: 1, column: 1), end: SourcePosition(line: 1, column: 2))
        let options = options.map { option in
            ServedChoice.Option(option.fronts.map { address(fronts[$0].apiVersion, fronts[$0].kind, "entrypoint") }, stays: option.stays)
        }
        return ServedChoice(options: options, advice: "Install it.", span: span)
    }

    func address(_ apiVersion: String, _ kind: String, _ name: String) -> ResourceAddress {
        ResourceAddress(
            apiVersion: apiVersion, kind: kind, namespace: kind == "Namespace" ? nil : namespace, name: name)
    }

    private func object(_ apiVersion: String, _ kind: String, _ name: String, _ rest: JSONValue = [:]) -> JSONValue {
        var object = rest
        object["apiVersion"] = .string(apiVersion)
        object["kind"] = .string(kind)
        var metadata: JSONValue = [
            "name": .string(name),
            "labels": .object([ObjectLabels.managedBy: "kreform", ObjectLabels.engine: "e"]),
        ]
        if kind != "Namespace" { metadata["namespace"] = .string(namespace) }
        object["metadata"] = metadata
        return object
    }
}

func desired(_ runtimes: R...) -> RenderedState { desired(runtimes) }

func desired(_ runtimes: [R]) -> RenderedState {
    RenderedState(engine: "e", entities: runtimes.flatMap(\.entities))
}
