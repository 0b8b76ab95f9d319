/// A request as it came over the wire.
package struct WireRequest: Sendable {
    /// Which connection it came on, from 0 on.
    package let connection: Int
    package let method: String
    /// The path with its query, as sent.
    package let target: String
    /// As sent, in that order.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    package var path: String { String(target.prefix { $0 != "?" }) }
    package var query: String { String(target.drop { $0 != "?" }.dropFirst()) }
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// A header's first value; letter case does not matter.
    package subscript(header name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

/// Reads requests from a connection, one after the other.
struct WireRequestReader {
    let socket: WireSocket
    let connection: Int
    private var buffer: [UInt8] = []

    init(socket: WireSocket, connection: Int) {
        (self.socket, self.connection) = (socket, connection)
    }

    /// The next request; nil when the connection ends before one is complete.
    mutating func next() -> WireRequest? {
        guard let first = line() else { return nil }
        let words = first.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3 else { return nil }
        var headers: [(name: String, value: String)] = []
        while let line = line() {
            if line.isEmpty { break }
            let name = line.prefix { $0 != ":" }
            headers.append((String(name), Self.trimmed(line.dropFirst(name.count + 1))))
        }
        func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
        if header("expect")?.lowercased() == "100-continue", !socket.send(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) {
            return nil
        }
        var body: [UInt8] = []
        if header("transfer-encoding")?.lowercased() == "chunked" {
            guard let chunks = chunks() else { return nil }
            body = chunks
        } else if let length = header("content-length").flatMap({ Int($0) }) {
            guard let bytes = take(length) else { return nil }
            body = bytes
        }
        return WireRequest(
            connection: connection, method: String(words[0]), target: String(words[1]), headers: headers, body: body)
    }

    private mutating func chunks() -> [UInt8]? {
        var body: [UInt8] = []
        while let size = line().flatMap({ Int($0.prefix { $0 != ";" }, radix: 16) }) {
            guard let chunk = take(size), line() != nil else { return nil }
            if size == 0 { return body }
            body += chunk
        }
        return nil
    }

    private mutating func line() -> String? {
        while true {
            if let end = buffer.firstIndex(of: UInt8(ascii: "\n")) {
                var line = buffer[..<end]
                if line.last == UInt8(ascii: "\r") { line.removeLast() }
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: line, as: UTF8.self)
            }
            guard let more = socket.receive() else { return nil }
            buffer += more
        }
    }

    private mutating func take(_ count: Int) -> [UInt8]? {
        while buffer.count < count {
            guard let more = socket.receive() else { return nil }
            buffer += more
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    private static func trimmed(_ text: Substring) -> String {
        var text = text
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return String(text)
    }
}
