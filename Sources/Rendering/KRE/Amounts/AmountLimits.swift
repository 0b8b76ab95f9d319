import Fields
import Model

extension Diagnostic {
    /// Of amounts that Kubernetes would refuse: `quota` and `limits` of a runtime.
    package static let amountCodes: Set = ["limits-contradict", "outside-limits", "quota-without-default"]
}

/// What the file says of amounts (`quota`, `limits`), and what of the runtime Kubernetes would refuse by it.
struct AmountLimits {
    private let runtime: DesiredRuntime
    private let scope: RuntimeScope

    init(_ scope: RuntimeScope) {
        self.scope = scope
        runtime = scope.runtime
    }

    var diagnostics: [Diagnostic] {
        let isolation = runtime.isolation
        guard !isolation.quota.isEmpty || !isolation.limits.isEmpty else { return [] }
        let asked = AskedAmounts(scope)
        return unnamed(asked.containers) + isolation.limits.flatMap { item in
            let contradictions = item.contradictions
            guard contradictions.isEmpty else { return contradictions.map { contradicted($0, in: item) } }
            return switch item.subject {
            case .container: bounded(item.filled, asked.containers)
            case .pod: bounded(item, asked.pods)
            case .claim: bounded(item, asked.claims)
            }
        }
    }

    private func fault(
        _ code: String, _ summary: String, _ detail: [String], at key: String, isNow: Bool = true
    ) -> Diagnostic {
        Diagnostic(
            isNow ? .error : .warning, code: code, summary: summary, detail: detail.joined(separator: "\n"), span: runtime.isolation.places[key] ?? runtime.span,
            address: "\(EntityAddress.runtime(runtime.name))")
    }

    // MARK: A quota

    /// With a quota of processor time or memory every container must say how much it takes
    /// (https://kubernetes.io/docs/concepts/policy/resource-quotas/).
    private func unnamed(_ containers: [AskedAmounts.Container]) -> [Diagnostic] {
        let given = runtime.isolation.limits.first { $0.subject == .container }?.filled
        let needed: [(String, String, isLimit: Bool)] = [
            ("cpu", "cpu", false), ("limits.cpu", "cpu", true), ("limits.memory", "memory", true), ("memory", "memory", false),
            ("requests.cpu", "cpu", false), ("requests.memory", "memory", false),
        ]
        return needed.compactMap { name, resource, isLimit in
            let (fallback, key) = isLimit ? (given?.limit, "default") : (given?.request, "defaultRequest")
            guard runtime.isolation.quota[name] != nil, fallback?[resource] == nil else { return nil }
            let silent = containers.filter { (isLimit ? $0.limits : $0.requests)[resource] == nil }
            guard !silent.isEmpty else { return nil }
            return fault(
                "quota-without-default",
                "The quota of runtime `\(runtime.name)` limits `\(name)`, and containers that do not name theirs would be refused",
                Self.lines(silent.map { ($0.words, $0.key) })
                    + ["Say what they get: `limits: {container: {\(key): {\(resource): …}}}` in the runtime."],
                at: "quota.\(name)", isNow: silent.contains(where: \.runs))
        }
    }

    // MARK: A LimitRange

    private func contradicted(_ found: LimitItem.Contradiction, in item: LimitItem) -> Diagnostic {
        let (lower, upper) = (found.lower, found.upper)
        return fault(
            "limits-contradict",
            "`\(item.key).\(lower.key)` of runtime `\(runtime.name)` is \(lower.amount) of \(found.resource), above "
                + "`\(upper.key)`, which is \(upper.amount)",
            [
                item.subject == .container
                    ? "Kubernetes wants `min` ≤ `defaultRequest` ≤ `default` ≤ `max`. Change one of the two."
                    : "Kubernetes wants `min` ≤ `max`. Change one of the two."
            ], at: "\(item.key).\(lower.key)")
    }

    /// Something that breaks a bound: what it is, how much it asks for, the key that says so, and whether it is to be refused now: not
    /// what a stopped version would ask for, nor a volume, which stays as it is where it is there already.
    private typealias Breach = (words: String, amount: String, key: String, isNow: Bool)

    private func breaches(
        _ item: LimitItem, _ bound: String, _ resource: String, _ amount: String, _ whose: String, _ found: [Breach], _ mend: String
    ) -> [Diagnostic] {
        guard !found.isEmpty else { return [] }
        let lines = found.map { ($0.amount.isEmpty ? $0.words : "\($0.words): \($0.amount)", $0.key) }
        return [
            fault(
                "outside-limits",
                "`\(item.key).\(bound)` of runtime `\(runtime.name)` is \(amount) of \(resource), and \(whose)",
                Self.lines(lines) + ["Kubernetes would refuse them. \(mend)"], at: "\(item.key).\(bound)",
                isNow: found.contains(where: \.isNow))
        ]
    }

