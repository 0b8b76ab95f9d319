import JSON
import Model
import Readiness
import Testing

/// A route does its work when its Gateway says so.
@Suite struct RouteReadinessTests {
    private let https: JSONValue = ["group": "gateway.networking.k8s.io", "kind": "Gateway", "name": "public", "namespace": "infra", "sectionName": "https"]

    private func route(_ parents: [JSONValue], to named: [JSONValue]? = nil, kind: String = "GRPCRoute") -> LiveObject {
        LiveObject([
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": .string(kind),
            "metadata": ["name": "entrypoint", "namespace": "ns", "generation": 2],
            "spec": ["parentRefs": .array(named ?? [https])], "status": ["parents": .array(parents)],
        ])
    }

    private func condition(_ type: String, _ status: String = "True", _ reason: String? = nil, _ message: String = "", at generation: Int = 2) -> JSONValue {
        [
            "type": .string(type), "status": .string(status), "reason": .string(reason ?? type), "message": .string(message),
            "observedGeneration": .integer(generation),
        ]
    }

    private func parent(_ reference: JSONValue? = nil, _ conditions: JSONValue...) -> JSONValue {
        ["parentRef": reference ?? https, "controllerName": "example.com/c", "conditions": .array(conditions)]
    }

    private func judge(_ parents: JSONValue...) -> Readiness { ReadinessRules.judge(route(parents)) }

    @Test(arguments: ["GRPCRoute", "HTTPRoute"]) func aRouteIsReadyOnceItsGatewayTakesItAndKnowsWhatItLeadsTo(_ kind: String) {
        let taken = parent(nil, condition("Accepted"), condition("ResolvedRefs"))
        #expect(ReadinessRules.judge(route([taken], kind: kind)) == .ready)
        #expect(ReadinessRules.judge(route([], kind: kind)) == .progressing("Gateway infra/public, listener https has not seen it yet"))
        #expect(ReadinessRules.judge(LiveObject([
            "apiVersion": "gateway.networking.k8s.io/v1", "kind": .string(kind), "metadata": ["name": "x", "namespace": "ns"],
            "spec": ["parentRefs": [["name": "public"]]],
        ])) == .progressing("Gateway public has not seen it yet"))
    }

    @Test func whatIsSaidOfAnEarlierGenerationDoesNotCount() {
        #expect(
            judge(parent(nil, condition("Accepted", at: 1), condition("ResolvedRefs", at: 1)))
                == .progressing("Gateway infra/public, listener https has not seen the change yet"))
        #expect(
            judge(parent(nil, condition("Accepted"), condition("ResolvedRefs", at: 1)))
                == .progressing("Gateway infra/public, listener https has not seen the change yet"))
    }

    @Test func aGatewayThatHasNotDecidedIsWaitedFor() {
        #expect(
            judge(parent(nil, condition("Accepted")))
                == .progressing("Gateway infra/public, listener https has not said yet whether it is led to something that there is"))
        #expect(judge(parent(nil)) == .progressing("Gateway infra/public, listener https has not said yet whether it is accepted"))
        #expect(judge(parent(nil, condition("Accepted", "Unknown", "Pending", "Waiting for controller"))) == .progressing("Waiting for controller"))
        #expect(judge(parent(nil, condition("Accepted", "False", "Pending"))) == .progressing("Gateway infra/public, listener https has not decided yet"))
    }

    @Test func aRouteThatIsNotTakenFails() {
        #expect(
            judge(parent(nil, condition("Accepted", "False", "NotAllowedByListeners", "namespace ns is not allowed"), condition("ResolvedRefs")))
                == .failed(ReadinessFailure(
                    reason: "NotAllowedByListeners",
                    message: "Gateway infra/public, listener https says: namespace ns is not allowed")))
        #expect(
            judge(parent(nil, condition("Accepted"), condition("ResolvedRefs", "False", "BackendNotFound")))
                == .failed(ReadinessFailure(
                    reason: "BackendNotFound", message: "Gateway infra/public, listener https says: BackendNotFound")))
    }

    @Test func othersGatewaysAndListenersDoNotCount() {
        let http: JSONValue = ["name": "public", "namespace": "infra", "sectionName": "http"]
        let here: JSONValue = ["name": "public", "sectionName": "https"]
        for other in [http, here] {
            #expect(
                judge(parent(other, condition("Accepted"), condition("ResolvedRefs")))
                    == .progressing("Gateway infra/public, listener https has not seen it yet"))
        }
        // One of several controllers that takes it is enough, and what is absent has its default.
        let refused = parent(nil, condition("Accepted", "False", "NoMatchingParent"))
        let short: JSONValue = ["name": "public", "namespace": "infra", "sectionName": "https"]
        #expect(judge(refused, parent(short, condition("Accepted"), condition("ResolvedRefs"))) == .ready)
        // Each Gateway that is named has to take it.
        let two = route([parent(nil, condition("Accepted"), condition("ResolvedRefs"))], to: [https, http])
        #expect(ReadinessRules.judge(two) == .progressing("Gateway infra/public, listener http has not seen it yet"))
    }
}
