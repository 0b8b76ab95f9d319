import Engine
import KRT
import Model
import YAML

/// Validates a desired-state file with 1,000 versions, each with a package of its own: 20 runtimes of 50.
enum ValidateBenchmark {
    static let benchmark = Benchmark(
        family: "validate", name: "validate", prepare: prepare, measure: measure)

    private static let runtimes = 20
    private static let versions = 50

    private static func prepare(_ folder: String) throws {
        var file = "kreform: v1\nengine: bench\ndomain: ai.example.com\n\nruntimes:\n"
        for runtime in 0..<runtimes {
            file += "  - name: runtime-\(runtime)\n    description: A runtime of the benchmark\n    versions:\n"
            for version in 0..<versions {
                let name = "v\(runtime)-\(version)"
                try SamplePackage.write(version: name, to: "\(folder)/src/\(name)")
                let (package, faults) = KRT.pack(folder: "\(folder)/src/\(name)", to: "\(folder)/krt/\(name).krt")
                guard package != nil, faults.isEmpty else { throw Failure("the sample package is faulty: \(faults)") }
                file += """
                          - krt: krt/\(name).krt
                            status: \(version == 0 ? "published" : version < 25 ? "started" : "stopped")
                            config:
                              CURRENCY: EUR
                              THRESHOLD: "0.7"

                    """
            }
        }
        try File.write(file, to: "\(folder)/kreform.yaml")
    }

    private static func measure(_ folder: String) async throws -> Measurement {
        let before = Memory.now()
        let watch = Stopwatch()
        let (summary, diagnostics) = try await Engine(EngineSettings(path: "\(folder)/kreform.yaml")).validate()
        let (wall, cpu) = (watch.wall, watch.cpu)
        let peak = Memory.peak()
        guard summary.versions == runtimes * versions, diagnostics.isEmpty else {
            throw Failure("the sample does not validate: \(summary) \(diagnostics.prefix(3))")
        }
        let floor = Stopwatch()
        try readAndParse(folder)
        return Measurement(
            work: "\(summary.versions.grouped) versions", count: summary.versions, wall: wall, cpu: cpu, peak: peak,
            before: before, floor: floor.cpu, floorWork: "to read the files and parse the YAML")
    }

    /// What nobody can do without: read every file, parse the file and the manifest of every package.
    private static func readAndParse(_ folder: String) throws {
        _ = try YAMLNode(parsing: try File.bytes(at: "\(folder)/kreform.yaml"))
        for runtime in 0..<runtimes {
            for version in 0..<versions {
                let name = "v\(runtime)-\(version)"
                _ = try File.bytes(at: "\(folder)/krt/\(name).krt")
                _ = try YAMLNode(parsing: try File.bytes(at: "\(folder)/src/\(name)/krt.yml"))
            }
        }
    }
}
