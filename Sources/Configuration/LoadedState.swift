import Files
import JSON
import Model
import Schema
import YAML

/// What came of reading a desired-state file, or a folder of them, and every package they name.
package struct LoadedState: Sendable {
    /// Nil when there is an error.
    package let desired: DesiredState?
    /// The engine and its runtimes without their versions: what taking them away needs. Also there when the only errors are
    /// about what versions need to run, their packages and the environment's values.
    package let outline: DesiredState?
    /// `cluster.context`, as far as it can be read: whatever else is wrong, another cluster than it names is not meant.
    package let clusterContext: Located<String>?
    /// All of all files and packages, sorted, each with its source line; secrets are covered.
    package let diagnostics: [Diagnostic]
    /// The files read, in order.
    package let files: [String]
    /// The folder that they are in; state is kept beside them.
    package let folder: String
    /// Names of the variables whose values are to be shown nowhere.
    package let sensitiveVariables: Set<String>
    private let mentions: [ObjectMention]
    private let report: Report

    /// Gives diagnostics of later rooms, which know places but no texts, their source lines.
    package func explained(_ diagnostics: [Diagnostic]) -> [Diagnostic] { diagnostics.map(report.explained) }

    /// Where the files name a Secret or a ConfigMap of a runtime first: the runtime itself, rather than what is for all.
    package func place(ofObject name: String, in runtime: String) -> SourceSpan? {
        let named = mentions.filter { $0.name == name }
        return (named.first { $0.runtime == runtime } ?? named.first { $0.runtime == nil })?.span
    }

    /// Reads the desired state at `path`: a file, or a folder whose `kreform.yaml` and `*.kreform.yaml` are one state.
    ///
    /// Nothing is thrown: all that is wrong, a path that does not exist included, is in `diagnostics`. `whenRead` is called with
    /// `cluster.context` when the files have been read and nothing is wrong with them, before their packages are.
    package static func load(
        at path: String, inputs: Inputs = Inputs(), packages reader: PackageReader,
        whenRead: (_ clusterContext: Located<String>?) async -> Void = { _ in }
    ) async -> LoadedState {
        var report = Report()
        var problems: [Diagnostic] = []
        let set = FileSet(at: path, &problems)
        report.add(problems)
        let joined = readFiles(set, inputs, isWhole: problems.isEmpty, &report)
        if !report.diagnostics.hasErrors { await whenRead(joined.files.clusterContext) }
        let versions = joined.files.runtimes.flatMap(\.versions)
        let readings = await reader.packages(at: Set(versions.map(RuntimeResolution.path)))
        add(readings, of: versions, to: &report)
        let resolution = RuntimeResolution(
            engine: joined.files.engine ?? "", packages: readings,
            values: ConfigValues(environment: inputs.environment, sensitive: joined.sensitive),
            defaults: joined.files.defaults, rollout: joined.files.rollout)
        let store = joined.files.artifacts.map { StoreCredentials(environment: inputs.environment).store($0, &report) }
        let runtimes = joined.files.runtimes.map { resolution.runtime($0, &report) }
        let diagnostics = report.diagnostics
        let errors = diagnostics.filter { $0.severity == .error }.map(\.code)
        func state(_ runtimes: [DesiredRuntime]) -> DesiredState? {
            joined.files.engine.map { engine in
                DesiredState(
                    engine: engine, domain: joined.files.domain, clusterContext: joined.files.clusterContext?.value,
                    artifacts: store, runtimes: runtimes.sorted { $0.name < $1.name })
            }
        }
        return LoadedState(
            desired: errors.isEmpty ? state(runtimes) : nil,
            outline: errors.allSatisfy(versionsNeeds.contains) ? state(runtimes.map(\.withoutVersions)) : nil,
            clusterContext: joined.files.clusterContext,
            diagnostics: diagnostics, files: set.files.map(\.name), folder: set.folder,
            sensitiveVariables: joined.sensitiveVariables, mentions: joined.mentions, report: report)
    }

    /// Codes of errors that concern versions alone.
    private static let versionsNeeds: Set<String> = [
        "missing-environment", "missing-credentials", "missing-config", "package-not-found", "package-is-folder", "unreadable-package",
    ]

    /// The folder of the desired state at `path`, a file or a folder; reads neither.
    package static func folder(of path: String) -> String {
        let path = FilePath.tidied(path)
        return (try? LocalFile.kind(of: path)) == .folder ? path : FilePath.folder(of: path)
    }

    /// The JSON Schema of a desired-state file, for editors.
    package static var jsonSchema: JSONValue {
        FileShape.file.jsonSchema(
            identifier: "urn:kreform:desired-state:v1", title: "Kreform desired state", interpolated: true)
    }

    /// The files' content with variables filled in, and where sensitive ones went.
    private static func readFiles(
        _ set: FileSet, _ inputs: Inputs, isWhole: Bool, _ report: inout Report
    ) -> (
        files: JoinedFiles, sensitive: [String: Set<SourcePosition>], sensitiveVariables: Set<String>, mentions: [ObjectMention]
    ) {
        var parsed: [(reading: SchemaReading, root: YAMLNode)] = []
        var variables: [ShapeEntry<DeclaredVariable>] = []
        for source in set.files {
            report.add(source)
            var reading = SchemaReading(file: source.name, bytes: source.bytes)
            guard let root = reading.parse() else {
                report.add(reading.diagnostics)
                continue
            }
            for node in SecretPlaces.nodes(in: root) {
                report.mask(node, in: source.name)
                reading.conceal(node)
            }
            if let node = root["variables"], !node.isNull {
                variables += reading.read(node, as: VariableShape.all, called: "`variables`")?.value ?? []
            }
            parsed.append((reading, root))
        }
        let values = VariableValues(variables, inputs: inputs, report: &report)
        var files: [DeclaredFile] = []
        var sensitive: [String: Set<SourcePosition>] = [:]
        var mentions: [ObjectMention] = []
        for (reading, root) in parsed {
            var substitution = Substitution(variables: values, reading: reading)
            let filled = substitution.fill(root)
            sensitive[reading.source.name] = substitution.sensitive
            var reading = substitution.reading
            mentions += ObjectMentions.all(in: filled, of: reading.source)
            if let file = reading.read(filled, as: FileShape.file) { files.append(file.value) }
            report.add(reading.diagnostics)
        }
        let isComplete = isWhole && files.count == set.files.count
        return (
            JoinedFiles(files, isComplete: isComplete, report: &report), sensitive,
            Set(values.names.filter(values.isSensitive)), mentions
        )
    }

    /// A package named twice is told about once, where it is named first.
    private static func add(
        _ readings: [String: PackageReader.Reading], of versions: [DeclaredVersion], to report: inout Report
    ) {
        var told: Set<String> = []
        for version in versions where told.insert(RuntimeResolution.path(of: version)).inserted {
            for found in readings[RuntimeResolution.path(of: version)]?.diagnostics ?? [] {
                report.add(
                    Diagnostic(
                        found.severity, code: found.code, summary: found.summary, detail: found.detail,
                        span: found.span ?? version.krt.span, excerpt: found.excerpt, address: found.address))
            }
        }
    }
}

extension DesiredRuntime {
    fileprivate var withoutVersions: DesiredRuntime {
        DesiredRuntime(
            name: name, description: description, protected: protected, namespace: namespace, stack: stack, ingress: ingress,
            isolation: isolation, rollout: rollout, ignore: ignore, adopts: adopts, versions: [], span: span)
    }
}
