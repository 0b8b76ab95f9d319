import JSON
import Model

/// Gateways: every one that a route names is there, and takes it.
extension World {
    private static let gatewayManager = "gateway-controller"

    /// Answers for each Gateway that the route names (https://gateway-api.sigs.k8s.io/reference/spec/, "RouteParentStatus").
    mutating func attach(_ route: LiveObject) {
        let generation = JSONValue.integer(route.generation ?? 1)
        func condition(_ type: String) -> JSONValue {
            [
                "type": .string(type), "status": "True", "reason": .string(type), "message": "simulated",
                "observedGeneration": generation, "lastTransitionTime": .string(timestamp),
            ]
        }
        let named = route.content["spec"]?.items("parentRefs") ?? []
        let answered = route.content["status"]?.items("parents") ?? []
        let isAnswered = answered.map { $0["parentRef"] } == named && answered.allSatisfy { parent in
            parent.items("conditions").allSatisfy { $0["observedGeneration"] == generation }
        }
        guard !isAnswered else { return }
        let parents = named.map { parent -> JSONValue in
            [
                "parentRef": parent, "controllerName": "example.com/gateway-controller",
                "conditions": [condition("Accepted"), condition("ResolvedRefs")],
            ]
        }
        setStatus(["parents": .array(parents)], of: route.address, as: Self.gatewayManager)
    }
}
