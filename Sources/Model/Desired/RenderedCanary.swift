/// How the calls are shared, stage by stage, before a version takes the publication from another.
package struct RenderedCanary: Sendable, Hashable {
    /// An object that shares the calls: one of the publication with another content, or one that is there for the canary alone.
    package struct Route: Sendable, Hashable {
        package let manifest: Manifest
        /// The publication's object that the calls come by: the same, or the one that it stands beside. Without it there is nothing
        /// to share.
        package let front: ResourceAddress

        package init(_ manifest: Manifest, front: ResourceAddress) {
            self.manifest = manifest
            self.front = front
        }

        package var address: ResourceAddress { manifest.address }
    }

    package struct Stage: Sendable, Hashable {
        /// In per cent.
        package let weight: Int
        package let seconds: Int
        package let routes: [Route]

        package init(weight: Int, seconds: Int, routes: [Route]) {
            self.weight = weight
            self.seconds = seconds
            self.routes = routes
        }
    }

    /// Of rising weights, all with the same routes.
    package let stages: [Stage]
    /// The publication's object by which the old version gets the rest of the calls, until it leads to the new one.
    package let pivot: ResourceAddress

    package init(stages: [Stage], pivot: ResourceAddress) {
        self.stages = stages
        self.pivot = pivot
    }

    /// The objects that share the calls.
    package var routes: [ResourceAddress] { stages.first?.routes.map(\.address) ?? [] }
    /// The publication's objects that the calls come by.
    package var fronts: Set<ResourceAddress> { Set(stages.first?.routes.map(\.front) ?? []) }

    /// The same for those calls alone that come by some of `objects`; nil when none do.
    func behind(_ objects: Set<ResourceAddress>) -> RenderedCanary? {
        let left = stages.map { stage in
            Stage(weight: stage.weight, seconds: stage.seconds, routes: stage.routes.filter { objects.contains($0.front) })
        }
        return left.contains { $0.routes.isEmpty } ? nil : RenderedCanary(stages: left, pivot: pivot)
    }
}