    private func bounded(_ item: LimitItem, _ containers: [AskedAmounts.Container]) -> [Diagnostic] {
        func breaches(
            _ bound: String, _ amounts: [String: String], _ asked: (AskedAmounts.Container) -> [String: String], _ list: String,
            _ whose: String, _ mend: String, isBroken: (Quantity, Quantity) -> Bool, but isExcused: (AskedAmounts.Container, String) -> Bool
        ) -> [Diagnostic] {
            amounts.sorted { $0.key < $1.key }.flatMap { resource, amount -> [Diagnostic] in
                let found = containers.compactMap { container -> Breach? in
                    guard let own = asked(container)[resource], let quantity = Quantity(own), let allowed = Quantity(amount),
                        isBroken(quantity, allowed), !isExcused(container, resource)
                    else { return nil }
                    return (container.words, own, "\(container.key).\(list).\(resource)", container.runs)
                }
                return self.breaches(item, bound, resource, amount, whose, found, mend)
            }
        }
        // Where the file gives no default, the greatest is one.
        let given = Self.written(runtime.isolation.limits.first { $0.subject == .container }?.limit, in: item.limit)
        return breaches(
            "max", item.maximum, \.limits, "limits", "these containers may have more", "Raise it, or give them less.", isBroken: >,
            but: { _, _ in false })
            + breaches(
                "default", given.own, \.requests, "requests", "these containers, which have no limit of their own, request more",
                "Raise it, or give each of them a limit.", isBroken: >, but: { $0.limits[$1] != nil })
            + breaches(
                "max", given.filled, \.requests, "requests",
                "these containers, which have no limit of their own and get that, request more",
                "Raise it, or let them request less.", isBroken: >, but: { $0.limits[$1] != nil })
            + breaches(
                "min", item.minimum, \.requests, "requests", "these containers request less", "Lower it, or give them more.",
                isBroken: <, but: { _, _ in false })
    }

    /// Of the amounts `all` those that are written, and those that were filled in.
    private static func written(
        _ own: [String: String]?, in all: [String: String]
    ) -> (own: [String: String], filled: [String: String]) {
        (all.filter { own?[$0.key] != nil }, all.filter { own?[$0.key] == nil })
    }

    /// What a pod asks for is what its containers do, with what they are given where they say nothing.
    private func bounded(_ item: LimitItem, _ pods: [AskedAmounts.Pod]) -> [Diagnostic] {
        let defaults = runtime.isolation.limits.first { $0.subject == .container }?.filled
        let limits = { (own: AskedAmounts.Container) in own.limits.merging(defaults?.limit ?? [:]) { own, _ in own } }
        let requests = { (own: AskedAmounts.Container) in own.requests.merging(defaults?.request ?? [:]) { own, _ in own } }
        func breaches(
            _ bound: String, _ amounts: [String: String], _ asked: (AskedAmounts.Container) -> [String: String], _ whose: String,
            _ silent: String, _ mend: String, isBroken: (Quantity, Quantity) -> Bool
        ) -> [Diagnostic] {
            amounts.sorted { $0.key < $1.key }.flatMap { resource, amount -> [Diagnostic] in
                let totals = pods.map { ($0.words, $0.total(asked, resource), $0.runs) }
                let none = totals.filter { $0.1 == nil }.map { ($0.0, "", "", $0.2) as Breach }
                let found = totals.compactMap { words, total, runs -> Breach? in
                    guard let total, let allowed = Quantity(amount), isBroken(total, allowed) else { return nil }
                    return (words, "\(total)", "", runs)
                }
                return self.breaches(item, bound, resource, amount, whose, found, mend)
                    + self.breaches(item, bound, resource, amount, silent, none, mend)
            }
        }
        return breaches(
            "max", item.maximum, limits, "the containers of these pods may have more together",
            "no container of these pods has a limit", "Raise it, or change the `resources` of what is in them.", isBroken: >)
            + breaches(
                "min", item.minimum, requests, "the containers of these pods request less together",
                "no container of these pods requests any", "Lower it, or change the `resources` of what is in them.", isBroken: <)
    }

    private func bounded(_ item: LimitItem, _ claims: [AskedAmounts.Claim]) -> [Diagnostic] {
        func found(_ amount: String?, _ isBroken: (Quantity, Quantity) -> Bool) -> [Breach] {
            guard let amount, let allowed = Quantity(amount) else { return [] }
            return claims.compactMap { claim in
                guard let own = Quantity(claim.storage), isBroken(own, allowed) else { return nil }
                return (claim.words, claim.storage, claim.key, false)
            }
        }
        let (least, most) = (item.minimum["storage"], item.maximum["storage"])
        return breaches(
            item, "max", "storage", most ?? "", "these volumes request more", found(most, >),
            "Raise it, or choose smaller volumes for what is not there yet: none can shrink.")
            + breaches(
                item, "min", "storage", least ?? "", "these volumes request less", found(least, <), "Lower it, or give them more.")
    }

    // MARK: Lists

    private static let shown = 8

    /// Each once, with the key that leads to it.
    private static func lines(_ items: [(words: String, key: String)]) -> [String] {
        var known: Set<String> = []
        let each = items.filter { known.insert($0.words).inserted }
        let more = each.count > shown ? ["  and \(each.count - shown) more"] : []
        return each.prefix(shown).map { $0.key.isEmpty ? "  \($0.words)" : "  \($0.words) (`\($0.key)`)" } + more
    }
}
