import Model

extension [Diagnostic] {
    /// Objects with data that are refused alike: the server's own words stand with the first.
    var tellingRefusalsOnce: [Diagnostic] {
        var told: Set<Substring> = []
        return map { found in
            guard found.code == Diagnostic.immutableData, let start = found.detail.firstRange(of: Diagnostic.serverSays) else {
                return found
            }
            let words = found.detail[start.upperBound...]
            let unnamed = words.firstRange(of: " is invalid: ").map { words[$0.upperBound...] } ?? words
            guard !told.insert(unnamed).inserted else { return found }
            return Diagnostic(
                found.severity, code: found.code, summary: found.summary, detail: String(found.detail[..<start.lowerBound]),
                span: found.span, excerpt: found.excerpt, address: found.address, evidence: found.evidence, cause: found.cause)
        }
    }
}

/// What planning has to say. Each code stands in one place only.
extension Diagnostic {
    fileprivate static let immutableData = "immutable-data-object"
    fileprivate static let serverSays = " The server says: "

    /// - Parameter settings: what of the file the refused fields come from, when that is known, in sentences.
    static func refused(
        _ address: ResourceAddress, _ error: ClusterError, holdsData: Bool = false, settings: String? = nil
    ) -> Diagnostic {
        switch error.kind {
        case .immutable(let field) where holdsData:
            let kept = "The object holds data, so it is not replaced"
            let advice = settings.map { "\($0)\n\(kept): data that needs another volume moves to a new runtime." }
                ?? "\(kept). Undo the change in the file, or move the data to a new runtime."
            return Diagnostic(
                code: immutableData, summary: "\(field) of \(address) cannot change after its creation",
                detail: "\(advice)\(serverSays)\(error.message)", address: "\(address)")
        case .notServed:
            return Diagnostic(
                code: "kind-not-served", summary: "The cluster does not know the kind of \(address)",
                detail: "Install its custom resource definition first. The server says: \(error.message)",
                address: "\(address)")
        case .webhookFailed(let name):
            return Diagnostic(
                code: "webhook-failed", summary: "Admission webhook \(name) does not answer, so \(address) cannot be tried out",
                detail: error.advice, address: "\(address)",
                cause: error.cause("cannot be tried out, since admission webhook \(name) does not answer"))
        default:
            return Diagnostic(
                code: "change-refused", summary: "The server refuses \(address)",
                detail: [settings, "It says: \(error.message)"].compactMap { $0 }.joined(separator: "\n"), address: "\(address)",
                // What comes from a setting of the file is mended there, each by itself.
                cause: settings == nil ? error.cause("are refused by the server") : nil)
        }
    }

    static func generatedValuesLost(_ manifest: Manifest) -> Diagnostic {
        if manifest.content.annotation(ObjectAnnotations.rotation) != nil {
            return Diagnostic(
                .warning, code: "generated-values-lost",
                summary: "\(manifest.address) is gone from the cluster, and the new credentials in it with it",
                detail: "They are not in use yet. The rotation makes others in their place and goes on with those; nothing has to be restored.",
                address: "\(manifest.address)")
        }
        let names = manifest.generated.keys.sorted().joined(separator: ", ")
        return Diagnostic(
            .warning, code: "generated-values-lost",
            summary: "\(manifest.address) is gone from the cluster, and the values made for it with it",
            detail: """
                New values will be made for \(names). What was set up with the old ones (a database keeps its users in \
                its volume) will not accept them: restore the Secret from a backup instead, if there is one.
                """,
            address: "\(manifest.address)")
    }

    static func leftAlone(_ object: LiveObject, bearsLabels: Bool) -> Diagnostic {
        Diagnostic(
            .warning, code: "object-left-alone",
            summary: "\(object.address) was made anew by someone else and is left alone",
            detail: bearsLabels
                ? """
                    It bears our labels, but is not the object that Kreform made: only the record of ours goes. If nobody needs it, \
                    delete it by hand. If it was restored from a backup, put what it belongs to back into the files and apply that, \
                    which takes it over; then take it out again.
                    """
                : "It is not the object that Kreform made, nor does it bear its labels. Only the record of ours goes.",
            address: "\(object.address)")
    }

