import Configuration
import FoundationEssentials
import JSON
import KRT
import Model
import Rendering

/// What the command can be asked to do, each in a few lines that wire rooms together.
package struct Engine: Sendable {
    let settings: EngineSettings
    private let inputs: Inputs

    /// Throws when a variable is not written `NAME=VALUE`.
    package init(_ settings: EngineSettings) throws(EngineFailure) {
        self.settings = settings
        var assignments = settings.variableFiles.map { Inputs.Assignment.file(path: $0) }
        var diagnostics: [Diagnostic] = []
        for variable in settings.variables {
            do throws(Diagnostic) { assignments.append(try Inputs.Assignment(variable: variable)) } catch { diagnostics.append(error) }
        }
        guard diagnostics.isEmpty else { throw EngineFailure(diagnostics) }
        inputs = Inputs(assignments: assignments, environment: settings.environment)
    }

    /// Reads the files and every package they name, and reports all problems.
    package func validate() async -> (summary: ValidationSummary, diagnostics: [Diagnostic]) {
        let loaded = await load()
        let versions = loaded.desired?.runtimes.flatMap(\.versions) ?? []
        let summary = ValidationSummary(
            files: loaded.files.count, runtimes: loaded.desired?.runtimes.count ?? 0, versions: versions.count,
            packages: Set(versions.map(\.solution.digest)).count)
        return (summary, Self.problems(loaded))
    }

    /// The JSON Schema of the desired-state file.
    package static var desiredStateSchema: JSONValue { LoadedState.jsonSchema }

    // MARK: Reading

    func load(whenRead: (_ clusterContext: Located<String>?) async -> Void = { _ in }) async -> LoadedState {
        await LoadedState.load(at: settings.path, inputs: inputs, packages: Self.packages, whenRead: whenRead)
    }

    /// Everything that is wrong with the files, the packages, and the names that follow from them; sorted.
    static func problems(_ loaded: LoadedState) -> [Diagnostic] {
        let limits = loaded.desired.map { loaded.explained(Rendering.limits($0) + Rendering.unusedIgnores($0)) } ?? []
        return (loaded.diagnostics + limits).sorted()
    }

    /// The desired state, when nothing is wrong with it; and the warnings.
    static func sound(_ loaded: LoadedState) throws(EngineFailure) -> (desired: DesiredState, warnings: [Diagnostic]) {
        let problems = problems(loaded)
        guard let desired = loaded.desired, !problems.hasErrors else { throw EngineFailure(problems) }
        return (desired, problems)
    }

    /// What a plan of `mode` needs of the files. Taking things away needs neither packages nor secrets.
    static func sound(
        _ loaded: LoadedState, for mode: EngineMode
    ) throws(EngineFailure) -> (desired: DesiredState, warnings: [Diagnostic]) {
        guard mode == .destroy else { return try sound(loaded) }
        guard let desired = loaded.desired else {
            guard let outline = loaded.outline else { return try sound(loaded) }
            return (outline, [])
        }
        // What Kubernetes would refuse to make is no reason to keep what there is.
        let problems = problems(loaded).filter { !Diagnostic.amountCodes.contains($0.code) }
        guard !problems.hasErrors else { throw EngineFailure(problems) }
        return (desired, problems)
    }

    private static let packages = PackageReader.files { path in
        let (package, diagnostics) = KRT.read(path: path)
        return PackageReader.Reading(package: package, diagnostics: diagnostics)
    }
}
