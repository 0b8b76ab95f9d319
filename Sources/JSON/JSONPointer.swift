/// The way to one value inside another (RFC 6901).
package struct JSONPointer: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Member names and element numbers from the outside in, unescaped. None: the whole value.
    package let tokens: [String]

    package init(tokens: [String] = []) {
        self.tokens = tokens
    }

    /// Reads RFC 6901's text form: empty, or every token after a `/`, in which `~1` is a `/` and `~0` a `~`.
    package init?(_ text: String) {
        guard !text.isEmpty else {
            self.init()
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        var token = ""
        var escaped = false
        for scalar in text.unicodeScalars.dropFirst() {
            if escaped {
                guard scalar == "0" || scalar == "1" else { return nil }
                token.unicodeScalars.append(scalar == "0" ? "~" : "/")
                escaped = false
            } else if scalar == "~" {
                escaped = true
            } else if scalar == "/" {
                tokens.append(token)
                token = ""
            } else {
                token.unicodeScalars.append(scalar)
            }
        }
        guard !escaped else { return nil }
        self.init(tokens: tokens + [token])
    }

    /// RFC 6901's text form.
    package var description: String {
        var text = ""
        for token in tokens {
            text += "/"
            for scalar in token.unicodeScalars {
                switch scalar {
                case "~": text += "~0"
                case "/": text += "~1"
                default: text.unicodeScalars.append(scalar)
                }
            }
        }
        return text
    }

    package func appending(_ token: String) -> JSONPointer {
        JSONPointer(tokens: tokens + [token])
    }

    package func appending(_ index: Int) -> JSONPointer {
        JSONPointer(tokens: tokens + [String(index)])
    }

    package static func < (left: JSONPointer, right: JSONPointer) -> Bool {
        left.tokens.lexicographicallyPrecedes(right.tokens)
    }
}

extension JSONValue {
    /// The value `pointer` leads to; nil when there is none.
    ///
    /// Setting makes the objects on the way that are missing. In an array a number below the count replaces that
    /// element, the count itself or `-` appends, and any other token changes nothing. Setting nil removes a member or
    /// an element; set at the empty pointer it leaves `null`.
    package subscript(_ pointer: JSONPointer) -> JSONValue? {
        get {
            var value = self
            for token in pointer.tokens {
                switch value {
                case .object(let members):
                    guard let member = members[token] else { return nil }
                    value = member
                case .array(let elements):
                    guard let index = Self.index(token), index < elements.count else { return nil }
                    value = elements[index]
                default:
                    return nil
                }
            }
            return value
        }
        set {
            set(newValue, at: pointer.tokens[...])
        }
    }

    private mutating func set(_ value: JSONValue?, at tokens: ArraySlice<String>) {
        guard let token = tokens.first else {
            self = value ?? .null
            return
        }
        let rest = tokens.dropFirst()
        guard case .array(var elements) = self else {
            if rest.isEmpty {
                self[token] = value
            } else if value != nil || self[token] != nil {
                var member = self[token] ?? .null
                self[token] = nil
                member.set(value, at: rest)
                self[token] = member
            }
            return
        }
        guard let index = token == "-" ? elements.count : Self.index(token), index <= elements.count else { return }
        self = .null
        defer { self = .array(elements) }
        if index < elements.count, !rest.isEmpty {
            elements[index].set(value, at: rest)
        } else if index < elements.count, let value {
            elements[index] = value
        } else if index < elements.count {
            elements.remove(at: index)
        } else if let value {
            var element = JSONValue.null
            element.set(value, at: rest)
            elements.append(element)
        }
    }

    /// RFC 6901 section 4: digits without leading zeros.
    private static func index(_ token: String) -> Int? {
        guard let first = token.utf8.first, token.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return first == 0x30 && token.utf8.count > 1 ? nil : Int(token)
    }
}
