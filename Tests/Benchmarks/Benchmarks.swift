import Glibc
import JSON

/// Measures what docs/benchmarks.md says. Run by Tests/benchmark, which builds it first.
///
/// Each measurement is taken in a process of its own, started from here, so that its peak of memory is its own:
/// `prepare NAME FOLDER` makes what it needs, `measure NAME FOLDER` prints one line of JSON.
@main
enum Benchmarks {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        do {
            switch arguments.first {
            case "prepare" where arguments.count == 3: try benchmark(arguments[1]).prepare(arguments[2])
            case "measure" where arguments.count == 3:
                print(try await benchmark(arguments[1]).measure(arguments[2]).json.encoded())
            case "list": for benchmark in all { print(benchmark.name) }
            default: try await run(arguments)
            }
        } catch {
            print("benchmark: \(error)")
            exit(1)
        }
    }

    private static let all =
        [ValidateBenchmark.benchmark] + PlanBenchmark.all + [PackageBenchmark.benchmark, StartBenchmark.benchmark]

    private static func benchmark(_ name: String) throws -> Benchmark {
        guard let found = all.first(where: { $0.name == name }) else {
            throw Failure("there is no benchmark `\(name)`: `Tests/benchmark list` names them")
        }
        return found
    }

    /// All whose names begin with one of `names`; all without any.
    private static func run(_ names: [String]) async throws {
        for name in names where !all.contains(where: { $0.name.hasPrefix(name) }) { _ = try benchmark(name) }
        let chosen = all.filter { benchmark in names.isEmpty || names.contains { benchmark.name.hasPrefix($0) } }
        var table = Table()
        for benchmark in chosen {
            let folder = try TemporaryFolder()
            defer { folder.remove() }
            _ = try Program.own.output(["prepare", benchmark.name, folder.path])
            let line = try Program.own.output(["measure", benchmark.name, folder.path])
            table.add(benchmark, try Measurement(json: line))
        }
    }
}

/// Something to measure.
struct Benchmark: Sendable {
    /// Benchmarks that differ in size only have one `family`, and each is compared with the one before it.
    let family: String
    let name: String
    let prepare: @Sendable (_ folder: String) throws -> Void
    let measure: @Sendable (_ folder: String) async throws -> Measurement
}

struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
