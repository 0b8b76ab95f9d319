import Model

/// The credentials that Kreform makes for a runtime, and those that it does not.
extension RuntimeStack {
    /// By the names that the file has for components, sorted.
    var credentials: [ComponentCredentials] {
        (parts + more).sorted { $0.name < $1.name }
    }

    private var parts: [ComponentCredentials] {
        StackSettings.Part.allCases.map { ComponentCredentials($0.rawValue, standing(of: $0)) }
    }

    private func standing(of part: StackSettings.Part) -> ComponentCredentials.Standing {
        let external = runtime.stack.external
        switch part {
        case .mongodb:
            if let mongodb = external.mongodb {
                return .not(
                    because: "is external: its address, with user and password, is yours, in Secret \(mongodb.secret)",
                    instead: """
                        Make a new user in that database, put its address into \(mongodb.secret), restart what reads it (`kubectl --namespace \
                        \(stamp.namespace) rollout restart deployment`), and drop the old user.
                        """)
            }
            return runtime.stack.makes(part) ? .generated(mongoRotation) : off
        case .minio:
            return runtime.stack.makes(part) ? .generated(minioRotation) : off
        case .mongoExpress:
            guard runtime.stack.makes(.mongodb) else { return none }
            return .not(
                because: "reads the database as a user of the database's",
                instead: "Its user is made anew with the others: `kreform rotate \(runtime.name) mongodb`.")
        case .nats, .influxdb:
            let isExternal = part == .nats ? external.nats != nil : external.influxdb != nil
            return isExternal
                ? .not(because: "is external, and is used without credentials", instead: "There is nothing of it to rotate.") : none
        case .mongoWriter, .runtimeApi:
            return .not(
                because: "has no credentials of its own: it reads those of the database",
                instead: "They are made anew, and it is rolled, with `kreform rotate \(runtime.name) mongodb`.")
        default: return none
        }
    }

    private var none: ComponentCredentials.Standing {
        .not(
            because: "has no credentials: whoever is let through by the runtime's network policies may use it",
            instead: "There is nothing of it to rotate.")
    }

    private var off: ComponentCredentials.Standing {
        .not(because: "is switched off in the file", instead: "There is nothing of it to rotate.")
    }

    /// What people may ask for that is no component.
    private var more: [ComponentCredentials] {
        [
            ComponentCredentials(StackNames.Secret.mongoKey, .not(
                because: "is what the members of the database's replica set know each other by; nobody logs in with it",
                instead: """
                    The database takes another one only when it is restarted, so it is not rotated. Where others know it, put another one \
                    into Secret \(StackNames.Secret.mongo), restart the database (`kubectl --namespace \(stamp.namespace) rollout restart \
                    statefulset \(StackNames.mongo)`), and apply, which takes it as it is.
                    """))
        ]
    }
}

extension RuntimeScope {
    func number(of component: Component) -> Int { generations.number(of: component.rawValue, in: runtime.name) }

    /// The annotation of a Secret with credentials: their generation.
    func generation(of component: Component) -> [String: String] {
        let number = number(of: component)
        return number > 1 ? [ObjectAnnotations.generation: "\(number)"] : [:]
    }
}

extension Pod {
    /// Credentials that were made, by who has them: the Secrets that hold them.
    private static let credentials: [(part: StackSettings.Part, component: Component, secrets: Set<String>)] = [
        (.minio, .minio, [StackNames.Secret.minio]),
        (.mongodb, .mongodb, [StackNames.Secret.mongo, StackNames.Secret.mongoReader]),
    ]

    /// The pod with an annotation that changes when credentials which its containers read at start are made anew. What init containers
    /// read is over by then.
    func marked(by scope: RuntimeScope) -> Pod {
        let read = Set(containers.flatMap(\.secrets))
        let marks = Self.credentials.compactMap { part, component, secrets -> String? in
            let number = scope.number(of: component)
            guard number > 1, scope.runtime.stack.makes(part), !secrets.isDisjoint(with: read) else { return nil }
            return "\(component.rawValue)-\(number)"
        }
        guard !marks.isEmpty else { return self }
        var pod = self
        pod.annotations[ObjectAnnotations.credentials] = marks.joined(separator: ",")
        return pod
    }
}

extension Container {
    /// The Secrets that its variables come from.
    fileprivate var secrets: [String] {
        environment.compactMap { if case .secret(let name, _, _) = $0.source { name } else { nil } }
            + environmentFrom.compactMap { if case .secret(let name) = $0 { name } else { nil } }
    }
}
