import Model

/// Finds the methods of the services in a `.proto` file, without compiling it
/// (https://protobuf.dev/reference/protobuf/proto3-spec/).
enum ProtoScanner {
    /// In the order written. A file that is no proto has none.
    static func methods(in bytes: [UInt8]) -> [ServiceMethod] {
        let words = tokens(of: bytes)
        var found: [ServiceMethod] = []
        var depth = 0
        var service: String?
        var index = 0
        while index < words.count {
            switch words[index] {
            case "{": depth += 1
            case "}":
                depth -= 1
                if depth == 0 { service = nil }
            case "service" where depth == 0 && index + 2 < words.count && words[index + 2] == "{":
                service = words[index + 1]
            case "rpc" where depth == 1 && index + 2 < words.count && words[index + 2] == "(":
                if let service { found.append(ServiceMethod(service: service, name: words[index + 1])) }
            default: break
            }
            index += 1
        }
        return found
    }

    /// Words and punctuation, without comments and the content of strings.
    private static func tokens(of bytes: [UInt8]) -> [String] {
        var tokens: [String] = []
        var index = 0
        func byte(_ offset: Int) -> UInt8 { index + offset < bytes.count ? bytes[index + offset] : 0 }
        while index < bytes.count {
            let first = bytes[index]
            if first == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "/") {
                while index < bytes.count, bytes[index] != UInt8(ascii: "\n") { index += 1 }
            } else if first == UInt8(ascii: "/"), byte(1) == UInt8(ascii: "*") {
                index += 2
                while index < bytes.count, !(bytes[index] == UInt8(ascii: "*") && byte(1) == UInt8(ascii: "/")) { index += 1 }
                index += 2
            } else if first == UInt8(ascii: "\"") || first == UInt8(ascii: "'") {
                index += 1
                while index < bytes.count, bytes[index] != first { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
                index += 1
                tokens.append("\"")
            } else if isWord(first) {
                let start = index
                while index < bytes.count, isWord(bytes[index]) { index += 1 }
                tokens.append(String(decoding: bytes[start..<index], as: UTF8.self))
            } else {
                if first > 32 { tokens.append(String(decoding: [first], as: UTF8.self)) }
                index += 1
            }
        }
        return tokens
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- 0x61 < 26 || byte &- 0x30 < 10 || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
    }
}
