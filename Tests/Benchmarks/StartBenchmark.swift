import Glibc

/// Starts `kreform version`, in turns with `/bin/true`, and takes the medians.
enum StartBenchmark {
    static let benchmark = Benchmark(family: "start", name: "start", prepare: { _ in }, measure: measure)

    private static let runs = 50

    private static func measure(_ folder: String) throws -> Measurement {
        let kreform = Program(path: try path())
        let nothing = Program(path: "/bin/true")
        var starts: [Program.Run] = []
        var floors: [Double] = []
        for _ in 0..<runs {
            let run = try kreform.run(["version"])
            guard run.exitCode == 0 else { throw Failure("`kreform version` ended with \(run.exitCode)") }
            starts.append(run)
            floors.append(try nothing.run([]).wall)
        }
        return Measurement(
            work: "median of \(runs)", count: runs, wall: median(starts.map(\.wall)), cpu: median(starts.map(\.cpu)),
            peak: try kreform.peakMemory(["version"]), before: 0, floor: median(floors),
            floorWork: "wall time of /bin/true", floorIsWall: true)
    }

    /// The command that was built beside this program.
    private static func path() throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let own = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let path = own[..<(own.lastIndex(of: "/") ?? own.startIndex)] + "/kreform"
        guard access(String(path), X_OK) == 0 else { throw Failure("there is no \(path): build it first") }
        return String(path)
    }

    private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
