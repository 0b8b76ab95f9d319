import Glibc
import JSON

/// What a measurement found.
struct Measurement {
    /// What was worked on, for people: `1,000 versions`.
    let work: String
    /// How many of them.
    let count: Int
    /// Seconds.
    let wall: Double
    /// Seconds, of all threads.
    let cpu: Double
    /// The most memory that the process had at any time, in bytes.
    let peak: Int
    /// What it had before the work began: the inputs that are held in memory.
    let before: Int
    /// Seconds that the least that could be done with the same bytes took in the same run: CPU time, or wall time for
    /// starting a process.
    let floor: Double
    /// What the floor does.
    let floorWork: String
    var floorIsWall = false

    var json: JSONValue {
        [
            "work": .string(work), "count": .integer(count), "wall": .number(wall), "cpu": .number(cpu),
            "peak": .integer(peak), "before": .integer(before), "floor": .number(floor),
            "floorWork": .string(floorWork), "floorIsWall": .bool(floorIsWall),
        ]
    }
}

extension Measurement {
    init(json text: String) throws {
        let json = try JSONValue(parsing: text)
        guard let work = json["work"]?.string, let count = json["count"]?.integer, let wall = json["wall"]?.number,
            let cpu = json["cpu"]?.number, let peak = json["peak"]?.integer, let before = json["before"]?.integer,
            let floor = json["floor"]?.number, let floorWork = json["floorWork"]?.string,
            let floorIsWall = json["floorIsWall"]?.bool
        else { throw Failure("not a measurement: \(text)") }
        self.init(
            work: work, count: count, wall: wall, cpu: cpu, peak: peak, before: before, floor: floor,
            floorWork: floorWork, floorIsWall: floorIsWall)
    }
}

/// Wall and CPU time since it was made, in seconds.
struct Stopwatch {
    private let began = Self.seconds(CLOCK_MONOTONIC)
    private let beganCPU = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)

    var wall: Double { Self.seconds(CLOCK_MONOTONIC) - began }
    var cpu: Double { Self.seconds(CLOCK_PROCESS_CPUTIME_ID) - beganCPU }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// A process's memory, in bytes, from proc(5). Unlike `ru_maxrss` its peak has nothing of the process that started it.
enum Memory {
    static func peak(of process: String = "self") -> Int { value("VmHWM:", process) }
    static func now(of process: String = "self") -> Int { value("VmRSS:", process) }

    private static func value(_ name: String, _ process: String) -> Int {
        let bytes = (try? File.bytes(at: "/proc/\(process)/status")) ?? []
        let line = String(decoding: bytes, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix(name) }
        let fields = line?.split { $0 == " " || $0 == "\t" } ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * 1024
    }
}

extension Int {
    /// `100,000`.
    var grouped: String {
        var text = ""
        for (index, digit) in String(self).reversed().enumerated() {
            if index > 0, index % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return String(text.reversed())
    }
}
