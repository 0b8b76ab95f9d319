import Glibc

/// The address of an API server or a proxy, taken apart as far as it has to be right.
struct ServerURL: Sendable, Hashable {
    let scheme: String
    /// Without brackets.
    let host: String
    /// As written, or what the scheme means.
    let port: Int
    /// `scheme://host:port/prefix` without a slash at the end; the port only when one was written.
    let text: String
    /// Whether a name or password stands before the host.
    let hasCredentials: Bool

    /// Completes "… ", such as `names no host`. Holds nothing of the text but its scheme.
    struct Fault: Error, Sendable, Hashable { let what: String }

    /// - Parameters:
    ///   - schemes: those allowed, each with its port.
    ///   - fallback: the scheme of a mere `host:port`; nil when one must be written.
    init(_ written: String, schemes: [String: Int], fallback: String?) throws(Fault) {
        guard written.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw Fault(what: "has a space or a control character in it")
        }
        var rest = written[...]
        if let mark = Self.index(of: "://", in: written) {
            scheme = written[..<mark].lowercased()
            rest = written[mark...].dropFirst(3)
        } else if let fallback {
            scheme = fallback
        } else {
            throw Fault(what: "does not begin with \(Self.words(schemes))")
        }
        guard let standard = schemes[scheme] else { throw Fault(what: "does not begin with \(Self.words(schemes))") }
        guard !rest.contains("?"), !rest.contains("#") else { throw Fault(what: "has a query or a fragment (`?`, `#`)") }
        var authority = rest.prefix { $0 != "/" }
        var path = rest.dropFirst(authority.count)
        while path.last == "/" { path = path.dropLast() }
        let at = authority.lastIndex(of: "@")
        hasCredentials = at != nil
        let login = at.map { authority[...$0] } ?? ""
        if let at { authority = authority[authority.index(after: at)...] }
        (host, port) = try Self.place(authority, standard: standard)
        text = "\(scheme)://\(login)\(authority.last == ":" ? authority.dropLast() : authority)\(path)"
    }

    private static func words(_ schemes: [String: Int]) -> String {
        let names = schemes.keys.sorted().map { "`\($0)://`" }
        return names.count == 1 ? names[0] : names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }

    private static func index(of mark: String, in text: String) -> String.Index? {
        text.indices.first { text[$0...].hasPrefix(mark) }
    }

    private static func place(_ authority: Substring, standard: Int) throws(Fault) -> (String, Int) {
        var host = authority
        var port: Substring = ""
        if authority.first == "[" {
            guard let end = authority.lastIndex(of: "]") else { throw Fault(what: "has a `[` that is not closed") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            let after = authority[authority.index(after: end)...]
            guard after.isEmpty || after.first == ":" else { throw Fault(what: "has something else than a port after `]`") }
            port = after.dropFirst()
            guard IPAddress(String(host.prefix { $0 != "%" }))?.bytes.count == 16 else {
                throw Fault(what: "has no IPv6 address in its brackets")
            }
        } else if let colon = authority.lastIndex(of: ":") {
            host = authority[..<colon]
            port = authority[authority.index(after: colon)...]
            guard !host.contains(":") else { throw Fault(what: "has an IPv6 address without brackets, or two ports") }
        }
        guard !host.isEmpty else { throw Fault(what: "names no host") }
        let isName = host.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...: true
            default: "-._:%".utf8.contains(byte)
            }
        }
        guard isName else { throw Fault(what: "has a host that is no name and no address") }
        guard !port.isEmpty else { return (String(host), standard) }
        guard port.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(port), (1...65_535).contains(number) else {
            throw Fault(what: "has a port that is no number from 1 to 65535")
        }
        return (String(host), number)
    }
}

/// An address of the Internet Protocol: 4 or 16 bytes.
struct IPAddress: Sendable, Hashable {
    let bytes: [UInt8]

    init?(_ text: String) {
        var four = in_addr()
        var six = in6_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = withUnsafeBytes(of: &four) { Array($0) }
        } else if inet_pton(AF_INET6, text, &six) == 1 {
            bytes = withUnsafeBytes(of: &six) { Array($0) }
        } else {
            return nil
        }
    }

    var isLoopback: Bool {
        bytes.count == 4 ? bytes[0] == 127 : bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// Whether the first `count` bits are those of `other`.
    func agrees(with other: IPAddress, bits count: Int) -> Bool {
        guard bytes.count == other.bytes.count, count <= bytes.count * 8 else { return false }
        return bytes.indices.allSatisfy { index in
            let left = max(0, min(8, count - index * 8))
            let mask: UInt8 = left == 0 ? 0 : 0xFF << UInt8(8 - left)
            return bytes[index] & mask == other.bytes[index] & mask
        }
    }
}
