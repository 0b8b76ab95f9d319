import Glibc

enum Environment {
    static func has(_ name: String) -> Bool { getenv(name) != nil }

    /// False when that could not be done.
    static func write(_ text: String, to path: String) -> Bool {
        guard let file = fopen(path, "w") else { return false }
        defer { fclose(file) }
        let bytes = Array(text.utf8)
        return fwrite(bytes, 1, bytes.count, file) == bytes.count
    }
}
