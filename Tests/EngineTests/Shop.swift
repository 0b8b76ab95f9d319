import Engine
import Glibc
import JSON
import Model
import Sandbox
import StateStore
import TestSupport
import Testing

/// A folder with the room-price example's packages, a desired state that tests write, a sandbox and its state.
final class Shop: Sendable {
    private let folder = TemporaryFolder()

    var path: String { folder.path }

    init() throws {
        for version in ["v1", "v2"] {
            let (package, diagnostics) = Engine.pack(
                folder: "\(Self.project)/examples/room-price/\(version)", to: "\(path)/\(version).krt")
            #expect(package != nil, "\(diagnostics)")
        }
        mkdir("\(path)/config", 0o700)
        write(
            "neighbourhood,weight\nSoHo,1.2\n", to: "config/price-rules.csv")
    }

    /// Another folder with the same simulated cluster, and a state of its own.
    convenience init(sharing other: Shop) throws {
        try self.init()
        mkdir("\(path)/state", 0o700)
        mkdir("\(path)/state/sandbox", 0o700)
        symlink("\(other.path)/state/sandbox/cluster.db", "\(path)/state/sandbox/cluster.db")
    }

    static let project = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }
    static let secret = "canary-0123456789abcdef"

    func write(_ text: String, to name: String) {
        folder.write(Array(text.utf8), to: name)
    }

    /// Writes the desired state: runtimes by name with their versions' statuses.
    func want(_ runtimes: [(name: String, versions: [(name: String, status: String)])]) {
        let items = runtimes.map { name, versions in
            let list = versions.map { version, status in
                let more = version == "v2"
                    ? "\n        config:\n          API_SECRET: {env: API_SECRET}\n          PRICE_RULES: {file: config/price-rules.csv}"
                    : ""
                return "      - krt: \(version).krt\n        status: \(status)\(more)"
            }
            let all = list.isEmpty ? "[]" : "\n" + list.joined(separator: "\n")
            return "  - name: \(name)\n    config: {OUTPUT_PRICE_CURRENCY: EUR}\n    versions: \(all)"
        }
        let all = items.isEmpty ? "[]" : "\n" + items.joined(separator: "\n")
        write("kreform: v1\nengine: shop\ndomain: shop.example.com\nruntimes: \(all)\n", to: "kreform.yaml")
    }

    func want(_ versions: (name: String, status: String)...) { want([("main", versions)]) }

    func engine(faults: String? = nil) throws -> Engine {
        try Engine(EngineSettings(
            path: path, environment: ["API_SECRET": Self.secret], cluster: .sandbox(speed: .instant, faults: faults)))
    }

    /// The sandbox itself, as others in the cluster see it.
    /// - Parameter faults: a file of them. Without those of a run, what they held recovers.
    func cluster(faults: String? = nil) throws -> SandboxCluster {
        let read = faults.map { FaultFile.read(name: $0, bytes: contents(of: $0)) }
        return try SandboxCluster(
            path: "\(path)/state/sandbox/cluster.db",
            options: SandboxCluster.Options(speed: .instant, faults: read?.faults ?? SandboxFaults()))
    }

    func snapshot() throws -> StateSnapshot { try StateStore.read(at: "\(path)/state/sandbox/kreform.db") }

    func loseState() { system("rm '\(path)'/state/sandbox/kreform.db*") }

    /// For `putStateBack`, as a backup would.
    func keepState() { system("cp '\(path)/state/sandbox/kreform.db' '\(path)/kept.db'") }
    func putStateBack() {
        loseState()
        system("cp '\(path)/kept.db' '\(path)/state/sandbox/kreform.db'")
    }

    // MARK: Running

    struct Outcome {
        let plan: Plan
        let warnings: [Diagnostic]
        let report: ApplyReport?
    }

    /// Plans and carries out, which must succeed; the plan after it must be empty.
    @discardableResult
    func bring(_ mode: EngineMode = .apply, sourceLocation: SourceLocation = #_sourceLocation) async throws -> Outcome {
        let run = try await engine().begin(mode)
        var report: ApplyReport?
        if !run.planned.plan.isEmpty {
            let settled = try await run.carryOut(RunSettings(timeout: 120)) { _ in }
            #expect(settled.outcome == .succeeded, "\(settled.failed)", sourceLocation: sourceLocation)
            report = settled
        }
        await run.end()
        let after = try await engine().plan(mode)
        #expect(after.plan.isEmpty, "\(after.plan.steps)", sourceLocation: sourceLocation)
        return Outcome(plan: run.planned.plan, warnings: run.planned.warnings, report: report)
    }

    /// - Parameter name: of an object that is named after its content, the name without the digest will do.
    func object(_ kind: String, _ name: String, _ namespace: String? = "shop-main") async throws -> LiveObject? {
        try await cluster().everything().first {
            let base = $0.metadata["annotations"]?[ObjectAnnotations.baseName]?.string
            return $0.address.kind == kind && ($0.address.name == name || base == name) && $0.address.namespace == namespace
        }
    }
}

extension Plan {
    /// Steps and the objects that change, one a line.
    var lines: [String] {
        steps.flatMap { step in
            ["\(step.action.rawValue) \(step.entity): \(step.reasons.map(\.rawValue).joined(separator: ", "))"]
                + changes(of: step).filter { $0.action != .noOp }.map { change in
                    let fields = change.action == .create && change.inPlaceOf == nil ? [] : change.differences.map { "\($0.path)" }
                    return "  \(change.action.rawValue) \(change.address.short)"
                        + (fields.isEmpty ? "" : ": \(fields.joined(separator: ", "))")
                }
        }
    }
}
