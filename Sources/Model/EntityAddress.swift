/// What the user declares, as opposed to the Kubernetes objects it becomes. Written `runtime/room-price`,
/// `version/room-price/room-price-v2`, `publication/room-price`.
package enum EntityAddress: Sendable, Hashable {
    case runtime(String)
    case version(runtime: String, name: String)
    /// The published entrypoint of a runtime: one Service that moves from version to version, and its Ingresses.
    case publication(runtime: String)

    /// Reads what `description` writes; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.dropFirst().allSatisfy({ !$0.isEmpty }) else { return nil }
        switch (parts.first, parts.count) {
        case ("runtime", 2): self = .runtime(parts[1])
        case ("version", 3): self = .version(runtime: parts[1], name: parts[2])
        case ("publication", 2): self = .publication(runtime: parts[1])
        default: return nil
        }
    }

    /// The runtime that this is, or is part of.
    package var runtime: String {
        switch self {
        case .runtime(let name), .version(let name, _), .publication(let name): name
        }
    }
}

extension EntityAddress {
    /// `room-price` for a runtime and its publication, `room-price/room-price-v2` for a version.
    package var shortName: String {
        switch self {
        case .runtime(let name), .publication(let name): name
        case .version(let runtime, let name): "\(runtime)/\(name)"
        }
    }
}

extension EntityAddress: CustomStringConvertible, Comparable {
    package var description: String {
        switch self {
        case .runtime(let name): "runtime/\(name)"
        case .version(let runtime, let name): "version/\(runtime)/\(name)"
        case .publication(let runtime): "publication/\(runtime)"
        }
    }

    /// By runtime; within one the runtime itself, its versions by name, its publication.
    package static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }

    private var rank: (String, Int, String) {
        switch self {
        case .runtime(let name): (name, 0, "")
        case .version(let runtime, let name): (runtime, 1, name)
        case .publication(let runtime): (runtime, 2, "")
        }
    }
}
