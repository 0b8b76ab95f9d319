import Digest
import Glibc
import KRT
import Model

/// Reads and digests a package of 1 GB, nearly all of it a model that does not compress.
enum PackageBenchmark {
    static let benchmark = Benchmark(
        family: "package", name: "package-1gb", prepare: prepare, measure: measure)

    private static let modelBytes = 1 << 30

    private static func prepare(_ folder: String) throws {
        let source = "\(folder)/source"
        try SamplePackage.write(version: "large-v1", to: source)
        let model = open("\(source)/model.bin", O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard model >= 0 else { throw Failure("\(source) cannot be written") }
        var generator = SplitMix(seed: 1)
        for _ in 0..<modelBytes >> 20 {
            let block = (0..<1 << 17).map { _ in generator.next() }
            guard block.withUnsafeBytes({ write(model, $0.baseAddress, $0.count) }) == 1 << 20 else {
                throw Failure("the disk under \(folder) is full: this benchmark needs 2.2 GB")
            }
        }
        close(model)
        let (package, faults) = KRT.pack(folder: source, to: "\(folder)/large.krt")
        guard package != nil else { throw Failure("the sample package is faulty: \(faults)") }
        unlink("\(source)/model.bin")
    }

    private static func measure(_ folder: String) throws -> Measurement {
        let path = "\(folder)/large.krt"
        // The floor first: it brings the file into the page cache, as packing did, for both.
        let (_, expected) = try readAndDigest(path)
        let (floor, _) = try readAndDigest(path)
        let before = Memory.now()
        let watch = Stopwatch()
        let (package, faults) = KRT.read(path: path)
        let (wall, cpu) = (watch.wall, watch.cpu)
        guard let package, package.digest == expected else { throw Failure("read wrongly: \(faults)") }
        return Measurement(
            work: "\((package.size >> 20).grouped) MiB", count: package.size >> 20, wall: wall, cpu: cpu,
            peak: Memory.peak(), before: before, floor: floor, floorWork: "to read the file and take its SHA-256")
    }

    private static func readAndDigest(_ path: String) throws -> (cpu: Double, digest: SHA256Digest) {
        let watch = Stopwatch()
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw Failure("\(path) cannot be read") }
        defer { close(file) }
        var digest = RunningDigest()
        File.forEachBlock(of: file) { digest.update($0) }
        let found = digest.finish()
        return (watch.cpu, found)
    }
}

/// SplitMix64: a seed gives the same numbers everywhere.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
