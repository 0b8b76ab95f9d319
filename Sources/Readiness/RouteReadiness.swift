import JSON
import Model

/// Judges routes of the Gateway API by what the Gateways that they name say of them
/// (https://gateway-api.sigs.k8s.io/reference/spec/, "RouteParentStatus").
enum RouteReadiness {
    /// Ready when each Gateway has accepted the route as it is now, and knows what it leads to.
    static func judge(_ route: LiveObject, _ status: JSONValue) -> Readiness {
        let told = status["parents"]?.array ?? []
        for parent in route.content["spec"]?["parentRefs"]?.array ?? [] {
            let own = told.filter { isSame($0["parentRef"], parent, in: route.address.namespace) }
            guard !own.isEmpty else { return .progressing("\(name(parent)) has not seen it yet") }
            // Several controllers may answer for one Gateway: one that takes the route is enough.
            let verdicts = own.map { verdict($0, parent, route) }
            guard !verdicts.contains(.ready) else { continue }
            return verdicts.first { if case .progressing = $0 { true } else { false } } ?? verdicts.first ?? .ready
        }
        return .ready
    }

    private static func verdict(_ told: JSONValue, _ parent: JSONValue, _ route: LiveObject) -> Readiness {
        let conditions = told["conditions"]?.array ?? []
        for type in ["Accepted", "ResolvedRefs"] {
            guard let condition = conditions.first(where: { $0["type"]?.string == type }) else {
                return .progressing("\(name(parent)) has not said yet whether it is \(words[type] ?? type)")
            }
            if let generation = route.generation, (condition["observedGeneration"]?.integer ?? generation) < generation {
                return .progressing("\(name(parent)) has not seen the change yet")
            }
            guard condition["status"] != "True" else { continue }
            let reason = condition["reason"]?.string ?? "Not\(type)"
            let message = condition["message"]?.string ?? ""
            if condition["status"] == "Unknown" || reason == "Pending" {
                return .progressing(message.isEmpty ? "\(name(parent)) has not decided yet" : message)
            }
            return .failed(ReadinessFailure(
                reason: reason, message: "\(name(parent)) says: \(message.isEmpty ? reason : message)"))
        }
        return .ready
    }

    private static let words = ["Accepted": "accepted", "ResolvedRefs": "led to something that there is"]

    /// Whether both name the same Gateway and listener; what is absent has its default.
    private static func isSame(_ told: JSONValue?, _ wanted: JSONValue, in namespace: String?) -> Bool {
        let defaults = ["group": "gateway.networking.k8s.io", "kind": "Gateway", "namespace": namespace ?? "", "sectionName": ""]
        return told?["name"] == wanted["name"] && defaults.allSatisfy { key, fallback in
            (told?[key]?.string ?? fallback) == (wanted[key]?.string ?? fallback)
        }
    }

    private static func name(_ parent: JSONValue) -> String {
        let place = parent["namespace"]?.string.map { "\($0)/" } ?? ""
        let section = parent["sectionName"]?.string.map { ", listener \($0)" } ?? ""
        return "Gateway \(place)\(parent["name"]?.string ?? "")\(section)"
    }
}
