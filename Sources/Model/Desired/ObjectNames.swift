/// Names that follow from the user's, and the limits Kubernetes sets them
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/).
package enum ObjectNames {
    /// A DNS label: namespaces, Services and label values hold 63 characters.
    package static let labelLimit = 63
    /// KRT names of versions, workflows and nodes have fewer than 20 characters.
    package static let krtNameLimit = 19

    package static func namespace(engine: String, runtime: String) -> String { "\(engine)-\(runtime)" }
    package static func nodeDeployment(version: String, workflow: String, node: String) -> String {
        "\(version)-\(workflow)-\(node)"
    }
    package static func entrypointDeployment(version: String) -> String { "\(version)-entrypoint" }
    /// The names of configuration begin so; a digest of what is in it follows.
    package static func configuration(version: String) -> String { "\(version)-krt-conf" }
    package static func configurationFiles(version: String) -> String { "\(version)-conf-files" }
    package static func influxDB(runtime: String) -> String { "\(runtime)-influxdb" }
    package static let activeEntrypoint = "active-entrypoint"
    /// The Secret with the keys to the package store, for the pods that fetch from it.
    package static let storeKeys = "kreform-store-keys"
    /// The Secret with the key of a runtime's digests (`StateKeys`), and the key's own name in it.
    package static let digestKey = "kreform-digest-key"
    package static let digestKeyField = "key"

    /// `^[a-z0-9]([-a-z0-9]*[a-z0-9])?$`: names of engines, runtimes, versions, workflows and nodes.
    package static func isResourceName(_ name: String) -> Bool {
        let bytes = Array(name.utf8)
        guard let first = bytes.first, let last = bytes.last else { return false }
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
}

/// Labels that stand on every object of ours.
package enum ObjectLabels {
    package static let managedBy = "app.kubernetes.io/managed-by"
    package static let partOf = "app.kubernetes.io/part-of"
    package static let engine = "kreform/engine"
    package static let runtime = "kreform/runtime"
    package static let version = "kreform/version"
    package static let component = "kreform/component"
    /// The component of a publication's objects.
    package static let publicationComponent = "publication"

    /// Whether a label tells that an object is ours: these go when an object is forgotten.
    package static func isOurs(_ label: String) -> Bool {
        label.hasPrefix("kreform/") || label == managedBy || label == partOf
    }

    /// Selects everything of an engine.
    package static func selector(engine: String) -> [String: String] { [managedBy: "kreform", Self.engine: engine] }
}

/// Annotations of ours, from which a lost state is rebuilt.
package enum ObjectAnnotations {
    /// On a runtime's Namespace and a version's configuration files.
    package static let description = "kreform/description"
    /// On the Namespace of a protected runtime: `true`.
    package static let protected = "kreform/protected"
    /// On a version's configuration files and Deployments: `sha256:HEX`.
    package static let packageDigest = "kreform/package-digest"
    /// On a Job that sleeps: that it runs before it is deleted (`LastRun`).
    package static let lastRun = "kreform/last-run"
    /// On such a Job: the data that it deletes, a line for each kind, as `buckets: NAME, NAME`.
    package static let removes = "kreform/removes"
    /// On pod templates of the stack: changes with the configuration that the pods read at start, so that they are rolled.
    package static let configDigest = "kreform/config-digest"
    /// On an object whose name ends in a digest of what is in it: the name without that. What follows it bears the same.
    package static let baseName = "kreform/base-name"
    /// On a Secret with credentials that Kreform made: their generation, from the second on (`Generations`).
    package static let generation = "kreform/generation"
    /// On pod templates: the generation of the credentials that the pods read at start, as `mongodb-2`, so that they are rolled.
    package static let credentials = "kreform/credentials"
    /// On objects that are there while credentials are made anew, and no longer: the generation that is to be.
    package static let rotation = "kreform/rotation"
}
