import Digest
import Fields
import JSON

/// A Kubernetes object as Kreform wants it. `content` is safe to store and to print: where a sensitive value belongs it holds
/// the value's keyed digest, and where a value is made on creation it holds `(generated)`. What is sent to a cluster is made
/// by `resolved`.
package struct Manifest: Sendable, Hashable {
    package let apiVersion: String
    package let address: ResourceAddress
    /// `content` as its text: thousands of objects are wanted, and of few of them more is asked than whether it changed.
    package private(set) var text: JSONText
    /// By key of a Secret's `data`: the value that belongs there.
    package let secrets: [String: SensitiveValue]
    /// By key of a Secret's `data`: how to make the value when the object has none yet. Made once, and kept from then on.
    package let generated: [String: GeneratedValue]
    /// Keys of `generated` whose values are made anew although the object has them.
    package let renewed: Set<String>
    /// Objects that must be ready before this one is sent. Those that are not part of the plan are settled already. The
    /// namespace needs no mention.
    package let dependsOn: [ResourceAddress]

    /// Seals a Secret's values: in `content` each key of `secrets` gets the keyed digest under `key`, each key of
    /// `generated` the word `(generated)`. `content` must hold apiVersion, kind and metadata.name.
    package init(
        _ content: JSONValue, secrets: [String: SensitiveValue] = [:], generated: [String: GeneratedValue] = [:],
        renewed: Set<String> = [], dependsOn: [ResourceAddress] = [], key: DigestKey
    ) {
        var sealed = content
        for (name, value) in secrets {
            sealed[JSONPointer(tokens: ["data", name])] = .string(value.sealed(with: key))
        }
        for name in generated.keys {
            sealed[JSONPointer(tokens: ["data", name])] = .string(Self.generatedMark)
        }
        self.init(sealed: sealed, secrets: secrets, generated: generated, renewed: renewed, dependsOn: dependsOn)
    }

    /// An object whose content is sealed already, as plans and state keep it.
    package init(
        sealed content: JSONValue, secrets: [String: SensitiveValue] = [:], generated: [String: GeneratedValue] = [:],
        renewed: Set<String> = [], dependsOn: [ResourceAddress] = []
    ) {
        let metadata = content["metadata"]
        apiVersion = content["apiVersion"]?.string ?? ""
        address = ResourceAddress(
            apiVersion: apiVersion, kind: content["kind"]?.string ?? "", namespace: metadata?["namespace"]?.string,
            name: metadata?["name"]?.string ?? "")
        text = JSONText(content)
        self.secrets = secrets
        self.generated = generated
        self.renewed = renewed
        self.dependsOn = dependsOn.sorted()
    }

    /// The whole object: apiVersion, kind, metadata and the rest. Read anew each time.
    package var content: JSONValue { text.value }

    package var type: ResourceType { ResourceType(apiVersion: apiVersion, kind: address.kind) }

    /// The same, with `text` for its own when that is the same text: it is in memory once then.
    func sharing(_ text: JSONText?) -> Manifest {
        guard let text, text == self.text else { return self }
        var manifest = self
        manifest.text = text
        return manifest
    }

    /// Of an object whose name follows from what is in it: the name without the digest. Read anew each time.
    package var baseName: String? { Self.baseName(of: content) }

    static func baseName(of content: JSONValue) -> String? {
        content["metadata"]?["annotations"]?[ObjectAnnotations.baseName]?.string
    }

    /// The same object without these fields, and without the objects and lists that are empty for that.
    package func leaving(_ paths: [FieldPath]) -> Manifest {
        guard !paths.isEmpty else { return self }
        let rest = removing(paths, from: content)
        let keys = rest["data"]?.object ?? [:]
        return Manifest(
            sealed: rest, secrets: secrets.filter { keys[$0.key] != nil }, generated: generated.filter { keys[$0.key] != nil },
            renewed: renewed.filter { keys[$0] != nil }, dependsOn: dependsOn)
    }

    /// The same object, such that an apply of it to `live` (sealed) leaves the fields at `paths` as they are there: without those
    /// that somebody else owns, which stay then, and with the live values of those that nobody else owns, which would go. What is
    /// not there is left out.
    package func leaving(_ paths: [FieldPath], in live: LiveObject) -> Manifest {
        guard !paths.isEmpty else { return self }
        let owned = ownedFields(of: content, schema: MergeSchema(apiVersion: apiVersion, kind: address.kind))
        var held: [(path: FieldPath, value: JSONValue)] = []
        var gone: [FieldPath] = []
        for path in paths {
            // Of a map that is replaced as a whole nothing can be left out.
            let isWithout = owned.contains(path) && live.isOthers(path)
            if !isWithout, let value = value(at: path, in: live.content) { held.append((path, value)) } else { gone.append(path) }
        }
        let rest = leaving(gone).leaving(bareItems(around: gone, in: live))
        return held.isEmpty ? rest : rest.holding(held)
    }

    /// The items of lists of which nothing but their keys is left without `paths`, where `live` does not have them: somebody took
    /// away the whole item.
    private func bareItems(around paths: [FieldPath], in live: LiveObject) -> [FieldPath] {
        let rest = removing(paths, from: content)
        return paths.flatMap { path in
            path.elements.indices.dropLast().compactMap { end -> FieldPath? in
                guard case .key(let keys) = path.elements[end] else { return nil }
                let item = FieldPath(Array(path.elements[...end]))
                let isBare = value(at: item, in: rest)?.object?.allSatisfy { keys[$0.key] == $0.value } ?? false
                return isBare && value(at: item, in: live.content) == nil ? item : nil
            }
        }
    }

    private func holding(_ held: [(path: FieldPath, value: JSONValue)]) -> Manifest {
        let isSecret = address.group.isEmpty && address.kind == "Secret"
        var (content, secrets, generated, renewed) = (content, secrets, generated, renewed)
        for (path, value) in held {
            content = setting(value, at: path, in: content)
            guard isSecret, path.elements.count == 2, case .field("data") = path.elements[0],
                case .field(let name) = path.elements[1]
            else { continue }
            // The value itself is taken from the object, like one that was made once.
            secrets[name] = nil
            generated[name] = .random(0)
            renewed.remove(name)
        }
        return Manifest(sealed: content, secrets: secrets, generated: generated, renewed: renewed, dependsOn: dependsOn)
    }

    /// Stands in `content` for a value that is made when the object is created.
    package static let generatedMark = "(generated)"
}
