import Model
import Schema

/// What one file says, before files are joined and packages read.
struct DeclaredFile: Sendable {
    let engine: Located<String>?
    /// Whether the file means to name the engine, even if it fails to.
    let meansEngine: Bool
    let domain: Located<String>?
    let cluster: Located<Located<String>?>?
    let artifacts: Located<DeclaredStore?>?
    let defaults: Located<DeclaredWorkload>?
    let rollout: Rollout?
    let runtimes: [Located<DeclaredRuntime>]
    /// The keys that only one file may have, as far as they are written.
    let singles: [Located<String>]
    /// Where to point for a fault of the whole file.
    let head: SourceSpan
}

/// `artifacts.s3`.
struct DeclaredStore: Sendable {
    /// How the store lets us in.
    enum Credentials: Sendable {
        case environment
        /// A Kubernetes Secret for the pods, an AWS profile for uploads; at least one of them.
        case named(secret: String?, profile: Located<String>?)
        /// Written, but not so that it can be read; which has been reported.
        case unreadable
    }

    let endpoint: String
    let bucket: String
    let region: String?
    let prefix: String
    let pathStyle: Bool
    let authority: CertificateAuthority?
    let proxy: String?
    let credentials: Located<Credentials>?
}

struct DeclaredRuntime: Sendable {
    let name: Located<String>
    let description: String
    let protected: Bool
    let namespace: String?
    let stack: StackSettings
    let ingress: IngressSettings
    let isolation: IsolationSettings
    let rollout: Rollout?
    let config: [ShapeEntry<ConfigSource>]
    let defaults: DeclaredWorkload?
    let ignore: [IgnoreRule]
    let adopts: Bool
    let versions: [DeclaredVersion]
}

struct DeclaredVersion: Sendable {
    let krt: Located<String>
    let name: Located<String>?
    let status: Located<VersionStatus>?
    let config: [ShapeEntry<ConfigSource>]
    let defaults: DeclaredWorkload?
    let nodes: [ShapeEntry<DeclaredWorkload>]
    let ignore: [IgnoreRule]
    let adopts: Bool
}

/// Where a configuration value comes from.
enum ConfigSource: Sendable {
    case text(Located<String>, sensitive: Bool)
    case environment(Located<String>)
    case file(Located<String>)
    case secret(name: String, key: String)
    /// Written, but not so that it can be read; which has been reported.
    case unreadable
}

struct DeclaredVariable: Sendable {
    let type: VariableType
    let fallback: Located<String>?
    /// Whether a default is written, even if it cannot be read.
    let meansFallback: Bool
    let sensitive: Bool

    /// What `name:` alone declares.
    static let plain = DeclaredVariable(type: .string, fallback: nil, meansFallback: false, sensitive: false)
}

/// What a variable's value must look like. It is text for Kreform in any case.
enum VariableType: String, Sendable, CaseIterable {
    case string, number, boolean

    func accepts(_ text: String) -> Bool {
        switch self {
        case .string: true
        case .boolean: text == "true" || text == "false"
        case .number: VariableType.isNumber(text)
        }
    }

    var words: String {
        switch self {
        case .string: "text"
        case .number: "a number, such as `3` or `0.5`"
        case .boolean: "`true` or `false`"
        }
    }

    /// JSON's numbers (RFC 8259, section 6).
    private static func isNumber(_ text: String) -> Bool {
        var rest = Substring(text)
        func digits() -> Int {
            let run = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(run.count)
            return run.count
        }
        if rest.first == "-" { rest = rest.dropFirst() }
        let leadingZero = rest.first == "0"
        let whole = digits()
        guard whole > 0, !(leadingZero && whole > 1) else { return false }
        if rest.first == "." {
            rest = rest.dropFirst()
            guard digits() > 0 else { return false }
        }
        if rest.first == "e" || rest.first == "E" {
            rest = rest.dropFirst()
            if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
