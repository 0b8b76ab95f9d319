import Fields
import Model

extension LimitItem {
    /// With what the API server fills in for containers: limits from the greatest, requests from the limits or the least
    /// (`SetDefaults_LimitRangeItem` of Kubernetes).
    var filled: LimitItem {
        guard subject == .container else { return self }
        let limit = limit.merging(maximum) { own, _ in own }
        let request = request.merging(limit) { own, _ in own }.merging(minimum) { own, _ in own }
        return LimitItem(.container, minimum: minimum, maximum: maximum, limit: limit, request: request)
    }

    /// What the file calls it.
    var key: String {
        switch subject {
        case .container: "limits.container"
        case .pod: "limits.pod"
        case .claim: "limits.claim"
        }
    }

    /// As written, by key, in the order in which none may be more than one after it
    /// (https://kubernetes.io/docs/concepts/policy/limit-range/).
    var bounds: [(key: String, amounts: [String: String])] {
        [("min", minimum), ("defaultRequest", request), ("default", limit), ("max", maximum)]
    }

    /// Two of its keys of which the first may not be more than the second, and is.
    struct Contradiction {
        let resource: String
        let lower, upper: (key: String, amount: String)
    }

    var contradictions: [Contradiction] {
        let resources = Set(bounds.flatMap(\.amounts.keys)).sorted()
        return resources.flatMap { resource in
            let given = bounds.compactMap { bound in bound.amounts[resource].map { (key: bound.key, amount: $0) } }
            return zip(given, given.dropFirst()).compactMap { lower, upper -> Contradiction? in
                guard let least = Quantity(lower.amount), let most = Quantity(upper.amount), least > most else { return nil }
                return Contradiction(resource: resource, lower: lower, upper: upper)
            }
        }
    }
}
