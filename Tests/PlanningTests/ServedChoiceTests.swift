import Model
import Planning
import Testing

/// What is made only where the cluster serves it, and what is made instead.
@Suite struct ServedChoiceTests {
    private static let grpc = ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "GRPCRoute")
    private static let http = ResourceType(apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute")
    private static let ingress = ResourceType(apiVersion: "networking.k8s.io/v1", kind: "Ingress")

    /// A route of gRPC, else one of HTTP, which stays, else an Ingress.
    private let files: RenderedState = {
        var runtime = R("r", [V("v1", .published)])
        runtime.fronts = [grpc, http, ingress]
        runtime.options = [([0], false), ([1], true), ([2], false)]
        return desired(runtime)
    }()

    private func chosen(_ files: RenderedState, _ unserved: Set<ResourceType>, _ world: World = World()) -> RenderedState {
        let (chosen, diagnostics) = Planning.choosing(files, unserved: unserved, state: world.state)
        #expect(diagnostics == [])
        return chosen
    }

    private func fronts(_ state: RenderedState) -> [String] {
        state.entities.flatMap(\.manifests).filter { $0.address.name == "entrypoint" }.map(\.address.kind)
    }

    @Test func theFirstThatTheClusterServesIsMade() {
        #expect(fronts(files).count == 3)
        #expect(fronts(chosen(files, [])) == ["GRPCRoute"])
        #expect(fronts(chosen(files, [Self.grpc])) == ["HTTPRoute"])
        #expect(fronts(chosen(files, [Self.grpc, Self.http])) == ["Ingress"])
        // All else is wanted as it was.
        let others = files.entities.flatMap(\.manifests).count - 3
        #expect(chosen(files, []).entities.flatMap(\.manifests).count == others + 1)
    }

    @Test func whereNoneIsServedThatIsAnErrorAtItsPlace() {
        let (left, diagnostics) = Planning.choosing(files, unserved: [Self.grpc, Self.http, Self.ingress], state: State())
        #expect(fronts(left) == [])
        #expect(diagnostics.map(\.code) == ["route-not-served"])
        #expect(diagnostics.map(\.summary) == ["The cluster serves no GRPCRoute of gateway.networking.k8s.io/v1"])
        #expect(diagnostics.map(\.detail) == ["Install it."])
        #expect(diagnostics.first?.span?.file == "a.yaml")
        #expect(diagnostics.first?.severity == .error)
    }

    @Test func whatIsToStayIsNotReplacedWhenMoreIsServed() {
        var world = World()
        world.bring(chosen(files, [Self.grpc]))
        #expect(fronts(chosen(files, [], world)) == ["HTTPRoute"])
        #expect(lines(world.plan(chosen(files, [], world))) == "")
        // An Ingress makes room.
        var other = World()
        other.bring(chosen(files, [Self.grpc, Self.http]))
        #expect(
            lines(other.plan(chosen(files, [], other))) == """
                0. update-publication version/r/v1 (changed in file)
                  0 + GRPCRoute entrypoint (changed in file)
                  1 - Ingress entrypoint (changed in file) <- 0
                """)
    }

    @Test func aRouteOfAnotherKindIsMadeOnlyWhenTheOldOneIsGone() {
        func want(_ type: ResourceType) -> RenderedState {
            var runtime = R("r", [V("v1", .published)])
            runtime.fronts = [type]
            return desired(runtime)
        }
        var world = World()
        world.bring(want(Self.http))
        #expect(
            lines(world.plan(want(Self.grpc))) == """
                0. update-publication version/r/v1 (changed in file)
                  0 - HTTPRoute entrypoint (changed in file)
                  1 + GRPCRoute entrypoint (changed in file) <- 0
                """)
        // The old one stays until all is well that the new one leads to.
        var next = R("r", [V("v1", .started), V("v2", .published)])
        next.fronts = [Self.grpc]
        let plan = lines(world.plan(desired(next)), fields: false)
        #expect(
            plan.split(separator: "\n").drop { !$0.contains(" publish ") }.prefix { !$0.contains(" unpublish ") }.joined(separator: "\n") == """
                2. publish version/r/v2 started>published replacing v1 (new in file, changed in file) after 0,1
                  3 ~ Service active-entrypoint (changed in file)
                  4 - HTTPRoute entrypoint (changed in file) <- 3
                  5 + GRPCRoute entrypoint (new in file) <- 3,4
                """)
    }
}
