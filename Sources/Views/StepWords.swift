import Model

/// Steps in words.
package enum StepWords {
    /// As a plan says it: `start room-price/room-price-v2`.
    package static func imperative(_ step: Step) -> String {
        let name = name(of: step.entity)
        switch step.action {
        case .createRuntime: return "create runtime \(name)"
        case .updateRuntime: return "update runtime \(name)"
        case .upload: return "upload \(name)"
        case .createVersion: return "create version \(name)"
        case .start: return "start \(name)"
        case .update: return "update \(name)"
        case .canary: return "route \(step.canary?.weight ?? 0)% to \(name)"
        case .publish:
            guard let old = step.replaces else { return "publish \(name)" }
            return "publish \(name) in place of \(old)"
        case .updatePublication: return "update publication of \(name)"
        case .unpublish: return "unpublish \(name)"
        case .drain: return "drain \(name)"
        case .stop: return "stop \(name)"
        case .deleteVersion: return "delete version \(name)"
        case .deleteRuntime: return "delete runtime \(name)"
        case .adopt: return "import \(whole(step.entity))"
        case .forget: return "forget \(whole(step.entity))"
        case .rotate: return "rotate the credentials of \(step.component ?? "") in \(name)"
        case .retire: return "retire the old credentials of \(step.component ?? "") in \(name)"
        }
    }

    /// As a report says it: `started room-price/room-price-v2`.
    package static func past(_ step: Step) -> String {
        let words = imperative(step)
        let verb = words.prefix { $0 != " " }
        let rest = words.dropFirst(verb.count)
        let past = switch verb {
        case "start": "started"
        case "upload": "uploaded"
        case "publish": "published"
        case "unpublish": "unpublished"
        case "stop": "stopped"
        case "drain": "drained"
        case "import": "imported"
        case "forget": "forgot"
        default: "\(verb)d"
        }
        return past + rest
    }

    /// What became of an entity, without its name.
    static func past(_ action: StepAction) -> String {
        switch action {
        case .createRuntime, .createVersion: "created"
        case .updateRuntime, .update: "updated"
        case .upload: "uploaded"
        case .start: "started"
        case .canary: "had a share of the calls"
        case .publish: "published"
        case .updatePublication: "publication updated"
        case .unpublish: "unpublished"
        case .drain: "drained"
        case .stop: "stopped"
        case .deleteVersion, .deleteRuntime: "deleted"
        case .adopt: "imported"
        case .forget: "forgotten"
        case .rotate: "credentials rotated"
        case .retire: "old credentials retired"
        }
    }

    /// With the word for what it is, where that does not follow from the step.
    private static func whole(_ entity: EntityAddress) -> String {
        switch entity {
        case .runtime(let name): "runtime \(name)"
        case .publication(let name): "publication of \(name)"
        case .version: name(of: entity)
        }
    }

    /// `room-price` for a runtime, `room-price/room-price-v2` for a version.
    package static func name(of entity: EntityAddress) -> String { entity.shortName }

    /// What is being done to an object: `creating`, and when it is done: `created`.
    static func progressive(_ action: Action) -> String {
        switch action {
        case .noOp: "checking"
        case .create: "creating"
        case .update: "changing"
        case .replace: "replacing"
        case .delete: "deleting"
        case .forget: "forgetting"
        }
    }

    static func past(_ action: Action) -> String {
        switch action {
        case .noOp: "unchanged"
        case .create: "created"
        case .update: "changed"
        case .replace: "replaced"
        case .delete: "deleted"
        case .forget: "forgotten"
        }
    }
}
