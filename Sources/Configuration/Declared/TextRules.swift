import Fields
import Model
import Schema

extension TextRule {
    /// `${var.NAME}`: a letter or `_`, then letters, digits, `_` and `-`.
    static let variableName = TextRule(
        code: "bad-name", noun: "a valid name of a variable",
        words: "letters, digits, `_` and `-`, beginning with a letter or `_`", pattern: "^[A-Za-z_][A-Za-z0-9_-]*$"
    ) { text in
        guard let first = text.utf8.first, isLetter(first) || first == UInt8(ascii: "_") else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "_-".utf8.contains($0) }
    }

    /// Names of environment variables of this process; POSIX excludes `=` only.
    static let processVariable = TextRule(
        code: "bad-name", noun: "a name of an environment variable", words: "a name without `=` and spaces",
        pattern: #"^[^=\s]+$"#
    ) { text in !text.isEmpty && !text.contains { $0 == "=" || $0.isWhitespace } }

    /// RFC 1123 subdomain: what Secrets, classes and issuers are called.
    static let kubernetesName = TextRule(
        code: "bad-name", noun: "a valid name of a Kubernetes object",
        words: "lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit",
        pattern: #"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$"#, limit: 253, holds: isSubdomain)

    /// Kinds of objects, with `*` for any characters.
    static let kindPattern = TextRule(
        code: "bad-name", noun: "a kind", words: "a kind as manifests write it, such as `Deployment`, or `*`",
        pattern: "^[A-Za-z*][A-Za-z0-9*]*$",
        mended: { text in text.split(separator: "/").last.map { $0.prefix(1).uppercased() + $0.dropFirst() } }
    ) { text in
        guard let first = text.utf8.first, !isDigit(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "*") }
    }

    /// Names of objects, with `*` for any characters.
    static let namePattern = TextRule(
        code: "bad-name", noun: "a name of objects",
        words: "lower-case letters, digits, `-` and `.`, and `*` for any characters", pattern: "^[-a-z0-9.*]+$", limit: 253,
        mended: { $0.lowercased() }
    ) { text in
        !text.isEmpty
            && text.utf8.allSatisfy { isLetter($0) && $0 >= 0x61 || isDigit($0) || "-.*".utf8.contains($0) }
    }

    /// A DNS name of two labels or more, or one.
    static let domain = TextRule(
        code: "bad-domain", noun: "a domain",
        words: "a DNS name such as `ai.example.com`: lower-case letters, digits and `-`, at most 63 between dots",
        pattern: kubernetesName.pattern, limit: 253,
        mended: { text in
            var name = text.lowercased()
            for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name.removeFirst(scheme.count) }
            while let last = name.last, last == "/" || last == "." { name.removeLast() }
            return name
        }
    ) { text in
        isSubdomain(text) && text.split(separator: ".").allSatisfy { $0.utf8.count <= ObjectNames.labelLimit }
    }

    /// A host name with `{engine}`, `{runtime}` and `{domain}` in it.
    static let hostTemplate = TextRule(
        code: "bad-domain", noun: "a template of a host name",
        words: "a DNS name with `{engine}`, `{runtime}` and `{domain}` in it, such as `{runtime}.ai.example.com`",
        mended: { $0.lowercased() }
    ) { text in
        HostTemplate(text)?.filled(engine: "a", runtime: "a", domain: "a").map(isSubdomain) ?? false
    }

    /// `https://host[:port]`.
    static let endpoint = TextRule(
        code: "bad-endpoint", noun: "an address of a store",
        words: "`https://HOST` or `http://HOST`, with a port or without, and nothing after it",
        pattern: "^https?://[A-Za-z0-9.-]+(:[0-9]+)?$"
    ) { text in
        guard let scheme = ["https://", "http://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        let parts = rest.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard isSubdomain(parts[0].lowercased()) else { return false }
        guard parts.count == 2 else { return true }
        return parts[1].utf8.allSatisfy(isDigit) && Int(parts[1]).map { (1...65535).contains($0) } ?? false
    }

    /// `http://host[:port]`: of a server that is no store.
    static let httpAddress = TextRule(
        code: "bad-endpoint", noun: "an address", words: endpoint.words, pattern: endpoint.pattern
    ) { endpoint.accepts($0) }

    /// `http://host:port`. A program in a pod would choose a port of its own, and a policy lets one through.
    static let proxy = TextRule(
        code: "bad-endpoint", noun: "an address of a proxy", words: "`http://HOST:PORT`, without a user or a password",
        pattern: "^https?://[A-Za-z0-9.-]+:[0-9]+$"
    ) { endpoint.accepts($0) && $0.split(separator: ":").count == 3 }

    /// `host:port`.
    static let hostAndPort = TextRule(
        code: "bad-address", noun: "an address", words: "`HOST:PORT`, such as `nats.shared:4222`",
        pattern: "^[A-Za-z0-9.-]+:[0-9]+$",
        mended: { text in text.split(separator: "/").last.map(String.init) }
    ) { text in
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 && isSubdomain(parts[0].lowercased()) && parts[1].utf8.allSatisfy(isDigit)
            && Int(parts[1]).map { (1...65535).contains($0) } ?? false
    }

    /// A network in CIDR notation (RFC 4632), IPv4 or, by its letters, IPv6.
    static let network = TextRule(
        code: "bad-network", noun: "a network", words: "a network such as `10.0.0.0/8`, or `203.0.113.7/32` for one address",
        mended: { text in text.contains("/") ? nil : text + (text.contains(":") ? "/128" : "/32") }
    ) { text in
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[1].isEmpty, parts[1].utf8.allSatisfy(isDigit), let length = Int(parts[1]) else { return false }
        if parts[0].contains(":") {
            return (0...128).contains(length) && parts[0].allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        let octets = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        return (0...32).contains(length) && octets.count == 4
            && octets.allSatisfy { $0.utf8.allSatisfy(isDigit) && Int($0).map { $0 <= 255 } ?? false }
    }

    /// Quantities above zero (kubernetes.io, "Quantity").
    static let quantity = amount("a quantity above zero, such as `500m`, `2` or `10Gi`") { Quantity($0).map { !isZero($0) } ?? false }
    static let quantityOrZero = amount("a quantity, such as `0`, `500m`, `2` or `10Gi`") { Quantity($0) != nil }

    private static func amount(_ words: String, _ holds: @escaping @Sendable (String) -> Bool) -> TextRule {
        TextRule(
            code: "bad-quantity", noun: "a quantity", words: words,
            pattern: #"^\+?([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$"#,
            mended: { text in
                // `10 GB`, `512mi`.
                var word = text.filter { !$0.isWhitespace }
                if word.last == "B" || word.last == "b" { word.removeLast() }
                let number = word.prefix { $0.isNumber || $0 == "." }
                let suffix = word.dropFirst(number.count)
                return [word, "\(number)\(suffix.prefix(1).uppercased())\(suffix.dropFirst())"].first { Quantity($0) != nil }
            }
        ) { text in text.first != "-" && holds(text) }
    }

    private static func isZero(_ quantity: Quantity) -> Bool { quantity.description == "0" }

    /// What a ResourceQuota can limit (kubernetes.io, "Resource Quotas").
    static let quotaName = TextRule(
        code: "bad-name", noun: "what a quota can limit",
        words: "a resource such as `requests.cpu`, `limits.memory`, `requests.storage`, `pods` or `count/jobs.batch`",
        mended: { nearest(to: $0, among: quotaNames) }
    ) { text in
        quotaNames.contains(text) || text.hasPrefix("count/") && text.utf8.count > 6
            || text.hasPrefix("requests.") && text.contains("/") || text.contains(".storageclass.storage.k8s.io/")
    }

    private static let quotaNames = [
        "configmaps", "cpu", "ephemeral-storage", "limits.cpu", "limits.ephemeral-storage", "limits.memory", "memory",
        "persistentvolumeclaims", "pods", "replicationcontrollers", "requests.cpu", "requests.ephemeral-storage",
        "requests.memory", "requests.storage", "resourcequotas", "secrets", "services", "services.loadbalancers",
        "services.nodeports",
    ]

    /// Names of buckets (docs.aws.amazon.com, "General purpose bucket naming rules").
    static let bucket = TextRule(
        code: "bad-name", noun: "a valid name of a bucket",
        words: "3 to 63 lower-case letters, digits, `-` and `.`, beginning and ending with a letter or digit",
        pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", limit: 63
    ) { text in text.utf8.count >= 3 && isSubdomain(text) }

    /// What keys of objects begin with: characters that stand in URLs as they are.
    static let keyPrefix = TextRule(
        code: "bad-name", noun: "a prefix of keys",
        words: "letters, digits, `-`, `_`, `.` and `/` between them, without a `/` at either end",
        pattern: "^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$", limit: 512
    ) { text in
        text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && part != "." && part != ".."
                && part.utf8.allSatisfy { isLetter($0) || isDigit($0) || "-._".utf8.contains($0) }
        }
    }

    /// Keys in the data of a Secret (kubernetes.io, "Secrets").
    static let secretKey = TextRule(
        code: "bad-name", noun: "a valid key of a Secret", words: "letters, digits, `-`, `_` and `.`",
        pattern: "^[-._A-Za-z0-9]+$", limit: 253
    ) { text in
        !text.isEmpty && text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "-._".utf8.contains($0) }
    }

    /// Keys of annotations and labels (kubernetes.io, "Labels and Selectors").
    static let annotationName = qualifiedName("a valid name of an annotation")
    static let labelName = qualifiedName("a valid name of a label")

    /// A name of 63 characters, alone or after a domain and `/`.
    private static func qualifiedName(_ noun: String) -> TextRule {
        TextRule(
            code: "bad-name", noun: noun,
            words: "`NAME` or `DOMAIN/NAME`, the name at most 63 letters, digits, `-`, `_` and `.`", holds: isQualifiedName)
    }

    /// Values of labels: as names, or empty.
    static let labelValue = TextRule(
        code: "bad-text", noun: "a value that labels can have",
        words: "letters, digits, `-`, `_` and `.`, at most 63, beginning and ending with a letter or digit",
        pattern: "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$", limit: 63
    ) { text in text.isEmpty || !text.contains("/") && isQualifiedName(String(text.prefix(63))) }

    /// Resources that machines offer besides processor time and memory (kubernetes.io, "Extended Resources").
    static let extendedResource = TextRule(
        code: "bad-name", noun: "a resource of machines", words: "`DOMAIN/NAME`, such as `nvidia.com/gpu` or `amd.com/gpu`",
        mended: { ["nvidia": "nvidia.com/gpu", "amd": "amd.com/gpu", "gpu": "nvidia.com/gpu"][$0] }
    ) { text in text.contains("/") && isQualifiedName(text) }

    /// Names of variables in containers (kubernetes.io, "Define Environment Variables for a Container").
    static let environmentName = TextRule(
        code: "bad-name", noun: "a name of a variable", words: "letters, digits, `_`, `-` and `.`, not beginning with a digit",
        pattern: "^[-._A-Za-z][-._A-Za-z0-9]*$"
    ) { text in
        guard let first = text.utf8.first, !isDigit(first), text != ".", !text.hasPrefix("..") else { return false }
        return text.utf8.allSatisfy { isLetter($0) || isDigit($0) || "-._".utf8.contains($0) }
    }

    @Sendable private static func isQualifiedName(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last, (1...63).contains(name.utf8.count), parts.count <= 2 else { return false }
        guard parts.count == 1 || isSubdomain(String(parts[0])) else { return false }
        guard let first = name.utf8.first, let last = name.utf8.last else { return false }
        return (isLetter(first) || isDigit(first)) && (isLetter(last) || isDigit(last))
            && name.utf8.allSatisfy { isLetter($0) || isDigit($0) || "-._".utf8.contains($0) }
    }

    @Sendable private static func isSubdomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false)
            .allSatisfy { ObjectNames.isResourceName(String($0)) }
    }

    @Sendable private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
    }

    @Sendable private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
