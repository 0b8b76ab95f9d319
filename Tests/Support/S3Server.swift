import Glibc

/// A real S3 server on a loopback port, or one of another address, from `Tests/s3/serve`: it checks signatures and digests. It goes with its last reference.
package final class S3Server: Sendable {
    package struct Fault: Error, CustomStringConvertible {
        package let description: String
    }

    package let address: String
    package let port: UInt16
    package let accessKey: String
    package let secretKey: String
    private let process: pid_t
    /// The server ends when this is closed, as by the end of this process.
    private let input: Int32

    package var url: String { "http://\(address):\(port)" }

    /// Starts one of its own for whoever asks; blocks the thread until it answers.
    /// - Parameters:
    ///   - keys: access key and secret key; nil for such as are made up.
    ///   - bucket: is there from the beginning.
    package init(address: String = "127.0.0.1", keys: (String, String)? = nil, bucket: String? = nil) throws(Fault) {
        self.address = address
        let script = Self.folder + "/s3/serve"
        let (theirInput, ourInput) = Self.pipe()
        let (ourOutput, theirOutput) = Self.pipe()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, theirInput, 0)
        posix_spawn_file_actions_adddup2(&actions, theirOutput, 1)
        let given = (keys.map { ["--keys", $0.0, $0.1] } ?? []) + (bucket.map { ["--bucket", $0] } ?? [])
        let words = ([script, "--address", address] + given).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let fault = posix_spawn(&process, script, &actions, nil, words, environ)
        close(theirInput)
        close(theirOutput)
        guard fault == 0 else { throw Fault(description: "\(script) cannot be started: \(String(cString: strerror(fault)))") }
        self.process = process
        input = ourInput
        let fields = Self.line(ourOutput).split(separator: " ").map(String.init)
        close(ourOutput)
        guard fields.count == 3, let port = UInt16(fields[0]) else {
            throw Fault(description: "\(script) did not say where it serves")
        }
        (self.port, accessKey, secretKey) = (port, fields[1], fields[2])
    }

    deinit {
        close(input)
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Starts one on a thread of its own.
    package static func started(address: String = "127.0.0.1", keys: (String, String)? = nil) async throws -> S3Server {
        try await onThread { try S3Server(address: address, keys: keys) }
    }

    private static var folder: String {
        let file = #filePath
        let support = file[..<(file.lastIndex(of: "/") ?? file.startIndex)]
        return String(support[..<(support.lastIndex(of: "/") ?? support.startIndex)])
    }

    private static func pipe() -> (Int32, Int32) {
        var ends: [Int32] = [-1, -1]
        _ = Glibc.pipe(&ends)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (ends[0], ends[1])
    }

    private static func line(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
