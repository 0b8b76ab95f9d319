/// Paths as text, joined and tidied without asking the file system.
package enum FilePath {
    /// The folder that a file is in: `a/b` for `a/b/c`, `.` for `c`.
    package static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    package static func name(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// `path` as it is meant in a file of `folder`, as it is written.
    package static func path(_ path: String, from folder: String) -> String {
        path.hasPrefix("/") || folder == "." ? path : folder == "/" ? "/" + path : "\(folder)/\(path)"
    }

    /// `path` as seen from `folder`, tidied.
    package static func join(_ folder: String, _ path: String) -> String {
        path.hasPrefix("/") ? tidied(path) : tidied(folder + "/" + path)
    }

    /// Without `.`, doubled slashes, and `x/..`; `.` for nothing.
    package static func tidied(_ path: String) -> String {
        var parts: [Substring] = []
        for part in path.split(separator: "/") where part != "." {
            if part == "..", let last = parts.last, last != ".." {
                parts.removeLast()
            } else if part != ".." || !path.hasPrefix("/") {
                parts.append(part)
            }
        }
        let joined = parts.joined(separator: "/")
        if path.hasPrefix("/") { return "/" + joined }
        return joined.isEmpty ? "." : joined
    }
}
