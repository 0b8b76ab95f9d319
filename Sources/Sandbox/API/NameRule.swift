/// The forms that Kubernetes demands of names
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/), with the API server's words for those
/// that break them.
enum NameRule: Sendable, Hashable {
    /// RFC 1123 subdomain: most objects.
    case subdomain
    /// RFC 1123 label: namespaces, volumes, containers.
    case label
    /// RFC 1035 label: Services.
    case serviceLabel
    /// Anything that may stand in a URL path: RBAC objects.
    case pathSegment

    /// What is wrong with `name`; nothing when it is right.
    func faults(_ name: String) -> [String] {
        let bytes = Array(name.utf8)
        switch self {
        case .subdomain:
            return tooLong(bytes, 253)
                + (bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(Self.isLabel)
                    ? []
                    : [
                        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
                            + "'.', and must "
                            + "start and end with an alphanumeric character (e.g. 'example.com', regex used for "
                            + "validation is "
                            + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
                    ])
        case .label:
            return tooLong(bytes, 63)
                + (Self.isLabel(bytes[...])
                    ? []
                    : [
                        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
                            + "must start "
                            + "and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
                            + "validation "
                            + "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                    ])
        case .serviceLabel:
            return tooLong(bytes, 63)
                + (Self.isLabel(bytes[...]) && bytes.first.map(Self.isLetter) == true
                    ? []
                    : [
                        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
                            + "alphabetic "
                            + "character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
                            + "regex used for "
                            + "validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
                    ])
        case .pathSegment:
            if name == "." || name == ".." { return ["may not be '\(name)'"] }
            return ["/", "%"].filter { name.contains($0) }.map { "may not contain '\($0)'" }
        }
    }

    private func tooLong(_ bytes: [UInt8], _ limit: Int) -> [String] {
        bytes.count > limit ? ["must be no more than \(limit) characters"] : []
    }

    private static func isLetter(_ byte: UInt8) -> Bool { byte &- 0x61 < 26 }
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    private static func isLabel(_ bytes: ArraySlice<UInt8>) -> Bool {
        guard let first = bytes.first, let last = bytes.last else { return false }
        return first != UInt8(ascii: "-") && last != UInt8(ascii: "-")
            && bytes.allSatisfy { isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }
    }

    // MARK: Labels and keys

    /// What is wrong with the value of a label.
    static func labelValueFaults(_ value: String) -> [String] {
        let bytes = Array(value.utf8)
        var faults: [String] = []
        if bytes.count > 63 { faults.append("must be no more than 63 characters") }
        if !bytes.isEmpty, !isQualified(bytes) {
            faults.append(
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and "
                    + "must start "
                    + "and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex "
                    + "used for "
                    + "validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')")
        }
        return faults
    }

    /// What is wrong with the name of a label or an annotation: an optional DNS prefix and `/` before at most 63
    /// characters.
    static func qualifiedNameFaults(_ name: String) -> [String] {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        var faults: [String] = []
        if parts.count == 2 {
            if parts[0].isEmpty {
                faults.append("prefix part must be non-empty")
            } else {
                faults += NameRule.subdomain.faults(String(parts[0])).map { "prefix part " + $0 }
            }
        }
        let last = Array((parts.last ?? "").utf8)
        if parts.count > 2 {
            faults.append(
                "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
                    + "with an "
                    + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                    + "validation is "
                    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. "
                    + "'example.com/MyName')")
        } else if last.isEmpty {
            faults.append("name part must be non-empty")
        } else if last.count > 63 {
            faults.append("name part must be no more than 63 characters")
        }
        if parts.count <= 2, !last.isEmpty, !isQualified(last) {
            faults.append(
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
                    + "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "
                    + "validation is "
                    + "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')")
        }
        return faults
    }

    private static func isQualified(_ bytes: [UInt8]) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool { isLetter(byte | 0x20) || isDigit(byte) }
        guard let first = bytes.first, let last = bytes.last else { return false }
        return isAlphanumeric(first) && isAlphanumeric(last)
            && bytes.allSatisfy {
                isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
            }
    }

    /// What is wrong with a key of a ConfigMap or a Secret.
    static func configKeyFaults(_ key: String) -> [String] {
        if key.utf8.count > 253 { return ["must be no more than 253 characters"] }
        if key == "." || key == ".." { return ["must not be '\(key)'"] }
        let isValid =
            !key.isEmpty
            && key.utf8.allSatisfy {
                isLetter($0 | 0x20) || isDigit($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: ".")
            }
        return isValid
            ? []
            : [
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or "
                    + "'KEY_NAME',  "
                    + "or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
            ]
    }

    /// What is wrong with the name of a port (IANA_SVC_NAME).
    static func portNameFaults(_ name: String) -> [String] {
        var faults: [String] = []
        let bytes = Array(name.utf8)
        if bytes.count > 15 { faults.append("must be no more than 15 characters") }
        if !bytes.allSatisfy({ isLetter($0) || isDigit($0) || $0 == UInt8(ascii: "-") }) {
            faults.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
        }
        if !bytes.contains(where: isLetter) { faults.append("must contain at least one letter (a-z)") }
        if bytes.first == UInt8(ascii: "-") || bytes.last == UInt8(ascii: "-") || name.contains("--") {
            faults.append("must not begin or end with a hyphen, nor contain consecutive hyphens")
        }
        return faults
    }
}
