import Files

/// A file that others write anew while we run, such as a token that is exchanged every hour.
struct WatchedFile: Sendable {
    let path: String
    private var bytes: [UInt8]
    private var signature: LocalFile.Signature?
    private var readAt: Double

    /// How long its content is believed although nothing about the file shows a change, in seconds.
    private static let patience = 60.0
    private static let limit = 1 << 20

    /// Reads the file. `now` is in seconds, from any beginning.
    init(path: String, now: Double) throws(LocalFile.Failure) {
        self.path = path
        // Before reading: what changes meanwhile is then seen next time.
        signature = LocalFile.signature(of: path)
        bytes = try LocalFile.read(path, limit: Self.limit)
        readAt = now
    }

    /// What the file holds now; what it held before when that is gone or blank, as it is for a moment while being written.
    mutating func content(now: Double, anew: Bool = false) -> [UInt8] {
        let age = now - readAt
        let found = LocalFile.signature(of: path)
        guard anew || found != signature || age >= Self.patience || age < 0 else { return bytes }
        guard let read = try? LocalFile.read(path, limit: Self.limit), !read.isBlank else { return bytes }
        bytes = read
        signature = found
        readAt = now
        return bytes
    }
}

extension Collection<UInt8> where Self: BidirectionalCollection {
    /// Nothing but white space.
    var isBlank: Bool { allSatisfy(\.isSpace) }

    /// Without white space at both ends.
    var trimmed: SubSequence {
        var rest = self[...]
        while let byte = rest.first, byte.isSpace { rest = rest.dropFirst() }
        while let byte = rest.last, byte.isSpace { rest = rest.dropLast() }
        return rest
    }
}

extension UInt8 {
    var isSpace: Bool { self == 0x20 || self >= 0x09 && self <= 0x0D }
}