    static func adopted(_ runtime: String, _ count: Int, isStateEmpty: Bool) -> Diagnostic {
        Diagnostic(
            .warning, code: "objects-adopted",
            summary: count == 1
                ? "1 object of runtime \(runtime) bears our labels but is not in the state"
                : "\(count) objects of runtime \(runtime) bear our labels but are not in the state",
            detail: isStateEmpty
                ? """
                    They are taken over as they are. If the state was lost, run `kreform state rebuild` instead: it finds out what \
                    was running, keeps pods with sensitive values from being rolled, and knows what has left the files.
                    """
                : "They are taken over as they are: they were restored from a backup, or the state was.",
            address: "\(EntityAddress.runtime(runtime))")
    }

    static func objectTwice(_ address: ResourceAddress, _ first: EntityAddress, _ second: RenderedEntity) -> Diagnostic
    {
        Diagnostic(
            code: "object-twice", summary: "\(first) and \(second.address) both want \(address)",
            detail: "Give one of them another name.", span: second.span, address: "\(address)")
    }

    static func packageChanged(_ entity: RenderedEntity, _ version: String, from old: String, to new: String)
        -> Diagnostic
    {
        Diagnostic(
            code: "package-changed", summary: "The package of version \(version) is not the one that was applied",
            detail: """
                Versions are immutable. The package had the digest
                  \(old)
                and now has
                  \(new)
                Give the new package a new version name in its krt.yml and list it beside the old one, or bring back \
                the package that was applied.
                """,
            span: entity.span, address: "\(entity.address)")
    }

    static func runtimeProtected(_ runtime: String, destroying: Bool, byFile: Bool) -> Diagnostic {
        let leave = destroying ? "then destroy it" : "then remove it from the file"
        return Diagnostic(
            code: "runtime-protected", summary: "Runtime \(runtime) is protected and cannot be destroyed",
            detail: byFile
                ? "Remove `protect: true` from the runtime and apply that, \(leave)."
                : "Put the runtime back into the file with `protect: false` and apply that, \(leave).",
            address: "\(EntityAddress.runtime(runtime))")
    }

    static func namespaceChanged(_ entity: RenderedEntity, from old: String, to new: String) -> Diagnostic {
        let name = entity.address.runtime
        return Diagnostic(
            code: "namespace-changed", summary: "Runtime \(name) cannot move from namespace \(old) to \(new)",
            detail: """
                Its data would stay behind. Write `namespace: \(old)`, or declare a runtime of another name in the new \
                namespace and remove this one once nothing uses it.
                """,
            span: entity.span, address: "\(entity.address)")
    }

    static func otherCluster(_ recorded: ClusterIdentity, _ actual: ClusterIdentity) -> Diagnostic {
        Diagnostic(
            code: "other-cluster", summary: "The state describes another cluster than the one reached",
            detail: """
                It was made for \(recorded.name) (\(recorded.uid)); this is \(actual.name) (\(actual.uid)). Choose the \
                cluster with the file's `cluster.context`, or another state with --state.
                """)
    }

    static func otherEngine(_ recorded: String, _ wanted: String) -> Diagnostic {
        Diagnostic(
            code: "other-engine", summary: "The state is that of the engine \(recorded), and the files say \(wanted)",
            detail: """
                An engine cannot be renamed: all its objects bear its name. Write `engine: \(recorded)`, or keep the files of \
                \(wanted) in a folder of their own; each engine has its own state.
                """)
    }

    /// A plan to destroy that knows of nothing must not say that nothing is left.
    static func stateLost(_ count: Int, engine: String, isDestruction: Bool) -> Diagnostic {
        Diagnostic(
            isDestruction ? .error : .warning, code: "state-lost",
            summary: "The state is empty, but \(count == 1 ? "1 object" : "\(count) objects") in the cluster "
                + "\(count == 1 ? "bears" : "bear") the labels of engine \(engine)",
            detail: """
                Nothing is done about them: only what the state knows is deleted. If the state was lost, put back its backup (the \
                file beside it that ends in `.backup`), or make it again with `kreform state rebuild`; if it is kept elsewhere, \
                name it with --state.
                """)
    }

    static func unknownTarget(_ entity: EntityAddress, known: [EntityAddress]) -> Diagnostic {
        Diagnostic(
            code: "unknown-target", summary: "There is no \(entity) in the state",
            detail: known.isEmpty
                ? "The state is empty." : "It has \(known.map(\.description).joined(separator: ", ")).",
            address: "\(entity)")
    }

    static func dependencyCycle(_ names: [String]) -> Diagnostic {
        Diagnostic(
            code: "dependency-cycle", summary: "\(names.count) changes wait for each other",
            detail: "None can be the first: \((names + names.prefix(1)).joined(separator: " → ")).",
            address: names.first)
    }
}
