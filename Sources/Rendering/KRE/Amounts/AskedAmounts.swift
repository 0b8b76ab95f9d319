import Fields
import JSON
import Model

/// What the containers and volumes of a runtime ask for, as they are rendered, those of versions as if they ran: what a LimitRange
/// and a quota are held against.
struct AskedAmounts {
    struct Container: Sendable {
        /// What it is: "`mongodb` of StatefulSet/kre-mongo".
        let words: String
        /// The key of the file that says what it gets.
        let key: String
        /// Whether it runs, and ends, before the others of its pod.
        let isFirst: Bool
        /// By resource.
        let requests: [String: String]
        let limits: [String: String]
        /// Not of a version that is stopped.
        let runs: Bool
    }

    struct Pod: Sendable {
        let words: String
        let containers: [Container]
        let runs: Bool

        /// What all of it comes to: the containers together, or one that runs before them where that is more. Nil when none says.
        func total(_ amounts: (Container) -> [String: String], _ resource: String) -> Quantity? {
            func quantities(_ isFirst: Bool) -> [Quantity] {
                containers.filter { $0.isFirst == isFirst }.compactMap { amounts($0)[resource].flatMap { Quantity($0) } }
            }
            let together = quantities(false)
            let sum = together.dropFirst().reduce(together.first) { sum, next in sum.map { $0 + next } }
            return [sum, quantities(true).max()].compactMap(\.self).max()
        }
    }

    struct Claim: Sendable {
        let words: String
        let key: String
        let storage: String
    }

    let pods: [Pod]
    let claims: [Claim]

    var containers: [Container] { pods.flatMap(\.containers) }

    init(_ scope: RuntimeScope) {
        let stack = RuntimeStack(scope)
        var owned = stack.partManifests.flatMap { part, manifests in manifests.map { (part: Optional(part), $0.content, runs: true) } }
        if scope.runtime.stack.makes(.mongodb) {
            let rotation = stack.mongoRotation
            owned += (rotation.preparing + rotation.retiring).map { (part: .mongodb, $0.content, runs: true) }
        }
        owned += scope.runtime.versions.sorted { $0.name < $1.name }.flatMap { version in
            VersionObjects(scope, version: version).manifests.map { (part: nil, $0.content, runs: version.status != .stopped) }
        }
        pods = owned.compactMap { part, content, runs in Self.pod(of: content, part, runs) }
        claims = owned.flatMap { part, content, _ in Self.claims(of: content, part) }
    }

    // MARK: Reading what was rendered

    private static func name(_ content: JSONValue) -> String {
        "\(content["kind"]?.string ?? "")/\(content["metadata"]?["name"]?.string ?? "")"
    }

    private static func pod(of content: JSONValue, _ part: StackSettings.Part?, _ runs: Bool) -> Pod? {
        guard let template = content["spec"]?["template"], let spec = template["spec"] else { return nil }
        let node = template["metadata"]?["labels"]?[VersionLabels.nodeName]?.string
        let name = name(content)
        func containers(_ list: String, isFirst: Bool) -> [Container] {
            (spec[list]?.array ?? []).map { container in
                let own = container["name"]?.string ?? ""
                let beside = part ?? Self.parts[own]
                return Container(
                    words: part == nil && beside != nil ? "`\(own)` in the pods of versions" : "`\(own)` of \(name)",
                    key: beside.map { "stack.\($0.rawValue).resources" } ?? "nodes.\(node ?? "").resources",
                    isFirst: isFirst, requests: amounts(container, "requests"), limits: amounts(container, "limits"),
                    runs: runs)
            }
        }
        return Pod(
            words: name, containers: containers("initContainers", isFirst: true) + containers("containers", isFirst: false), runs: runs)
    }

    /// Containers in the pods of versions that the stack has settings of, by name.
    private static let parts: [String: StackSettings.Part] = [
        PackageFetch.containerName: .packageFetcher, VersionContext.logShipperName: .logShipper,
        EntrypointDeployment.webName: .protoServer, StreamJobs.containerName: .streamSetup,
    ]

    /// A container with a limit and no request requests as much
    /// (https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/).
    private static func amounts(_ container: JSONValue, _ list: String) -> [String: String] {
        let resources = container["resources"]
        func read(_ list: String) -> [String: String] {
            var found: [String: String] = [:]
            for (name, amount) in resources?[list]?.object ?? [:] { found[name] = amount.string }
            return found
        }
        return list == "requests" ? read("requests").merging(read("limits")) { own, _ in own } : read(list)
    }

    private static func claims(of content: JSONValue, _ part: StackSettings.Part?) -> [Claim] {
        guard let part else { return [] }
        let own = content["kind"]?.string == "PersistentVolumeClaim" ? [content] : []
        return ((content["spec"]?["volumeClaimTemplates"]?.array ?? []) + own).compactMap { claim in
            let storage = claim["spec"]?["resources"]?["requests"]?["storage"]?.string
            return storage.map { Claim(words: "that of \(name(content))", key: "stack.\(part.rawValue).storage", storage: $0) }
        }
    }
}
