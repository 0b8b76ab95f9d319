import Fields
import JSON
import Model

/// Whose an object is that is not ours, as far as the cluster tells.
struct Ownership {
    /// Of another Kreform's engine, and the runtime in it.
    private(set) var engine: String?
    private(set) var runtime: String?
    /// `the Helm release prices in namespace tools`.
    private(set) var tool: String?
    private let object: LiveObject
    private let isRead: Bool

    /// Of an object as an apply of ours would leave it: its labels are our own.
    init(ofUnread object: LiveObject) {
        self.object = object
        isRead = false
    }

    init(_ object: LiveObject) {
        self.object = object
        isRead = true
        if object.label(ObjectLabels.managedBy) == FieldManager.kreform, let engine = object.label(ObjectLabels.engine) {
            self.engine = engine
            runtime = object.label(ObjectLabels.runtime)
        } else {
            tool = Self.tool(object)
        }
    }

    /// Labels and annotations by which the tools that people use know their objects again.
    private static func tool(_ object: LiveObject) -> String? {
        func annotation(_ name: String) -> String? { object.metadata["annotations"]?[name]?.string }
        if let release = annotation("meta.helm.sh/release-name") {
            let place = annotation("meta.helm.sh/release-namespace").map { " in namespace \($0)" } ?? ""
            return "the Helm release \(release)\(place)"
        }
        if let application = object.label("argocd.argoproj.io/instance") { return "the Argo CD application \(application)" }
        if let id = annotation("argocd.argoproj.io/tracking-id"), let application = id.split(separator: ":").first {
            return "the Argo CD application \(application)"
        }
        if let name = object.label("kustomize.toolkit.fluxcd.io/name") { return "the Flux Kustomization \(name)" }
        if let name = object.label("helm.toolkit.fluxcd.io/name") { return "the Flux HelmRelease \(name)" }
        if let owner = object.metadata["ownerReferences"]?.array?.first(where: { $0["controller"]?.bool == true }),
            let kind = owner["kind"]?.string, let name = owner["name"]?.string
        {
            return "\(kind) \(name), which made it"
        }
        return nil
    }

    /// Completes "exists in the cluster": `, managed by Helm,` or nothing.
    var short: String {
        if let engine { return ", of the Kreform engine \(engine)," }
        if isRead, let label = object.label(ObjectLabels.managedBy), label != FieldManager.kreform { return ", managed by \(label)," }
        return others.first.map { ", written by \($0.manager)," } ?? ""
    }

    /// What is known, in sentences.
    var account: String {
        var sentences: [String] = []
        if let engine {
            let what = runtime.map { "runtime \($0) of the Kreform engine \(engine)" } ?? "the Kreform engine \(engine)"
            sentences.append("It belongs to \(what).")
        } else if let tool {
            sentences.append("It belongs to \(tool).")
        } else if object.metadata["annotations"]?["kubectl.kubernetes.io/last-applied-configuration"] != nil {
            sentences.append("It was applied with kubectl.")
        }
        let writers = others.prefix(4).map { writer in
            writer.time.map { "\(writer.manager) (\($0))" } ?? writer.manager
        }
        let written = writers.isEmpty ? "" : ", written by \(writers.joined(separator: ", "))"
        if let since = object.metadata["creationTimestamp"]?.string {
            sentences.append("It has been there since \(since)\(written).")
        } else if !writers.isEmpty {
            sentences.append("It was\(written.dropFirst()).")
        }
        return sentences.joined(separator: " ")
    }

    /// Who else owns something of the object but its status, those first who have been there longest: who made it, most likely.
    private var others: [ManagedFields] {
        object.managers.filter { $0.manager != FieldManager.kreform && $0.subresource.isEmpty && !$0.isOfStatus }
            .sorted { left, right in
                let (first, second) = (left.time ?? "", right.time ?? "")
                if first != second { return first < second }
                // A controller that wrote in the same second reported a status too.
                return left.tellsStatus == right.tellsStatus ? left.manager < right.manager : right.tellsStatus
            }
    }
}

extension ManagedFields {
    fileprivate var tellsStatus: Bool { !fields.subset(at: FieldPath("status")).isEmpty }
}
