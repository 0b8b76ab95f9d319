import Glibc
import JSON
import Model
import Synchronization

/// A file with a line of JSON for each request that was made: method, path, query, status or failure, milliseconds. Bodies and
/// header fields, where secrets are, are left out.
package final class RequestLog: Sendable {
    private let descriptor: Int32
    private let count = Mutex(0)

    /// Opens the file, to append (mode 0600); nil when that cannot be done.
    package init?(path: String) {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
    }

    deinit { close(descriptor) }

    func write(_ call: APICall, _ outcome: String, _ took: Duration) {
        let milliseconds = (took / .milliseconds(1) * 10).rounded() / 10
        count.withLock { count in
            count += 1
            let line: JSONValue = [
                "request": .integer(count), "method": .string(call.method), "path": .string(call.path),
                "query": .object(JSONObject(call.query.map { ($0.0, .string($0.1)) })),
                "answer": Int(outcome).map { .integer($0) } ?? .string(outcome), "milliseconds": .number(milliseconds),
            ]
            let bytes = line.encodedBytes() + [0x0A]
            _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        }
    }
}
