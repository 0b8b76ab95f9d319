import Glibc

/// Prints a line as each measurement comes in. Markdown, so that it can go into docs/benchmarks.md as it is.
struct Table {
    private static let columns = [
        "benchmark", "work", "wall", "CPU", "peak memory", "of it inputs", "floor", "× floor", "growth",
    ]
    private static let widths = [19, 15, 9, 9, 11, 12, 46, 7, 6]
    private var last: (family: String, cpuEach: Double)?
    private var isEmpty = true

    /// `growth` is CPU time per item over that of the smaller benchmark before: 1.0 is linear.
    mutating func add(_ benchmark: Benchmark, _ found: Measurement) {
        if isEmpty {
            line(Self.columns)
            line(Self.widths.map { String(repeating: "-", count: $0) })
            isEmpty = false
        }
        let each = found.cpu / Double(max(1, found.count))
        let growth = last.flatMap { $0.family == benchmark.family ? Self.text(each / $0.cpuEach, 2) : nil } ?? ""
        last = (benchmark.family, each)
        let ratio = (found.floorIsWall ? found.wall : found.cpu) / found.floor
        line([
            benchmark.name, found.work, Self.time(found.wall), Self.time(found.cpu), Self.size(found.peak),
            Self.size(found.before), "\(Self.time(found.floor)) \(found.floorWork)", Self.text(ratio, 1), growth,
        ])
    }

    private func line(_ cells: [String]) {
        let padded = zip(cells, Self.widths).map { cell, width in
            cell + String(repeating: " ", count: max(0, width - cell.count))
        }
        print("| \(padded.joined(separator: " | ")) |")
        fflush(nil)
    }

    private static func time(_ seconds: Double) -> String {
        seconds < 1 ? "\(text(seconds * 1000, 1)) ms" : "\(text(seconds, 2)) s"
    }

    private static func size(_ bytes: Int) -> String {
        bytes < 1 << 30 ? "\(text(Double(bytes) / 1_048_576, 0)) MiB" : "\(text(Double(bytes) / 1_073_741_824, 2)) GiB"
    }

    private static func text(_ number: Double, _ places: Int) -> String {
        let scale = pow(10, Double(places))
        let scaled = Int((number * scale).rounded())
        guard places > 0 else { return "\(scaled)" }
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}
