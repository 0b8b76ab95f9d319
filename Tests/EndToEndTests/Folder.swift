import Glibc
import Testing

/// A folder for one test's files, removed with it.
final class Folder {
    let path: String
    private let isOwned: Bool

    init() {
        isOwned = true
        var template = Array("/tmp/kreform-e2e-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/nowhere"
    }

    private init(path: String) {
        self.path = path
        isOwned = false
    }

    /// A folder below, which goes when this one does.
    func at(_ name: String) -> Folder { Folder(path: "\(path)/\(name)") }

    deinit { if isOwned { Self.shell("rm -rf '\(path)'") } }

    /// The project's own folder.
    static let project = #filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" }

    func text(_ name: String) -> String { Self.read("\(path)/\(name)") ?? "" }

    func write(_ text: String, to name: String) { Self.write(text, to: "\(path)/\(name)") }

    /// Copies a folder's content from the project here.
    func take(_ place: String) { Self.shell("cp -r '\(Self.project)/\(place)/.' '\(path)/'") }

    /// The room-price example with its packages packed.
    func takeRoomPrice(_ versions: [String] = ["v1", "v2"]) throws {
        take("examples/room-price")
        for version in versions { try Command.run(["krt", "pack", version, "krt/room-price-\(version).krt"], in: self).expectSuccess() }
    }

    /// A desired state with two versions of the room-price example.
    /// - Parameters:
    ///   - top: lines above the runtimes.
    ///   - runtime: a line of the runtime.
    func writeRoomPrice(v1: String, v2: String, top: [String] = [], runtime: String) {
        write(
            """
            kreform: v1
            engine: clientx
            \((top + ["runtimes:"]).joined(separator: "\n"))
              - name: room-price
                \(runtime)
                config: {OUTPUT_PRICE_CURRENCY: EUR}
                versions:
                  - {krt: krt/room-price-v1.krt, status: \(v1)}
                  - krt: krt/room-price-v2.krt
                    status: \(v2)
                    config:
                      API_SECRET: {env: ROOM_PRICE_API_SECRET}
                      PRICE_RULES: {file: config/price-rules.csv}

            """, to: "kreform.yaml")
    }

    /// Every byte of every file below, one after the other.
    var everything: String {
        Self.shell("cat $(find '\(path)' -type f ! -name .all) > '\(path)/.all'")
        return text(".all")
    }

    func replace(_ old: String, _ new: String, in name: String) {
        let text = text(name)
        guard let range = text.range(of: old) else { return }
        write(text.replacingCharacters(in: range, with: new), to: name)
    }

    static func read(_ path: String) -> String? {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = Glibc.read(file, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func write(_ text: String, to path: String) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
        guard file >= 0 else { return }
        let bytes = Array(text.utf8)
        _ = Glibc.write(file, bytes, bytes.count)
        close(file)
    }

    static func shell(_ script: String) { _ = system(script) }
}

extension String {
    /// Where `part` first occurs.
    func range(of part: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(part) { return start..<index(start, offsetBy: part.count) }
            start = index(after: start)
        }
        return nil
    }

    func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
