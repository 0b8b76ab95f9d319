import Digest

/// A KRT package that was read and found sound: an immutable version of a solution.
package struct Package: Sendable, Hashable {
    /// As the user named it.
    package let path: String
    /// Of the file's bytes: the version's identity.
    package let digest: SHA256Digest
    /// Of the file, in bytes.
    package let size: Int
    package let manifest: PackageManifest
    /// Of the entrypoint's `.proto`, in the order written.
    package let methods: [ServiceMethod]
    /// Regular files, sorted by path.
    package let entries: [PackageEntry]

    package init(
        path: String, digest: SHA256Digest, size: Int, manifest: PackageManifest, methods: [ServiceMethod],
        entries: [PackageEntry]
    ) {
        self.path = path
        self.digest = digest
        self.size = size
        self.manifest = manifest
        self.methods = methods
        self.entries = entries
    }
}

/// A regular file inside a package.
package struct PackageEntry: Sendable, Hashable {
    /// From the root of the package, without a leading `./`.
    package let path: String
    /// Unpacked, in bytes.
    package let size: Int

    package init(path: String, size: Int) {
        self.path = path
        self.size = size
    }
}

/// An `rpc` of a gRPC service.
package struct ServiceMethod: Sendable, Hashable {
    package let service: String
    package let name: String

    package init(service: String, name: String) {
        self.service = service
        self.name = name
    }
}

/// What `krt.yml` says, with defaults filled in; v1 and v2 in one shape.
package struct PackageManifest: Sendable, Hashable {
    package enum Format: String, Sendable, Hashable { case v1, v2 }

    /// `krtVersion`.
    package let format: Format
    /// The version's name.
    package let version: String
    package let description: String
    package let entrypoint: Entrypoint
    /// `config.variables`, in the order written.
    package let variables: [String]
    /// `config.files`, in the order written.
    package let files: [String]
    package let workflows: [Workflow]

    package init(
        format: Format, version: String, description: String, entrypoint: Entrypoint, variables: [String] = [],
        files: [String] = [], workflows: [Workflow]
    ) {
        self.format = format
        self.version = version
        self.description = description
        self.entrypoint = entrypoint
        self.variables = variables
        self.files = files
        self.workflows = workflows
    }
}

/// The gRPC server in front of a version's workflows.
package struct Entrypoint: Sendable, Hashable {
    /// Path of the `.proto` in the package.
    package let proto: String
    package let image: String

    package init(proto: String, image: String) {
        self.proto = proto
        self.image = image
    }
}

/// The nodes that a message passes through. A v1 `sequential` list is the graph in which each node subscribes to the one
/// before it, the first to the entrypoint, and the last is the exitpoint.
package struct Workflow: Sendable, Hashable {
    package let name: String
    /// The method of the entrypoint's service that it answers (`entrypoint` in krt.yml).
    package let method: String
    /// v1: in sequence. v2: in the order written.
    package let nodes: [Node]
    /// The node whose output is the answer.
    package let exitpoint: String

    package init(name: String, method: String, nodes: [Node], exitpoint: String) {
        self.name = name
        self.method = method
        self.nodes = nodes
        self.exitpoint = exitpoint
    }
}

/// A runner image and a source file; becomes a Deployment.
package struct Node: Sendable, Hashable {
    package let name: String
    package let image: String
    /// Path in the package of what the runner loads.
    package let src: String
    package let gpu: Bool
    package let replicas: Int
    /// Never empty.
    package let subscriptions: [Subscription]
    package let objectStore: ObjectStore?

    package init(
        name: String, image: String, src: String, gpu: Bool = false, replicas: Int = 1, subscriptions: [Subscription],
        objectStore: ObjectStore? = nil
    ) {
        self.name = name
        self.image = image
        self.src = src
        self.gpu = gpu
        self.replicas = replicas
        self.subscriptions = subscriptions
        self.objectStore = objectStore
    }
}

/// What a node listens to. Written `entrypoint`, `etl`, `classifier.repairs`.
package enum Subscription: Sendable, Hashable, CustomStringConvertible {
    case entrypoint
    case node(String, subtopic: String?)

    package var description: String {
        switch self {
        case .entrypoint: "entrypoint"
        case .node(let name, nil): name
        case .node(let name, let subtopic?): "\(name).\(subtopic)"
        }
    }
}

/// A JetStream object store that a v2 node uses.
package struct ObjectStore: Sendable, Hashable {
    package enum Scope: String, Sendable, Hashable, CaseIterable { case workflow, project }

    package let name: String
    package let scope: Scope

    package init(name: String, scope: Scope = .workflow) {
        self.name = name
        self.scope = scope
    }
}
