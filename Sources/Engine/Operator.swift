import Glibc

/// Who runs the command, for the history and for those who find the state locked.
enum Operator {
    /// `user@host`.
    static func name(_ environment: [String: String]) -> String {
        let user = getpwuid(getuid()).flatMap { $0.pointee.pw_name }.map { String(cString: $0) }
            ?? environment["USER"] ?? "uid-\(getuid())"
        var buffer = [CChar](repeating: 0, count: 256)
        let host = gethostname(&buffer, buffer.count - 1) == 0
            ? String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self) : "localhost"
        return "\(user)@\(host)"
    }
}
