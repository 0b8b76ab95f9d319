import Applying
import Readiness
import Sandbox

/// Which files, with which inputs, against which cluster.
package struct EngineSettings: Sendable {
    /// A desired-state file, or the folder it is in.
    package var path: String
    /// `NAME=VALUE`; these win over `variableFiles`.
    package var variables: [String]
    package var variableFiles: [String]
    package var environment: [String: String]
    /// The state's file; nil for the one beside the desired state.
    package var statePath: String?
    package var cluster: ClusterChoice
    /// Hears of requests that have to be made again.
    package var notice: RetryNotice?

    package init(
        path: String, variables: [String] = [], variableFiles: [String] = [], environment: [String: String] = [:],
        statePath: String? = nil, cluster: ClusterChoice = .kubernetes(), notice: RetryNotice? = nil
    ) {
        self.path = path
        self.variables = variables
        self.variableFiles = variableFiles
        self.environment = environment
        self.statePath = statePath
        self.cluster = cluster
        self.notice = notice
    }
}

package enum ClusterChoice: Sendable, Hashable {
    /// The cluster of a kubeconfig, or of the pod that this runs in. `kubeconfig` is the path of the one file to read; `context`
    /// wins over the desired state's.
    case kubernetes(kubeconfig: String? = nil, context: String? = nil)
    /// Simulated, kept in a file beside its state. `faults` is the path of a fault file.
    case sandbox(speed: SimulationSpeed = .normal, faults: String? = nil)

    package var isSandbox: Bool {
        if case .sandbox = self { true } else { false }
    }
}

/// How fast the sandbox works: `instant`, or so many times as fast as by default.
package struct SimulationSpeed: Sendable, Hashable, CustomStringConvertible {
    let speed: SandboxSpeed

    package init?(_ text: String) {
        guard let speed = SandboxSpeed(text) else { return nil }
        self.speed = speed
    }

    private init(_ speed: SandboxSpeed) { self.speed = speed }

    package static let normal = SimulationSpeed(.multiplied(1))
    package static let instant = SimulationSpeed(.instant)

    package var description: String { speed.description }
}

/// How a plan is carried out.
package struct RunSettings: Sendable, Hashable {
    /// How many requests may be under way at once.
    package var parallelism: Int
    /// How long one object may take to become ready, or to be gone, in seconds.
    package var timeout: Double
    /// How long an object that seems unable to become ready is watched before it counts as failed, in seconds; nil for 5, less
    /// on a fast sandbox.
    package var patience: Double?
    /// Why, for the history.
    package var comment: String

    package init(parallelism: Int = 10, timeout: Double = 600, patience: Double? = nil, comment: String = "") {
        self.parallelism = parallelism
        self.timeout = timeout
        self.patience = patience
        self.comment = comment
    }

    /// In a sandbox time passes as fast as it works.
    func clock(_ cluster: ClusterChoice) -> RunClock {
        guard case .sandbox(let speed, _) = cluster else { return RunClock() }
        return RunClock(scaled: { speed.speed.scaled($0) })
    }

    func applying(_ cluster: ClusterChoice) -> ApplySettings {
        var settings = ApplySettings(parallelism: parallelism, timeout: timeout)
        if let patience { settings.patience = patience }
        guard case .sandbox(let speed, _) = cluster else { return settings }
        if patience == nil { settings.patience = max(0.5, speed.speed.scaled(settings.patience)) }
        // What it tells it tells at once, and its back-offs do not grow.
        settings.explanation = 0
        settings.retries = EarlierTrouble.RetryTimes(soon: max(1, speed.speed.scaled(5)), late: max(5, speed.speed.scaled(20)))
        return settings
    }
}
