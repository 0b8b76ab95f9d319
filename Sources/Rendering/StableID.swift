import Digest

/// Ids that follow from names: the same names give the same id on every machine and in every run.
enum StableID {
    /// 24 hexadecimal digits, as the ids of MongoDB are, which runners and writers pass on. Names hold no `/`, so that
    /// different names never give the same text to digest.
    static func of(_ names: String...) -> String {
        String(SHA256Digest(of: names.joined(separator: "/").utf8).hex.prefix(24))
    }
}
