import JSON
import Model
import Readiness

/// Secrets and ConfigMaps that pods or Ingresses read and that Kreform does not make: whoever wrote the file must.
struct NeededObjects: Sendable {
    /// One of them, and what of it is read.
    struct Need: Sendable {
        let address: ResourceAddress
        let runtime: String
        var keys: Set<String> = []
        var form: ObjectRead.Form
        /// The objects that read it.
        var readers: Set<String> = []
    }

    /// Sorted by address.
    let needs: [Need]

    init(_ rendered: RenderedState) {
        let manifests = rendered.entities.flatMap(\.manifests)
        let own = Set(manifests.map(\.address))
        let issued = Set(manifests.flatMap { manifest in
            ObjectRead.issued(for: manifest.content).map {
                ResourceAddress(group: "", kind: "Secret", namespace: manifest.address.namespace, name: $0)
            }
        })
        var needs: [ResourceAddress: Need] = [:]
        for entity in rendered.entities {
            for manifest in entity.manifests {
                for found in ObjectRead.all(in: manifest.content) {
                    let address = ResourceAddress(
                        group: "", kind: found.kind, namespace: manifest.address.namespace, name: found.name)
                    guard !own.contains(address), found.form != .certificate || !issued.contains(address) else { continue }
                    var need = needs[address] ?? Need(address: address, runtime: entity.record.address.runtime, form: found.form)
                    need.keys.formUnion(found.keys)
                    need.readers.insert(manifest.address.short)
                    if found.form == .values { need.form = .values }
                    needs[address] = need
                }
            }
        }
        self.needs = needs.values.sorted { $0.address < $1.address }
    }
}

extension NeededObjects {
    private enum Sight: Sendable {
        /// It may not be read, or could not.
        case unknown
        case absent
        /// With these keys.
        case there(Set<String>)
    }

    /// A warning for each that is not there, or lacks a key. Who may not read them hears nothing of them.
    ///
    /// - Parameter place: where the files name an object of a runtime.
    func missing(
        in cluster: any Cluster, _ reads: Reads, place: (_ name: String, _ runtime: String) -> SourceSpan?
    ) async -> [Diagnostic] {
        let homes = Set(needs.compactMap(\.address.namespace)).sorted().map {
            ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: $0)
        }
        let addresses = homes + needs.map(\.address)
        let seen = try? await reads.all(addresses) { address async throws(ClusterError) in
            await Self.look(at: address, in: cluster)
        }
        let sights = Dictionary(zip(addresses, seen ?? []), uniquingKeysWith: { first, _ in first })
        return needs.compactMap { need in
            let home = ResourceAddress(group: "", kind: "Namespace", namespace: nil, name: need.address.namespace ?? "")
            let span = place(need.address.name, need.runtime)
            switch sights[need.address] ?? .unknown {
            case .unknown: return nil
            case .absent:
                let isHomeless = if case .absent = sights[home] ?? .unknown { true } else { false }
                return .neededObject(need, absent: need.keys, isThere: false, isHomeless: isHomeless, at: span)
            case .there(let keys):
                let absent = need.keys.subtracting(keys)
                return absent.isEmpty ? nil : .neededObject(need, absent: absent, isThere: true, isHomeless: false, at: span)
            }
        }
    }

    private static func look(at address: ResourceAddress, in cluster: any Cluster) async -> Sight {
        let type = ResourceType(apiVersion: "v1", kind: address.kind)
        do throws(ClusterError) {
            guard let found = try await cluster.get(type, namespace: address.namespace, name: address.name), !found.isTerminating else {
                return .absent
            }
            return .there(Set(["data", "binaryData"].flatMap { (found.content[$0]?.object ?? [:]).keys }))
        } catch {
            return .unknown
        }
    }
}

extension Diagnostic {
    private static let shown = 4

    /// - Parameters:
    ///   - absent: the keys that are to be put into it.
    ///   - isHomeless: its namespace is not there either.
    fileprivate static func neededObject(
        _ need: NeededObjects.Need, absent: Set<String>, isThere: Bool, isHomeless: Bool, at span: SourceSpan?
    ) -> Diagnostic {
        let (kind, name, namespace) = (need.address.kind, need.address.name, need.address.namespace ?? "")
        let keys = absent.sorted()
        let readers = need.readers.sorted()
        let more = readers.count > shown ? " and \(readers.count - shown) more" : ""
        let read = "It is read by \(readers.prefix(shown).joined(separator: ", "))\(more)\(waiting(need.form))"
        let home = isHomeless
            ? ["Its namespace \(namespace) is not there either: the apply makes that first, and waits. Make the \(kind) meanwhile:"]
            : [isThere ? "Add what it lacks:" : "Make it:"]
        return Diagnostic(
            .warning, code: "needed-object-missing",
            summary: isThere
                ? "\(kind) \(name) in namespace \(namespace) has no key \(keys.map { "`\($0)`" }.joined(separator: ", "))"
                : "\(kind) \(name) is not in namespace \(namespace)",
            detail: ([read] + home + ["  \(command(need, keys, isThere: isThere))"]).joined(separator: "\n"), span: span,
            address: need.address.description)
    }

    private static func waiting(_ form: ObjectRead.Form) -> String {
        switch form {
        case .values: ", whose pods wait until it is there."
        case .registry: ", whose images are pulled with it."
        case .certificate: ", which serves without a certificate of its own until it is there."
        }
    }

    private static func command(_ need: NeededObjects.Need, _ keys: [String], isThere: Bool) -> String {
        let (name, namespace) = (need.address.name, need.address.namespace ?? "")
        if isThere { return "kubectl edit \(need.address.kind.lowercased()) \(name) -n \(namespace)" }
        switch need.form {
        case .registry:
            return "kubectl create secret docker-registry \(name) -n \(namespace) --docker-server=… --docker-username=… "
                + "--docker-password=…"
        case .certificate: return "kubectl create secret tls \(name) -n \(namespace) --cert=… --key=…"
        case .values:
            let kind = need.address.kind == "Secret" ? "secret generic" : "configmap"
            let option = need.address.kind == "Secret" ? "from-literal" : "from-file"
            return (["kubectl create \(kind) \(name) -n \(namespace)"] + keys.map { "--\(option)=\($0)=…" }).joined(separator: " ")
        }
    }
}
